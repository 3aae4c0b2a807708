import type { Expression } from "./expression.ts";
import type { ExpressionReader } from "./read-expression.ts";

/** How tightly operators bind, from the manual's table; a larger number binds tighter. */
export const BINARY: ReadonlyMap<string, number> = new Map([
  ...["OR", "||"].map((name) => [name, 2] as const),
  ["XOR", 3],
  ...["AND", "&&"].map((name) => [name, 4] as const),
  ...["=", "<=>", ">=", ">", "<=", "<", "<>", "!="].map((name) => [name, 7] as const),
  ...["IS", "LIKE", "REGEXP", "RLIKE", "IN", "SOUNDS", "MEMBER", "BETWEEN", "NOT"].map(
    (name) => [name, 7] as const,
  ),
  ["|", 8],
  ["&", 9],
  ...["<<", ">>"].map((name) => [name, 10] as const),
  ...["+", "-"].map((name) => [name, 11] as const),
  ...["*", "/", "DIV", "%", "MOD"].map((name) => [name, 12] as const),
  ["^", 13],
]);
const COMPARED_POWER = 7;
const QUANTIFIERS = new Set(["ALL", "ANY", "SOME"]);

/** What stands on the right of an operator. */
export function readRightSide(
  reader: ExpressionReader,
  operator: string,
  binds: number,
): Expression[] {
  const { cursor } = reader;
  switch (operator) {
    case "IS": {
      cursor.accept("NOT");
      const token = cursor.next();
      if (!["NULL", "TRUE", "FALSE", "UNKNOWN"].includes(token.word))
        throw cursor.error("IS what", token.start);
      return [];
    }
    case "IN": {
      const start = cursor.expect("(").start;
      const query = reader.queryInParentheses();
      if (query !== null) return [{ type: "subquery", query, ...reader.spanFrom(start) }];
      const list = reader.list();
      cursor.expect(")");
      return list;
    }
    case "BETWEEN": {
      const low = reader.read(COMPARED_POWER);
      cursor.expect("AND");
      return [low, reader.read(COMPARED_POWER)];
    }
    case "LIKE": {
      const pattern = reader.read(COMPARED_POWER);
      return cursor.accept("ESCAPE") ? [pattern, reader.read(COMPARED_POWER)] : [pattern];
    }
    case "SOUNDS":
      cursor.expect("LIKE");
      return [reader.read(COMPARED_POWER)];
    case "MEMBER":
      cursor.expect("OF");
      return [reader.operand()];
    default:
      if (cursor.isAtAny(QUANTIFIERS) && cursor.peek(1).word === "(") cursor.next();
      return [reader.read(binds)];
  }
}
