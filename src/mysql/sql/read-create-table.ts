import { readDataType } from "./data-type.ts";
import { unquoteIdentifier } from "./identifier.ts";
import type { CreatedColumn, PlainSql } from "./plain-sql.ts";
import type { ExpressionReader } from "./read-expression.ts";
import { isQueryAhead, readTable } from "./read-names.ts";
import type { TokenCursor } from "./token-cursor.ts";

const KEY_WORDS = new Set(
  "PRIMARY UNIQUE KEY INDEX FULLTEXT SPATIAL CONSTRAINT FOREIGN CHECK PERIOD".split(" "),
);
/** Keys and the like by which no value is found. */
const UNSEARCHED = new Set(["FULLTEXT", "SPATIAL", "CHECK", "PERIOD"]);

/**
 * Reads CREATE [TEMPORARY] TABLE, as far as collations and indexes need it; what stands behind a column's type is skipped,
 * down to the next comma.
 */
export function readCreateTable(reader: ExpressionReader): PlainSql {
  const { cursor } = reader;
  cursor.expect("CREATE");
  if (cursor.accept("OR")) cursor.expect("REPLACE");
  const isTemporary = cursor.accept("TEMPORARY");
  if (!cursor.accept("TABLE"))
    throw cursor.error("a CREATE of something else than a table is not read");
  if (cursor.accept("IF")) cursor.expect("NOT", "EXISTS");
  const table = readTable(reader);
  const created = { type: "create-table", isTemporary, table } as const;
  const none = {
    columns: [],
    indexed: [],
    charset: null,
    collation: null,
    query: null,
    like: null,
  };
  if (cursor.accept("LIKE")) return { ...created, ...none, like: readTable(reader) };
  if (cursor.isAt("(", "LIKE")) {
    cursor.expect("(", "LIKE");
    const like = readTable(reader);
    cursor.expect(")");
    return { ...created, ...none, like };
  }
  const columns: CreatedColumn[] = [];
  const indexed: string[] = [];
  if (cursor.isAt("(") && !isQueryAhead(cursor)) readDefinitions(cursor, columns, indexed);
  const { charset, collation } = readOptions(cursor);
  // What to do with duplicates of the query that follows.
  if (!cursor.accept("IGNORE")) cursor.accept("REPLACE");
  cursor.accept("AS");
  const query = cursor.isDone ? null : reader.query();
  return { ...created, columns, indexed, charset, collation, query, like: null };
}

function readDefinitions(cursor: TokenCursor, columns: CreatedColumn[], indexed: string[]): void {
  cursor.expect("(");
  do {
    if (cursor.isAtAny(KEY_WORDS)) {
      let isSearched = true;
      while (!cursor.isAt("(")) {
        if (UNSEARCHED.has(cursor.next().word)) isSearched = false;
      }
      if (isSearched) indexed.push(...readKeyParts(cursor));
      skipRest(cursor);
      continue;
    }
    const { name } = cursor.name();
    const dataType = readDataType(cursor);
    columns.push({ name, dataType, isKey: skipRest(cursor) });
  } while (cursor.accept(","));
  cursor.expect(")");
}

/** Reads `(a, b(3) DESC)`. A part that is an expression names no column. */
function readKeyParts(cursor: TokenCursor): string[] {
  const names: string[] = [];
  cursor.expect("(");
  do {
    if (!cursor.isAt("(")) names.push(cursor.name().name);
    skipRest(cursor);
  } while (cursor.accept(","));
  cursor.expect(")");
  return names;
}

/** Skips to the next comma or the end of the definitions. Returns whether KEY or UNIQUE stood there. */
function skipRest(cursor: TokenCursor): boolean {
  let isKey = false;
  while (!cursor.isAt(",") && !cursor.isAt(")")) {
    isKey ||= cursor.isAt("KEY") || cursor.isAt("UNIQUE");
    if (cursor.isAt("(")) cursor.skipParentheses();
    else cursor.next();
  }
  return isKey;
}

function readOptions(cursor: TokenCursor): { charset: string | null; collation: string | null } {
  let charset: string | null = null;
  let collation: string | null = null;
  const value = (): string => {
    cursor.accept("=");
    return unquoteIdentifier(cursor.next().text)
      .replace(/^'(.*)'$/, "$1")
      .toLowerCase();
  };
  while (
    !cursor.isDone &&
    !cursor.isAt("AS") &&
    !isQueryAhead(cursor) &&
    !cursor.isAt("IGNORE") &&
    !cursor.isAt("REPLACE")
  ) {
    cursor.accept("DEFAULT");
    if (cursor.accept("CHARACTER", "SET") || cursor.accept("CHARSET")) charset = value();
    else if (cursor.accept("COLLATE")) collation = value();
    else if (cursor.peek(1).word === "=" || ["ENGINE", "COMMENT"].includes(cursor.peek().word)) {
      cursor.next();
      value();
    } else if (!cursor.accept(",")) {
      throw cursor.error("a table's option is not read");
    }
  }
  return { charset, collation };
}
