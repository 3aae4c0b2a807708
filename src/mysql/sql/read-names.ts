import type { TableSource } from "./query.ts";
import type { ExpressionReader } from "./read-expression.ts";
import { CLAUSE_WORDS } from "./reserved-words.ts";
import { readString } from "./string-literal.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** Whether a query follows, behind any number of opening parentheses. */
export function isQueryAhead(cursor: TokenCursor): boolean {
  let ahead = 0;
  while (cursor.peek(ahead).word === "(") ahead += 1;
  const { word } = cursor.peek(ahead);
  // VALUES( is a function, but in FROM, where MariaDB has rows of it.
  const isRows = word === "VALUES" && cursor.peek(ahead + 1).word !== "(";
  return word === "SELECT" || word === "WITH" || isRows;
}

/** Reads `(a, b)`. */
export function readNames(cursor: TokenCursor): string[] {
  cursor.expect("(");
  const names: string[] = [];
  do names.push(cursor.name().name);
  while (cursor.accept(","));
  cursor.expect(")");
  return names;
}

/** Reads the alias behind an item or table; null without one. */
export function readAlias(reader: ExpressionReader): string | null {
  const { cursor, mode } = reader;
  const isNamed = cursor.accept("AS");
  const token = cursor.peek();
  if (token.kind === "string") return readString(cursor.next().text, mode);
  if (
    token.kind === "name" ||
    (token.kind === "word" && (isNamed || !CLAUSE_WORDS.has(token.word)))
  ) {
    return cursor.name().name;
  }
  if (isNamed) throw cursor.error("an alias is missing");
  return null;
}

/** Reads a table that is written to: no alias behind it. */
export function readTable({ cursor }: ExpressionReader): TableSource {
  const first = cursor.name();
  const second = cursor.accept(".") ? cursor.name() : null;
  if (cursor.accept("PARTITION")) cursor.skipParentheses();
  const { name } = second ?? first;
  return {
    ...{ type: "table", schema: second === null ? null : first.name, name, alias: name },
    start: first.span.start,
    end: (second ?? first).span.end,
  };
}
