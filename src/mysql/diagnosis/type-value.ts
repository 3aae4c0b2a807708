import type { ColumnInfo } from "../catalog/read-tables.ts";
import type { ServerInfo } from "../catalog/server-info.ts";
import type { DataType } from "../sql/data-type.ts";
import { charsetOf, DERIVATION, type Flavour } from "./collated.ts";
import { JSON_VALUE, NUMBER, TEMPORAL, text, unknown, type Value } from "./value.ts";

const NUMBERS = new Set(
  (
    "TINYINT SMALLINT MEDIUMINT INT INTEGER BIGINT INT1 INT2 INT3 INT4 INT8 MIDDLEINT FLOAT FLOAT4 FLOAT8 DOUBLE REAL DECIMAL DEC " +
    "NUMERIC FIXED BIT BOOL BOOLEAN SERIAL YEAR SIGNED UNSIGNED"
  ).split(" "),
);
// MariaDB's INET6 and UUID compare by handlers of their own, as times do.
const TEMPORALS = new Set("DATE TIME DATETIME TIMESTAMP INET4 INET6 UUID".split(" "));
const BINARIES = new Set(
  "BINARY VARBINARY TINYBLOB BLOB MEDIUMBLOB LONGBLOB VECTOR GEOMETRY POINT LINESTRING POLYGON MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION GEOMCOLLECTION".split(
    " ",
  ),
);

/** The collation that a character set has where none is written. */
export function defaultCollation(server: ServerInfo, charset: string): string {
  const wanted = charset === "utf8" ? "utf8mb3" : charset;
  for (const [name, info] of server.collations) {
    if (info.isDefault && info.charset === wanted) return name;
  }
  return wanted === "binary" ? "binary" : `${wanted}_general_ci`;
}

/**
 * The collation that a declared character type has.
 *
 * @param inherited - What it has where nothing is written: the recorded collation of the routine's database, or a table's.
 */
export function declaredCollation(type: DataType, inherited: string, server: ServerInfo): string {
  const charset = type.charset?.name ?? null;
  if (type.collation !== null) {
    // CHAR BINARY: the _bin collation of its character set.
    if (type.collation.name === "binary") return `${charset ?? charsetOf(inherited)}_bin`;
    return type.collation.name;
  }
  return charset === null ? inherited : defaultCollation(server, charset);
}

/** What is known of a variable of a declared type, or of a JSON_TABLE's column. */
export function valueOfType(
  type: DataType,
  inherited: string,
  server: ServerInfo,
  flavour: Flavour = server.flavour,
): Value {
  const { name } = type;
  if (type.isCharacter) {
    // MySQL heeds BINARY alone in tables and casts only.
    const isIgnored =
      flavour === "mysql" && type.charset === null && type.collation?.name === "binary";
    const collation = isIgnored ? inherited : declaredCollation(type, inherited, server);
    return text(collation, DERIVATION.implicit);
  }
  if (NUMBERS.has(name)) return NUMBER;
  if (TEMPORALS.has(name)) return TEMPORAL;
  if (name === "JSON") {
    return flavour === "mysql" ? JSON_VALUE : text("utf8mb4_bin", DERIVATION.implicit);
  }
  if (BINARIES.has(name) || type.charset?.name === "binary")
    return text("binary", DERIVATION.implicit);
  return unknown(`the type ${name} is another thing's`);
}

/** What is known of a column of a table. */
export function valueOfColumn({ dataType, collation }: ColumnInfo): Value {
  if (collation !== null) return text(collation, DERIVATION.implicit);
  if (dataType === "JSON") return JSON_VALUE;
  if (NUMBERS.has(dataType)) return NUMBER;
  return TEMPORALS.has(dataType) ? TEMPORAL : text("binary", DERIVATION.implicit);
}
