import type { DataType } from "../sql/data-type.ts";
import { bareName, type Expression } from "../sql/expression.ts";
import type { Routine } from "../sql/routine.ts";
import { writeString } from "../sql/string-literal.ts";
import type { ValueRegion } from "./text-pieces.ts";

/** What is bound in place of a region of text. */
export interface BoundExpression {
  /** SQL that gives the value. */
  readonly text: string;
  /** Whether it is a text, rather than a number. */
  readonly isText: boolean;
}

const INTEGERS = new Set("TINYINT SMALLINT MEDIUMINT INT INTEGER BIGINT BOOL BOOLEAN".split(" "));
const DECIMALS = new Set("DECIMAL DEC NUMERIC FIXED".split(" "));

/** The expression to bind for a region, or why there is none. */
export function boundExpression(
  region: ValueRegion,
  routine: Routine,
  variables: ReadonlyMap<string, DataType>,
): BoundExpression | { readonly reason: string } {
  const { source, mode } = routine;
  const slice = ({ start, end }: Expression): string => source.slice(start, end);
  if (!region.isQuoted) {
    const [part] = region.parts;
    if (part === undefined || typeof part === "string")
      throw new Error("bug: a region without data");
    const quoted = quotedArgument(part);
    if (quoted !== null) return { text: slice(quoted), isText: true };
    const type = typeOf(part, variables);
    if (type !== null && (INTEGERS.has(type) || DECIMALS.has(type)))
      return { text: slice(part), isText: false };
    return {
      reason: `${slice(part)} is joined in as SQL, not as a value: it may be a name, a list or an expression`,
    };
  }
  const quoting = region.parts.find(
    (part) => typeof part !== "string" && makesQuotes(undoubled(part)),
  );
  if (quoting !== undefined && typeof quoting !== "string")
    return { reason: `${slice(quoting)} puts quotes into the text, so that it may be a list` };
  const parts = region.parts.map((part) =>
    typeof part === "string" ? writeString(part, mode) : slice(undoubled(part)),
  );
  const [only] = region.parts;
  if (parts.length === 1 && only !== undefined && typeof only !== "string") {
    const inner = undoubled(only);
    const type = typeOf(inner, variables);
    // CONCAT makes a text of a number or date, as joining it did.
    const isCharacter =
      type !== null &&
      ["CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT"].includes(type);
    return { text: isCharacter ? slice(inner) : `CONCAT(${slice(inner)})`, isText: true };
  }
  return { text: `CONCAT(${parts.join(", ")})`, isText: true };
}

/** Whether a value guards quotes somewhere in it, by doubling or QUOTE(): what it is joined to undoes that, and binding would not. */
export function guardsQuotes(expression: Expression): boolean {
  if (expression.type === "call") {
    const isGuard = expression.name === "QUOTE" || undoubled(expression) !== expression;
    return isGuard || expression.args.some(guardsQuotes);
  }
  if (expression.type === "operator") return expression.operands.some(guardsQuotes);
  if (expression.type === "case") return expression.results.some(guardsQuotes);
  const isWrapped =
    expression.type === "collate" || expression.type === "cast" || expression.type === "convert";
  return isWrapped && guardsQuotes(expression.operand);
}

/** Whether an expression has quotes or backslashes of its own, so that it is not the value that stands between the quotes. */
function makesQuotes(expression: Expression): boolean {
  switch (expression.type) {
    case "literal":
      return /['"\\]/.test(expression.value);
    case "call":
      return /QUOTE/.test(expression.name) || expression.args.some(makesQuotes);
    case "operator":
      return expression.operands.some(makesQuotes);
    case "case":
      return expression.results.some(makesQuotes);
    case "collate":
    case "cast":
    case "convert":
      return makesQuotes(expression.operand);
    default:
      return false;
  }
}

function typeOf(expression: Expression, variables: ReadonlyMap<string, DataType>): string | null {
  if (expression.type === "cast")
    return expression.dataType.name === "SIGNED" || expression.dataType.name === "UNSIGNED"
      ? "BIGINT"
      : expression.dataType.name;
  const name = bareName(expression);
  return name === null ? null : (variables.get(name)?.name ?? null);
}

/** What QUOTE() is given. */
function quotedArgument(expression: Expression): Expression | null {
  const isQuote =
    expression.type === "call" && expression.schema === null && expression.name === "QUOTE";
  return isQuote ? (expression.args[0] ?? null) : null;
}

/** What REPLACE(x, '''', '''''') doubles the quotes of, since a bound value needs none doubled. */
function undoubled(expression: Expression): Expression {
  if (expression.type !== "call" || expression.name !== "REPLACE") return expression;
  const [subject, from, to] = expression.args;
  if (subject === undefined || from?.type !== "literal" || to?.type !== "literal")
    return expression;
  const isDoubling =
    (from.value === "'" || from.value === '"' || from.value === "\\") &&
    to.value === from.value + from.value;
  return isDoubling ? undoubled(subject) : expression;
}
