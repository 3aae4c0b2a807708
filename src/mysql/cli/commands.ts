import type { Command } from "./command.ts";
import { migrateCommand, migrateRollbackCommand, migrateStatusCommand } from "./migrate-command.ts";
import { typesCommand } from "./types-command.ts";

/** Every command of `orderly-mysql`, by the words that call it. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["types", typesCommand],
  ["migrate", migrateCommand],
  ["migrate status", migrateStatusCommand],
  ["migrate rollback", migrateRollbackCommand],
]);
