import type { RoutineKind } from "../sql/routine.ts";
import type { Span } from "../sql/token.ts";
import type { Collated } from "./collated.ts";
import type { Origin } from "./value.ts";

/**
 * What a finding says.
 *
 * - `error`: the server raises 1267, 1270 or 1271 whenever it comes there.
 * - `error-on-other-server`: it works here, and fails so on the other of MySQL and MariaDB.
 * - `index-lost`: it works, but the column is converted for the comparison, so that its index cannot serve: a full scan.
 * - `unknown`: nothing certain can be said; `message` tells why.
 * - `dynamic-sql`: SQL text is joined from parts and prepared.
 * - `crash-record`: with `allTypes` only: a comparison of the kind that the public crash records name.
 */
export type FindingClass =
  | "error"
  | "error-on-other-server"
  | "index-lost"
  | "unknown"
  | "dynamic-sql"
  | "crash-record";

/** One side of a comparison that was found. */
export interface FindingOperand {
  /** Its collation; null where it is not known. */
  readonly collated: Collated | null;
  /** The columns, parameters and so on in it. */
  readonly origins: readonly Origin[];
}

/** Something that was found in a stored program. */
export interface Finding {
  /** What it says. */
  readonly class: FindingClass;
  /** What the program is. */
  readonly kind: RoutineKind;
  /** The program's database. */
  readonly schema: string;
  /** The program's name. */
  readonly name: string;
  /** Line in the program's text as SHOW CREATE gives it, from 1. */
  readonly line: number;
  /** Where in that text. */
  readonly span: Span;
  /** What stands there, in one line, at most 120 characters. */
  readonly code: string;
  /** The error that the server raises: 1267 of two operands, 1270 of three, 1271 of more and of UNION. Null for the other classes. */
  readonly errno: number | null;
  /** The operator or function; empty where the finding is about something else. */
  readonly operator: string;
  /** What is compared. */
  readonly operands: readonly FindingOperand[];
  /** For `dynamic-sql`: whether a caller can change what is executed. Else null. */
  readonly injectable: "yes" | "no" | "unknown" | null;
  /** One sentence for people. */
  readonly message: string;
}

/** Longest quotation of code. */
const MAX_CODE = 120;

/** A part of a text in one line, cut where it is long. */
export function excerpt(source: string, { start, end }: Span): string {
  const code = source.slice(start, end).replace(/\s+/g, " ");
  return code.length > MAX_CODE ? `${code.slice(0, MAX_CODE - 1)}…` : code;
}

/** The line that an offset is on, from 1. */
export function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf("\n"); at !== -1 && at < offset; at = source.indexOf("\n", at + 1)) {
    line += 1;
  }
  return line;
}
