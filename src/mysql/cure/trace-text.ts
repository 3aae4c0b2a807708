import type { Expression } from "../sql/expression.ts";
import type { Routine } from "../sql/routine.ts";
import type { PlainStatement, RoutineStatement } from "../sql/routine-statement.ts";
import { type PlacedStatement, placedStatements } from "./scope-at.ts";
import { spreadText } from "./spread-text.ts";
import { keyOf, type TextPart, textPartsOf } from "./text-parts.ts";
import { keysOf, readStatement, type TextAssignment, TextPaths } from "./text-paths.ts";
import type { TextPiece } from "./text-pieces.ts";

/** How a text comes about that is prepared. */
export interface FollowedText {
  /** Every way in which it may come about: its pieces, in the order of the text. */
  readonly ways: readonly (readonly TextPiece[])[];
  /** What is prepared, cut up: a variable, or an expression that makes the text there. */
  readonly parts: readonly TextPart[];
  /** The statements that make it. */
  readonly assignments: readonly TextAssignment[];
  /** Locals that begin with a constant, with the first statement behind their declaration. */
  readonly defaults: ReadonlyMap<string, RoutineStatement>;
}

/** A text that is prepared and executed. */
export interface TextTrace extends FollowedText {
  /** The statement that executes it. */
  readonly execute: PlainStatement;
  /** Whether it is MariaDB's EXECUTE IMMEDIATE, to which expressions can be bound. */
  readonly isImmediate: boolean;
}

/**
 * Follows a prepared text back to where it is made: through SET and SELECT … INTO without tables, through IF and CASE, through
 * variables that are joined to each other. A text says why it cannot be followed, or why nothing can be bound to it.
 */
export function traceText(routine: Routine, at: PlacedStatement): TextTrace | string {
  const prepare = readStatement(routine, at.statement);
  if (prepare === null || (prepare.type !== "prepare" && prepare.type !== "execute-immediate"))
    return "it cannot be read";
  if (prepare.using.length > 0) return "values are bound to it already";
  const isImmediate = prepare.type === "execute-immediate";
  const execute = isImmediate ? at.statement : executeOf(routine, at, prepare.name);
  if (typeof execute === "string") return execute;
  const followed = followText(routine, at, prepare.text);
  return typeof followed === "string" ? followed : { ...followed, execute, isImmediate };
}

/** Follows the text of a PREPARE or EXECUTE IMMEDIATE, whatever is bound to it. */
export function followText(
  routine: Routine,
  at: PlacedStatement,
  text: Expression,
): FollowedText | string {
  const placed = placedStatements(routine);
  const parts = textPartsOf(text, { at }, routine.mode);
  const walk = new TextPaths(routine, at.statement, placed, keysOf(routine, placed, parts));
  const paths = walk.find();
  if (typeof paths === "string") return paths;
  const key = keyOf(text);
  const ways: (readonly TextPiece[])[] = [];
  for (const path of paths) {
    if (key !== null && !path.has(key)) return "the text comes from outside of the routine";
    const found = spreadText(parts, path, routine.mode);
    if (typeof found === "string") return found;
    ways.push(...found);
  }
  const { assignments, defaults } = walk;
  return { ways, parts, assignments, defaults };
}

/** The one EXECUTE of a handle, in the same list behind its PREPARE. */
function executeOf(routine: Routine, at: PlacedStatement, handle: string): PlainStatement | string {
  const found: PlacedStatement[] = [];
  for (const placed of placedStatements(routine)) {
    const sql = readStatement(routine, placed.statement);
    if (sql === null) continue;
    const isSame = "name" in sql && sql.name.toLowerCase() === handle.toLowerCase();
    if (sql.type === "prepare" && isSame && placed.statement !== at.statement) {
      // A handle that is prepared again begins anew.
      if (placed.statement.start > at.statement.start && found.length > 0) break;
      continue;
    }
    if (sql.type === "execute" && isSame && placed.statement.start > at.statement.start) {
      if (sql.using.length > 0) return "values are bound to it already";
      found.push(placed);
    }
  }
  const [only] = found;
  if (only === undefined || found.length > 1 || only.list !== at.list) {
    return "it is not executed exactly once, in the place where it is prepared";
  }
  return only.statement;
}
