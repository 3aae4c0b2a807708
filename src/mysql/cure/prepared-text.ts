import type { DataType } from "../sql/data-type.ts";
import type { Edit } from "../sql/edits.ts";
import { applyEdits } from "../sql/edits.ts";
import { bareName, type Expression } from "../sql/expression.ts";
import type { PlainSql } from "../sql/plain-sql.ts";
import type { Routine } from "../sql/routine.ts";
import { safeSites } from "./placeholder-sites.ts";
import type { PlacedStatement } from "./scope-at.ts";

/** A statement as it is prepared. */
export interface PreparedText {
  /** Its text, with `?` for every parameter and local. */
  readonly text: string;
  /** The variables to bind, as written, in order of the `?`. */
  readonly bound: readonly string[];
  /** Whether a text is among them. */
  readonly hasText: boolean;
}

const TEXTS = new Set("CHAR VARCHAR TINYTEXT TEXT MEDIUMTEXT LONGTEXT".split(" "));
const INTEGERS = new Set("TINYINT SMALLINT MEDIUMINT INT INTEGER BIGINT BOOL BOOLEAN".split(" "));
/** Types that a user variable changes, and that a CAST brings back. */
const CASTS: ReadonlyMap<string, string> = new Map([
  ["DECIMAL", "DECIMAL"],
  ["DEC", "DECIMAL"],
  ["NUMERIC", "DECIMAL"],
  ["FIXED", "DECIMAL"],
  ["DATE", "DATE"],
  ["TIME", "TIME"],
  ["DATETIME", "DATETIME"],
  ["TIMESTAMP", "DATETIME"],
]);

/**
 * Replaces every parameter and local of a statement by `?`, or says why one cannot be bound.
 *
 * @param sql - The statement, read.
 */
export function preparedText(
  routine: Routine,
  { statement, variables }: PlacedStatement,
  sql: PlainSql,
): PreparedText | string {
  const { safe, named, all } = safeSites(sql);
  const typeOf = (expression: Expression): DataType | undefined => {
    const name = bareName(expression);
    return name === null ? undefined : variables.get(name);
  };
  const isVariable = (expression: Expression): boolean => typeOf(expression) !== undefined;
  // `CONCAT(p, '%')` is computed before it is bound: within the statement its collation would be the same trouble.
  const computed = all.filter(
    (expression) => safe.has(expression) && isComputedText(expression, isVariable),
  );
  const isWithin = ({ start, end }: Expression): boolean =>
    computed.some((outer) => outer.start <= start && end <= outer.end);
  const names = all.filter((expression) => isVariable(expression) && !isWithin(expression));
  const outermost = computed.filter(
    (own) =>
      !computed.some((outer) => outer !== own && outer.start <= own.start && own.end <= outer.end),
  );
  const edits: Edit[] = [];
  const bound: string[] = [];
  let hasText = outermost.length > 0;
  for (const part of [...names, ...outermost].toSorted((a, b) => a.start - b.start)) {
    const written = routine.source.slice(part.start, part.end);
    let placeholder: string | null = "?";
    const type = typeOf(part);
    if (type !== undefined) {
      placeholder = placeholderOf(type);
      if (placeholder === null) return `the type of ${written} changes when it is bound`;
      if (!isBindable(part, type, safe, named)) {
        return `${written} stands where binding it would change the result: in the list, a group, an order or an expression`;
      }
      hasText ||= TEXTS.has(type.name);
    }
    edits.push({
      start: part.start - statement.start,
      end: part.end - statement.start,
      text: placeholder,
    });
    bound.push(written);
  }
  const text = applyEdits(routine.source.slice(statement.start, statement.end), edits);
  return { text, bound, hasText };
}

/** Functions that make a text of texts, and the same one every time. */
const TEXT_FUNCTIONS = new Set(
  "CONCAT CONCAT_WS UPPER UCASE LOWER LCASE TRIM LTRIM RTRIM LEFT RIGHT SUBSTRING SUBSTR MID REPLACE LPAD RPAD REPEAT REVERSE".split(
    " ",
  ),
);

/** Whether an expression is made of variables and constants only, by functions that give texts. */
function isComputedText(
  expression: Expression,
  isVariable: (expression: Expression) => boolean,
): boolean {
  const isOf = (part: Expression): boolean =>
    part.type === "literal" || isVariable(part) || isComputedText(part, isVariable);
  switch (expression.type) {
    case "call":
      return (
        expression.schema === null &&
        TEXT_FUNCTIONS.has(expression.name) &&
        expression.args.every(isOf) &&
        expression.args.some((arg) => arg.type !== "literal")
      );
    case "cast":
      return (
        expression.dataType.isCharacter &&
        isOf(expression.operand) &&
        expression.operand.type !== "literal"
      );
    case "convert":
      return isOf(expression.operand) && expression.operand.type !== "literal";
    default:
      return false;
  }
}

function placeholderOf(type: DataType): string | null {
  if (TEXTS.has(type.name)) return type.isCharacter ? "?" : null;
  if (INTEGERS.has(type.name)) return "?";
  const cast = CASTS.get(type.name);
  if (cast === undefined) return null;
  return `CAST(? AS ${cast}${type.length === null ? "" : `(${type.length})`})`;
}

function isBindable(
  name: Expression,
  type: DataType,
  safe: ReadonlySet<Expression>,
  named: ReadonlySet<Expression>,
): boolean {
  // A projected text with an alias stays what it is; everything else that is projected changes its type.
  return safe.has(name) || (named.has(name) && TEXTS.has(type.name));
}
