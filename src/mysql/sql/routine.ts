import type { DataType } from "./data-type.ts";
import type { RoutineStatement } from "./routine-statement.ts";
import type { SqlMode } from "./sql-mode.ts";
import type { Span, Token } from "./token.ts";

/** What stored programs there are. */
export type RoutineKind = "procedure" | "function" | "trigger" | "event";

/** A name, and where it stands. */
export interface NamedPart {
  /** Without quotes. */
  readonly name: string;
  /** Where it is written, quotes included. */
  readonly span: Span;
}

/** One parameter of a procedure or function. */
export interface RoutineParameter extends NamedPart {
  /** `IN` where nothing is said, as for functions always. */
  readonly mode: "IN" | "OUT" | "INOUT";
  /** Its type. */
  readonly type: DataType;
}

/** The table that a trigger belongs to. */
export interface TriggerTarget {
  /** `BEFORE` or `AFTER`. */
  readonly timing: string;
  /** `INSERT`, `UPDATE` or `DELETE`. */
  readonly event: string;
  /** Null where the trigger's own schema is meant. */
  readonly schema: string | null;
  /** The table's name. */
  readonly table: string;
}

/** A CREATE PROCEDURE, FUNCTION, TRIGGER or EVENT, cut up. All offsets are into `source`. */
export interface Routine {
  /** The whole text. */
  readonly source: string;
  /** The mode that it was read by. */
  readonly mode: SqlMode;
  /** What it creates. */
  readonly kind: RoutineKind;
  /** The tokens of `source` without space and comments. */
  readonly tokens: readonly Token[];
  /** From `DEFINER` to the account's end; null where none is written. */
  readonly definer: Span | null;
  /** The schema in front of the name; null without one. */
  readonly schema: string | null;
  /** The name, without schema. */
  readonly name: string;
  /** Where the name stands, schema included. */
  readonly nameSpan: Span;
  /** In order. Empty for triggers and events. */
  readonly parameters: readonly RoutineParameter[];
  /** The type that a function returns; null for the others. */
  readonly returns: DataType | null;
  /** What stands between the header and the body: COMMENT, SQL SECURITY, DETERMINISTIC, a trigger's timing, an event's schedule. May be empty. */
  readonly characteristics: Span;
  /** For triggers only. */
  readonly trigger: TriggerTarget | null;
  /** What is done. */
  readonly body: RoutineStatement;
}
