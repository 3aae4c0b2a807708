import type { Command } from "./command.ts";
import { typesCommand } from "./types-command.ts";

/** Every command of `orderly-mysql`, by the words that call it. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["types", typesCommand],
]);
