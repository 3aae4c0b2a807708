import { MysqlError } from "../mysql-error.ts";
import type { Expression } from "../sql/expression.ts";
import type { PlainSql } from "../sql/plain-sql.ts";
import { readPlain } from "../sql/read-plain.ts";
import type { Routine } from "../sql/routine.ts";
import type { PlainStatement } from "../sql/routine-statement.ts";
import { type PlacedStatement, placedStatements } from "./scope-at.ts";
import { piecesOf, type TextPiece } from "./text-pieces.ts";

/** How a prepared text came about. */
export interface TextTrace {
  /** Its pieces, in the order of the text. */
  readonly pieces: readonly TextPiece[];
  /** The statements that make it, by {@link TextPiece.statement}. */
  readonly statements: readonly PlainStatement[];
  /** The statement that executes it. */
  readonly execute: PlainStatement;
  /** Whether it is MariaDB's EXECUTE IMMEDIATE, to which expressions can be bound. */
  readonly isImmediate: boolean;
}

/**
 * Follows a prepared text back to where it is made. Only straight lines are followed: SET of a user variable, more SETs that put
 * something behind it, PREPARE, one EXECUTE. A text says why it cannot be followed.
 */
export function traceText(routine: Routine, at: PlacedStatement): TextTrace | string {
  const prepare = read(routine, at.statement);
  if (prepare === null || (prepare.type !== "prepare" && prepare.type !== "execute-immediate"))
    return "it cannot be read";
  if (prepare.text === null) return "it has no text";
  if (prepare.using.length > 0) return "values are bound to it already";
  const isImmediate = prepare.type === "execute-immediate";
  const isDirect = prepare.text.type !== "user-variable" && prepare.text.type !== "name";
  const execute = isImmediate ? at.statement : executeOf(routine, at, prepare.name);
  if (typeof execute === "string") return execute;
  const key = isDirect ? null : keyOf(prepare.text);
  if (key === null) {
    const pieces = piecesOf(prepare.text, 0, () => false);
    return typeof pieces === "string"
      ? pieces
      : { pieces, statements: [at.statement], execute, isImmediate };
  }
  if (isImmediate) return "the text is kept in a variable first";
  return followVariable(routine, at, key, execute);
}

function followVariable(
  routine: Routine,
  at: PlacedStatement,
  key: string,
  execute: PlainStatement,
): TextTrace | string {
  const before = at.list.slice(0, at.list.indexOf(at.statement));
  const pieces: TextPiece[] = [];
  const statements: PlainStatement[] = [];
  let isBegun = false;
  for (const { statement, list } of placedStatements(routine)) {
    const given = assignmentsTo(routine, statement, key);
    if (given === "unknown") return `${key} is given by a statement that cannot be followed`;
    if (given.length === 0) continue;
    if (list !== at.list) return "the text is made in branches or loops";
    if (!before.includes(statement)) continue;
    for (const value of given) {
      const isItself = (expression: Expression): boolean => keyOf(expression) === key;
      const isAppended = mentions(value, isItself);
      if (!isAppended) {
        // Begun anew: what it held before was for an earlier PREPARE.
        pieces.length = 0;
        statements.length = 0;
        isBegun = true;
      }
      const found = piecesOf(value, statements.length, isItself);
      if (typeof found === "string") return found;
      if (found.some(({ expression }) => expression !== null && mentions(expression, isItself))) {
        return "the text is computed from itself";
      }
      pieces.push(...found);
      statements.push(statement);
    }
  }
  if (!isBegun) return "the text comes from outside of the routine";
  return { pieces, statements, execute, isImmediate: false };
}

/** The one EXECUTE of a handle, in the same list behind its PREPARE. */
function executeOf(routine: Routine, at: PlacedStatement, handle: string): PlainStatement | string {
  const found: PlacedStatement[] = [];
  for (const placed of placedStatements(routine)) {
    const sql = read(routine, placed.statement);
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

/** What a statement gives a variable; `unknown` where it does so otherwise than by SET. */
function assignmentsTo(
  routine: Routine,
  statement: PlainStatement,
  key: string,
): readonly Expression[] | "unknown" {
  const sql = read(routine, statement);
  if (sql === null)
    return routine.source.slice(statement.start, statement.end).toLowerCase().includes(key)
      ? "unknown"
      : [];
  const isTarget = (expression: Expression): boolean => keyOf(expression) === key;
  switch (sql.type) {
    case "set":
      return sql.assignments.filter(({ target }) => isTarget(target)).map(({ value }) => value);
    case "query":
      return (sql.query.into ?? []).some(isTarget) ? "unknown" : [];
    case "fetch":
      return sql.values.some(isTarget) ? "unknown" : [];
    case "call":
      return sql.args.some(isTarget) ? "unknown" : [];
    default:
      return [];
  }
}

function read(routine: Routine, statement: PlainStatement): PlainSql | null {
  try {
    return readPlain(routine, statement);
  } catch (error) {
    if (error instanceof MysqlError) return null;
    throw error;
  }
}

function keyOf(expression: Expression): string | null {
  if (expression.type === "user-variable") return `@${expression.name}`;
  if (expression.type === "name" && expression.parts.length === 1)
    return (expression.parts[0] ?? "").toLowerCase();
  return null;
}

function mentions(expression: Expression, isIt: (expression: Expression) => boolean): boolean {
  if (isIt(expression)) return true;
  if (expression.type === "call") return expression.args.some((arg) => mentions(arg, isIt));
  if (expression.type === "collate" || expression.type === "cast" || expression.type === "convert")
    return mentions(expression.operand, isIt);
  if (expression.type === "case")
    return expression.results.some((result) => mentions(result, isIt));
  return (
    expression.type === "operator" && expression.operands.some((operand) => mentions(operand, isIt))
  );
}
