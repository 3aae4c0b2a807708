import { unquoteIdentifier } from "./identifier.ts";
import { DEFAULT_SQL_MODE } from "./sql-mode.ts";
import { readString } from "./string-literal.ts";
import type { Span } from "./token.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** A character set or collation that is written out. */
interface NamedSpan extends Span {
  /** The name, in lower case. */
  readonly name: string;
  /** Offset where the clause begins: of `CHARACTER`, `CHARSET`, `COLLATE` or the shorthand itself. */
  readonly clauseStart: number;
}

/** A declared type. */
export interface DataType extends Span {
  /** In capitals, with synonyms kept apart, and without length: `VARCHAR`, `DECIMAL`, `DOUBLE`, `TYPE OF` (MariaDB's anchored ones). */
  readonly name: string;
  /** What stands in the parentheses behind the name, as written; null without them. */
  readonly length: string | null;
  /** Whether values of it have a collation: CHAR, VARCHAR, the TEXTs, ENUM and SET. Those of JSON are none of these. */
  readonly isCharacter: boolean;
  /** Whether it is a number's type and has no sign. */
  readonly isUnsigned: boolean;
  /** Its own character set, where one is written out. `binary` for CHARACTER SET binary. */
  readonly charset: NamedSpan | null;
  /** Its own collation, where one is written out. */
  readonly collation: NamedSpan | null;
  /** Offset behind the name and length, where `CHARACTER SET c COLLATE x` may be inserted. */
  readonly attributesAt: number;
}

const CHARACTER_TYPES = new Set([
  ..."CHAR VARCHAR TINYTEXT TEXT MEDIUMTEXT LONGTEXT ENUM SET".split(" "),
]);
const OTHER_TYPES = new Set(
  (
    "TINYINT SMALLINT MEDIUMINT INT INTEGER BIGINT INT1 INT2 INT3 INT4 INT8 MIDDLEINT FLOAT FLOAT4 FLOAT8 DOUBLE REAL " +
    "DECIMAL DEC NUMERIC FIXED BIT BOOL BOOLEAN SERIAL DATE TIME DATETIME TIMESTAMP YEAR BINARY VARBINARY TINYBLOB BLOB " +
    "MEDIUMBLOB LONGBLOB JSON GEOMETRY POINT LINESTRING POLYGON MULTIPOINT MULTILINESTRING MULTIPOLYGON " +
    "GEOMETRYCOLLECTION GEOMCOLLECTION INET4 INET6 UUID VECTOR"
  ).split(" "),
);
/** Words that stand for a character set. */
const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ["ASCII", "latin1"],
  ["UNICODE", "ucs2"],
  ["BYTE", "binary"],
]);
const INTEGER_ATTRIBUTES = new Set(["UNSIGNED", "SIGNED", "ZEROFILL"]);

/**
 * Reads a type: `VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`, `DECIMAL(19,6) UNSIGNED`, `TYPE OF t.c`.
 *
 * @throws {@link MysqlError} with `DDL_UNREADABLE` for a type that no server has.
 */
