import type { Expression } from "./expression.ts";
import type {
  CommonTable,
  IntoTarget,
  Query,
  SelectCore,
  SelectItem,
  ValuesCore,
} from "./query.ts";
import { readWindowSpec } from "./read-call.ts";
import type { ExpressionReader } from "./read-expression.ts";
import { readFrom } from "./read-from.ts";
import { readAlias, readNames } from "./read-names.ts";
import type { Span } from "./token.ts";
import type { TokenCursor } from "./token-cursor.ts";

const SET_OPERATORS = new Set(["UNION", "EXCEPT", "INTERSECT", "MINUS"]);
const SELECT_OPTIONS = new Set(
  (
    "ALL DISTINCT DISTINCTROW HIGH_PRIORITY STRAIGHT_JOIN SQL_SMALL_RESULT SQL_BIG_RESULT SQL_BUFFER_RESULT SQL_NO_CACHE " +
    "SQL_CACHE SQL_CALC_FOUND_ROWS"
  ).split(" "),
);

/** What INTO found. */
interface Into {
  targets: readonly IntoTarget[] | null;
  span: Span | null;
}

/** Reads a query, as far as it goes. */
export function readQuery(reader: ExpressionReader): Query {
  const { cursor } = reader;
  const start = cursor.peek().start;
  const ctes = cursor.accept("WITH") ? readCommonTables(reader) : [];
  const into: Into = { targets: null, span: null };
  const parts = [readPart(reader, into)];
  while (cursor.isAtAny(SET_OPERATORS)) {
    cursor.next();
    if (!cursor.accept("ALL")) cursor.accept("DISTINCT");
    parts.push(readPart(reader, into));
  }
  const orderBy = cursor.accept("ORDER", "BY") ? reader.ordering() : [];
  const limit = readLimit(reader);
  readInto(reader, into);
  readLocking(cursor);
  readInto(reader, into);
  return {
    ...{ ctes, parts, orderBy, limit, into: into.targets, intoSpan: into.span },
    ...reader.spanFrom(start),
  };
}

/** Reads LIMIT's numbers, or nothing. */
export function readLimit(reader: ExpressionReader): Expression[] {
  const { cursor } = reader;
  if (!cursor.accept("LIMIT")) return [];
  const limit = [reader.read()];
  if (cursor.accept(",") || cursor.accept("OFFSET")) limit.push(reader.read());
  return limit;
}

/** Reads WITH's tables; the cursor stands behind WITH. */
export function readCommonTables(reader: ExpressionReader): CommonTable[] {
  const { cursor } = reader;
  cursor.accept("RECURSIVE");
  const tables: CommonTable[] = [];
  do {
    const { name } = cursor.name();
    const columns = cursor.isAt("(") ? readNames(cursor) : null;
    cursor.expect("AS", "(");
    tables.push({ name, columns, query: readQuery(reader) });
    cursor.expect(")");
  } while (cursor.accept(","));
  return tables;
}

function readPart(reader: ExpressionReader, into: Into): SelectCore | ValuesCore | Query {
  const { cursor } = reader;
  if (cursor.accept("(")) {
    const query = readQuery(reader);
    cursor.expect(")");
    return query;
  }
  if (cursor.isAt("VALUES")) return readValues(reader);
  return readSelect(reader, into);
}

function readValues(reader: ExpressionReader): ValuesCore {
  const { cursor } = reader;
  const { start } = cursor.expect("VALUES");
  const rows: (readonly Expression[])[] = [];
  do {
    cursor.accept("ROW");
    cursor.expect("(");
    rows.push(reader.list());
    cursor.expect(")");
  } while (cursor.accept(","));
  return { type: "values", rows, ...reader.spanFrom(start) };
}

function readSelect(reader: ExpressionReader, into: Into): SelectCore {
  const { cursor } = reader;
  const { start } = cursor.expect("SELECT");
  while (cursor.isAtAny(SELECT_OPTIONS)) cursor.next();
  const items: SelectItem[] = [];
  do {
    const itemStart = cursor.peek().start;
    const expression = reader.read();
    items.push({ expression, alias: readAlias(reader), ...reader.spanFrom(itemStart) });
  } while (cursor.accept(","));
  readInto(reader, into);
  const from = cursor.accept("FROM") ? readFrom(reader) : null;
  const where = cursor.accept("WHERE") ? reader.read() : null;
  const groupBy = cursor.accept("GROUP", "BY") ? reader.ordering() : [];
  if (groupBy.length > 0) cursor.accept("WITH", "ROLLUP");
  const having = cursor.accept("HAVING") ? reader.read() : null;
  const windows: Expression[] = [];
  if (cursor.accept("WINDOW")) {
    do {
      cursor.name();
      cursor.expect("AS");
      windows.push(...readWindowSpec(reader));
    } while (cursor.accept(","));
  }
  return {
    type: "select",
    items,
    from,
    where,
    groupBy,
    having,
    windows,
    ...reader.spanFrom(start),
  };
}

function readInto(reader: ExpressionReader, into: Into): void {
  const { cursor } = reader;
  if (!cursor.isAt("INTO") || into.targets !== null) return;
  const { start } = cursor.expect("INTO");
  if (cursor.isAt("OUTFILE") || cursor.isAt("DUMPFILE"))
    throw cursor.error("SELECT INTO a file is not read");
  const targets: IntoTarget[] = [];
  do targets.push(reader.read());
  while (cursor.accept(","));
  into.targets = targets;
  into.span = reader.spanFrom(start);
}

function readLocking(cursor: TokenCursor): void {
  if (cursor.accept("LOCK", "IN", "SHARE", "MODE")) return;
  while (cursor.accept("FOR")) {
    if (!cursor.accept("UPDATE")) cursor.expect("SHARE");
    if (cursor.accept("OF")) {
      do cursor.name();
      while (cursor.accept(","));
    }
    if (!cursor.accept("NOWAIT") && !cursor.accept("SKIP", "LOCKED") && cursor.accept("WAIT"))
      cursor.next();
  }
}
