import { readDataType } from "./data-type.ts";
import type { Expression } from "./expression.ts";
import type { FromClause, JsonTableSource, Source, UsingJoin } from "./query.ts";
import type { ExpressionReader } from "./read-expression.ts";
import { isQueryAhead, readAlias, readNames } from "./read-names.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** What is collected while a FROM is read. */
interface Found {
  readonly sources: Source[];
  readonly conditions: Expression[];
  readonly usings: UsingJoin[];
}

const JOIN_WORDS = new Set(["JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "NATURAL", "STRAIGHT_JOIN"]);

/** Reads table references, with commas and joins between them, as far as they go. The cursor stands behind FROM. */
export function readFrom(reader: ExpressionReader): FromClause {
  const found: Found = { sources: [], conditions: [], usings: [] };
  readReferences(reader, found);
  return found;
}

function readReferences(reader: ExpressionReader, found: Found): void {
  const { cursor } = reader;
  do {
    readFactor(reader, found);
    readJoins(reader, found);
  } while (cursor.accept(","));
}

function readJoins(reader: ExpressionReader, found: Found): void {
  const { cursor } = reader;
  while (cursor.isAtAny(JOIN_WORDS)) {
    const start = cursor.peek().start;
    const isNatural = cursor.accept("NATURAL");
    if (!cursor.accept("STRAIGHT_JOIN")) {
      if (!cursor.accept("INNER") && !cursor.accept("CROSS")) {
        if (cursor.accept("LEFT") || cursor.accept("RIGHT")) cursor.accept("OUTER");
      }
      cursor.expect("JOIN");
    }
    const left = found.sources.length;
    readFactor(reader, found);
    // `a JOIN b JOIN c ON … ON …` nests to the right: the inner ON is read first.
    if (!cursor.isAt("ON") && !cursor.isAt("USING")) {
      if (isNatural) found.usings.push({ columns: null, left, ...reader.spanFrom(start) });
      readJoins(reader, found);
    }
    if (cursor.accept("ON")) found.conditions.push(reader.read());
    else if (cursor.isAt("USING")) {
      const usingStart = cursor.next().start;
      const columns = readNames(cursor);
      found.usings.push({ columns, left, ...reader.spanFrom(usingStart) });
    }
  }
}

function readFactor(reader: ExpressionReader, found: Found): void {
  const { cursor } = reader;
  const start = cursor.peek().start;
  const isLateral = cursor.accept("LATERAL");
  if (cursor.isAt("(")) {
    if (isLateral || isQueryAhead(cursor) || cursor.isAt("(", "VALUES")) {
      readDerivedOrGroup(reader, found, start);
      return;
    }
    cursor.next();
    readReferences(reader, found);
    cursor.expect(")");
    return;
  }
  if (cursor.isAt("JSON_TABLE", "(")) {
    found.sources.push(readJsonTable(reader));
    return;
  }
  const first = cursor.name();
  const second = cursor.accept(".") ? cursor.name() : null;
  if (cursor.isAt("(")) throw cursor.error("a function in FROM is not read");
  if (cursor.accept("PARTITION")) cursor.skipParentheses();
  if (cursor.isAt("FOR", "SYSTEM_TIME")) throw cursor.error("FOR SYSTEM_TIME is not read");
  const name = (second ?? first).name;
  const alias = readAlias(reader) ?? name;
  skipHints(cursor);
  found.sources.push({
    ...{ type: "table", schema: second === null ? null : first.name, name, alias },
    ...reader.spanFrom(start),
  });
}

/** `(SELECT …) x`, or `((SELECT …) x JOIN y)`. */
function readDerivedOrGroup(reader: ExpressionReader, found: Found, start: number): void {
  const { cursor } = reader;
  const before = cursor.index;
  cursor.expect("(");
  const query = reader.query();
  if (!cursor.accept(")")) {
    cursor.index = before + 1;
    readReferences(reader, found);
    cursor.expect(")");
    return;
  }
  const alias = readAlias(reader);
  if (alias === null) throw cursor.error("a derived table needs an alias");
  const columns = cursor.isAt("(") ? readNames(cursor) : null;
  found.sources.push({ type: "derived", query, alias, columns, ...reader.spanFrom(start) });
}

function skipHints(cursor: TokenCursor): void {
  while (cursor.isAt("USE") || cursor.isAt("FORCE") || cursor.isAt("IGNORE")) {
    cursor.next();
    if (!cursor.accept("INDEX")) cursor.expect("KEY");
    if (cursor.accept("FOR")) {
      if (!cursor.accept("JOIN")) {
        cursor.next();
        cursor.expect("BY");
      }
    }
    cursor.skipParentheses();
  }
}

function readJsonTable(reader: ExpressionReader): JsonTableSource {
  const { cursor } = reader;
  const { start } = cursor.expect("JSON_TABLE");
  cursor.expect("(");
  const document = reader.read();
  cursor.expect(",");
  reader.read();
  const columns: JsonTableSource["columns"][number][] = [];
  readJsonColumns(reader, columns);
  cursor.expect(")");
  const alias = readAlias(reader);
  if (alias === null) throw cursor.error("JSON_TABLE needs an alias");
  return { type: "json-table", document, columns, alias, ...reader.spanFrom(start) };
}

function readJsonColumns(
  reader: ExpressionReader,
  columns: JsonTableSource["columns"][number][],
): void {
  const { cursor } = reader;
  cursor.expect("COLUMNS", "(");
  do {
    if (cursor.accept("NESTED")) {
      cursor.accept("PATH");
      reader.read();
      readJsonColumns(reader, columns);
      continue;
    }
    const { name } = cursor.name();
    if (cursor.accept("FOR", "ORDINALITY")) {
      columns.push({ name, dataType: null });
      continue;
    }
    columns.push({ name, dataType: readDataType(cursor) });
    cursor.accept("EXISTS");
    cursor.expect("PATH");
    reader.read();
    // `NULL ON EMPTY DEFAULT 'x' ON ERROR`
    while (cursor.isAt("NULL") || cursor.isAt("ERROR") || cursor.isAt("DEFAULT")) {
      if (cursor.next().word === "DEFAULT") reader.read();
      cursor.expect("ON");
      cursor.next();
    }
  } while (cursor.accept(","));
  cursor.expect(")");
}
