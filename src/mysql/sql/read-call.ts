import { type DataType, readDataType } from "./data-type.ts";
import type { CallExpression, Expression } from "./expression.ts";
import { unquoteIdentifier } from "./identifier.ts";
import type { ExpressionReader } from "./read-expression.ts";
import { UNITS } from "./reserved-words.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** A call whose name was read already: a quoted or qualified one, always of a stored function. */
interface ReadName {
  readonly schema: string | null;
  readonly name: string;
  readonly start: number;
}

const FRAME_WORDS = new Set(
  "ROWS RANGE GROUPS BETWEEN AND UNBOUNDED PRECEDING FOLLOWING CURRENT ROW".split(" "),
);
const INTEGER_CASTS = new Set(["SIGNED", "UNSIGNED"]);

/** Reads a call; the cursor stands at the name, or behind it where that is given. */
export function readCall(reader: ExpressionReader, read: ReadName | null): Expression {
  const { cursor } = reader;
  const start = read?.start ?? cursor.peek().start;
  const name = read === null ? cursor.next().word : read.name;
  cursor.expect("(");
  let call: Expression;
  if (read === null && (name === "CAST" || name === "CONVERT"))
    return readCast(reader, name, start);
  if (cursor.accept(")")) {
    call = finish(reader, name, read, [], [], start);
  } else {
    const { args, ordering } =
      read === null ? readArguments(reader, name) : { args: reader.list(), ordering: [] };
    cursor.expect(")");
    call = finish(reader, name, read, args, ordering, start);
  }
  return call;
}

function finish(
  reader: ExpressionReader,
  name: string,
  read: ReadName | null,
  args: readonly Expression[],
  ordering: readonly Expression[],
  start: number,
): CallExpression {
  const window = read === null ? readWindow(reader) : [];
  return {
    type: "call",
    name,
    schema: read?.schema ?? null,
    args,
    ordering: [...ordering, ...window],
    ...reader.spanFrom(start),
  };
}

interface Arguments {
  readonly args: readonly Expression[];
  readonly ordering: readonly Expression[];
}

/** What stands between the parentheses, with the keywords that some functions have there. */
function readArguments(reader: ExpressionReader, name: string): Arguments {
  const { cursor } = reader;
  const plain = (args: readonly Expression[]): Arguments => ({ args, ordering: [] });
  switch (name) {
    case "EXTRACT":
      skipUnit(cursor);
      cursor.expect("FROM");
      return plain([reader.read()]);
    case "TIMESTAMPADD":
    case "TIMESTAMPDIFF":
      if (cursor.peek().word.startsWith("SQL_TSI_")) cursor.next();
      else skipUnit(cursor);
      cursor.expect(",");
      return plain(reader.list());
    case "GET_FORMAT":
      cursor.next();
      cursor.expect(",");
      return plain(reader.list());
    case "TRIM":
      return plain(readTrim(reader));
    case "SUBSTRING":
    case "SUBSTR":
    case "MID": {
      const args = [reader.read()];
      if (cursor.accept("FROM")) args.push(reader.read());
      if (cursor.accept("FOR")) args.push(reader.read());
      while (cursor.accept(",")) args.push(reader.read());
      return plain(args);
    }
    case "POSITION": {
      const needle = reader.read(COMPARISON);
      cursor.expect("IN");
      return plain([needle, reader.read()]);
    }
    case "CHAR": {
      const { start } = cursor.peek();
      const args = reader.list();
      if (!cursor.accept("USING")) return plain(args);
      const charset = unquoteIdentifier(cursor.next().text).toLowerCase();
      const operand: Expression = {
        type: "call",
        name,
        schema: null,
        args,
        ordering: [],
        ...reader.spanFrom(start),
      };
      return plain([{ type: "convert", operand, charset, ...reader.spanFrom(start) }]);
    }
    case "MATCH": {
      // MATCH (a, b) AGAINST (x IN BOOLEAN MODE): the second part follows the first parenthesis.
      const columns = reader.list();
      cursor.expect(")", "AGAINST", "(");
      const against = reader.read(COMPARISON);
      while (!cursor.isAt(")")) cursor.next();
      return plain([...columns, against]);
    }
    case "JSON_VALUE": {
      const args = reader.list();
      if (
        cursor.isAt("RETURNING") ||
        cursor.isAt("NULL") ||
        cursor.isAt("ERROR") ||
        cursor.isAt("DEFAULT")
      ) {
        throw cursor.error("JSON_VALUE with RETURNING or ON EMPTY is not read");
      }
      return plain(args);
    }
    default:
      return readAggregate(reader);
  }
}

