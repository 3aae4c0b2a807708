import type { Command } from "./command.ts";
import {
  decimalsApplyCommand,
  decimalsRollbackCommand,
  decimalsScanCommand,
} from "./decimals-command.ts";
import { fixCommand } from "./fix-command.ts";
import { migrateCommand, migrateRollbackCommand, migrateStatusCommand } from "./migrate-command.ts";
import { rollbackCommand } from "./rollback-command.ts";
import { scanCommand } from "./scan-command.ts";
import { statusCommand } from "./status-command.ts";
import { typesCommand } from "./types-command.ts";

/** Every command of `orderly-mysql`, by the words that call it. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["procedures scan", scanCommand],
  ["procedures fix", fixCommand],
  ["procedures rollback", rollbackCommand],
  ["procedures status", statusCommand],
  ["types", typesCommand],
  ["decimals scan", decimalsScanCommand],
  ["decimals apply", decimalsApplyCommand],
  ["decimals rollback", decimalsRollbackCommand],
  ["migrate", migrateCommand],
  ["migrate status", migrateStatusCommand],
  ["migrate rollback", migrateRollbackCommand],
]);