export function readDataType(cursor: TokenCursor): DataType {
  const first = cursor.peek();
  const start = first.start;
  const name = readTypeName(cursor);
  if (name === "TYPE OF")
    return { ...plainType(name, start, cursor.previous.end), end: cursor.previous.end };
  let length: string | null = null;
  if (cursor.isAt("(")) {
    const span = cursor.skipParentheses();
    length = cursor.source.slice(span.start + 1, span.end - 1);
  }
  const attributesAt = cursor.previous.end;
  let isUnsigned = name === "SERIAL";
  let charset: NamedSpan | null = null;
  let collation: NamedSpan | null = null;
  for (;;) {
    const shorthand = SHORTHANDS.get(cursor.peek().word);
    if (cursor.isAtAny(INTEGER_ATTRIBUTES)) {
      const attribute = cursor.next().word;
      isUnsigned ||= attribute !== "SIGNED";
    } else if (cursor.isAt("CHARACTER", "SET") || cursor.isAt("CHAR", "SET")) {
      charset = readNamed(cursor, 2);
    } else if (cursor.isAt("CHARSET")) {
      charset = readNamed(cursor, 1);
    } else if (cursor.isAt("COLLATE")) {
      collation = readNamed(cursor, 1);
    } else if (shorthand !== undefined) {
      const { start: at, end } = cursor.next();
      charset = { name: shorthand, start: at, end, clauseStart: at };
    } else if (CHARACTER_TYPES.has(name) && cursor.accept("BINARY")) {
      const { start: at, end } = cursor.previous;
      // The _bin collation of whatever the character set is; resolved where that is known.
      collation = { name: "binary", start: at, end, clauseStart: at };
    } else {
      break;
    }
  }
  return {
    ...plainType(name, start, attributesAt),
    end: cursor.previous.end,
    length,
    isUnsigned,
    isCharacter: CHARACTER_TYPES.has(name) && charset?.name !== "binary",
    charset:
      charset ?? (first.word.startsWith("N") && CHARACTER_TYPES.has(name) ? national(first) : null),
    collation,
  };
}

function plainType(name: string, start: number, attributesAt: number): DataType {
  return {
    name,
    start,
    end: attributesAt,
    length: null,
    isCharacter: false,
    isUnsigned: false,
    charset: null,
    collation: null,
    attributesAt,
  };
}

function national(token: Span): NamedSpan {
  return { name: "utf8mb3", start: token.start, end: token.end, clauseStart: token.start };
}

function readTypeName(cursor: TokenCursor): string {
  const token = cursor.next();
  switch (token.word) {
    case "NATIONAL":
      if (acceptVarchar(cursor)) return "VARCHAR";
      if (!cursor.accept("CHARACTER")) cursor.expect("CHAR");
      return cursor.accept("VARYING") ? "VARCHAR" : "CHAR";
    case "NCHAR":
      return acceptVarchar(cursor) || cursor.accept("VARYING") ? "VARCHAR" : "CHAR";
    case "CHARACTER":
    case "CHAR":
      return cursor.accept("VARYING") ? "VARCHAR" : "CHAR";
    case "NVARCHAR":
    case "VARCHARACTER":
      return "VARCHAR";
    case "LONG":
      if (cursor.accept("VARBINARY")) return "MEDIUMBLOB";
      if (!acceptVarchar(cursor) && !cursor.accept("CHARACTER", "VARYING"))
        cursor.accept("CHAR", "VARYING");
      return "MEDIUMTEXT";
    case "DOUBLE":
      cursor.accept("PRECISION");
      return "DOUBLE";
    case "TYPE":
    case "ROW":
      // MariaDB: TYPE OF t.c, ROW TYPE OF t.
      if (token.word === "ROW") cursor.expect("TYPE");
      cursor.expect("OF");
      cursor.name();
      while (cursor.accept(".")) cursor.name();
      return "TYPE OF";
    default:
      if (CHARACTER_TYPES.has(token.word) || OTHER_TYPES.has(token.word)) return token.word;
      throw cursor.error("a type is missing", token.start);
  }
}

/** VARCHARACTER is VARCHAR wherever that may stand. */
function acceptVarchar(cursor: TokenCursor): boolean {
  return cursor.accept("VARCHAR") || cursor.accept("VARCHARACTER");
}

/** A name behind `words` keywords; it may stand in quotes of any kind. */
function readNamed(cursor: TokenCursor, words: number): NamedSpan {
  const clauseStart = cursor.peek().start;
  for (let word = 0; word < words; word += 1) cursor.next();
  cursor.accept("=");
  const { text, start, end, kind } = cursor.next();
  const name = kind === "string" ? readString(text, DEFAULT_SQL_MODE) : unquoteIdentifier(text);
  return { name: name.toLowerCase(), start, end, clauseStart };
}