/** Above IN and LIKE: where these are keywords of the call itself. */
const COMPARISON = 8;

function readAggregate(reader: ExpressionReader): Arguments {
  const { cursor } = reader;
  if (!cursor.accept("DISTINCT")) cursor.accept("ALL");
  const args = reader.list();
  const ordering = cursor.accept("ORDER", "BY") ? reader.ordering() : [];
  if (cursor.accept("SEPARATOR")) args.push(reader.read());
  if (cursor.accept("LIMIT")) {
    reader.read();
    if (cursor.accept(",") || cursor.accept("OFFSET")) reader.read();
  }
  return { args, ordering };
}

function skipUnit(cursor: TokenCursor): void {
  if (!cursor.isAtAny(UNITS)) throw cursor.error("a unit is missing");
  cursor.next();
}

function readTrim(reader: ExpressionReader): Expression[] {
  const { cursor } = reader;
  const hasSide = cursor.accept("LEADING") || cursor.accept("TRAILING") || cursor.accept("BOTH");
  if (hasSide && cursor.accept("FROM")) return [reader.read()];
  const first = reader.read();
  return cursor.accept("FROM") ? [reader.read(), first] : [first];
}

function readCast(reader: ExpressionReader, name: string, start: number): Expression {
  const { cursor } = reader;
  const operand = reader.read();
  if (name === "CONVERT" && cursor.accept("USING")) {
    const token = cursor.next();
    cursor.expect(")");
    const charset = unquoteIdentifier(token.text)
      .replace(/^'(.*)'$/, "$1")
      .toLowerCase();
    return { type: "convert", operand, charset, ...reader.spanFrom(start) };
  }
  if (name === "CAST") {
    if (cursor.isAt("AT")) throw cursor.error("CAST … AT TIME ZONE is not read");
    cursor.expect("AS");
  } else {
    cursor.expect(",");
  }
  const dataType = readCastType(cursor);
  if (cursor.isAt("ARRAY")) throw cursor.error("CAST … AS ARRAY is not read");
  cursor.expect(")");
  return { type: "cast", operand, dataType, ...reader.spanFrom(start) };
}

function readCastType(cursor: TokenCursor): DataType {
  if (!cursor.isAtAny(INTEGER_CASTS)) return readDataType(cursor);
  const { word, start, end } = cursor.next();
  if (!cursor.accept("INTEGER")) cursor.accept("INT");
  const plain = {
    length: null,
    isCharacter: false,
    charset: null,
    collation: null,
    attributesAt: end,
  };
  return { name: word, start, end: cursor.previous.end, isUnsigned: word === "UNSIGNED", ...plain };
}

/** OVER w, OVER (PARTITION BY … ORDER BY … frame). */
function readWindow(reader: ExpressionReader): Expression[] {
  const { cursor } = reader;
  cursor.accept("RESPECT", "NULLS");
  if (!cursor.accept("OVER")) return [];
  if (!cursor.isAt("(")) {
    cursor.name();
    return [];
  }
  return readWindowSpec(reader);
}

/** What stands in a window's parentheses. */
export function readWindowSpec(reader: ExpressionReader): Expression[] {
  const { cursor } = reader;
  cursor.expect("(");
  const found: Expression[] = [];
  if (
    !cursor.isAt("PARTITION") &&
    !cursor.isAt("ORDER") &&
    !cursor.isAt(")") &&
    !cursor.isAtAny(FRAME_WORDS)
  )
    cursor.name();
  if (cursor.accept("PARTITION", "BY")) found.push(...reader.list());
  if (cursor.accept("ORDER", "BY")) found.push(...reader.ordering());
  while (!cursor.accept(")")) {
    if (!cursor.isAtAny(FRAME_WORDS) && cursor.peek().kind !== "number")
      throw cursor.error("a window's frame is not read");
    cursor.next();
  }
  return found;
}
