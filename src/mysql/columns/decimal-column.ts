import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier, quoteQualified } from "../sql/identifier.ts";
import { moneyKind } from "./money-names.ts";

/** A type that a price or an amount fits: the first ends just below 10 trillion. */
export type DecimalTarget = "DECIMAL(19,6)" | "DECIMAL(38,6)";

/** A column that holds prices or amounts, and cannot hold them exactly, or not all of them. */
export interface DecimalFinding {
  /** The shard's id. */
  readonly shard: string;
  /** The column's database. */
  readonly schema: string;
  /** Its table. */
  readonly table: string;
  /** Its name. */
  readonly column: string;
  /** As the server writes it, such as `double` or `decimal(10,2)`. */
  readonly type: string;
  /** What tells that it holds prices or amounts: its name, or the values in it. */
  readonly by: "name" | "data";
  /** One line for people: why the type is wrong. */
  readonly reason: string;
  /** What it is to become. */
  readonly target: DecimalTarget;
  /** Rows that are not NULL. */
  readonly values: number;
  /** Values that the change would round, as the server's own cast says. */
  readonly rounded: number;
  /** The largest difference that rounding makes, as a decimal; null where there is none. */
  readonly largestRounding: string | null;
  /** Values that do not fit the target: in strict mode the ALTER fails. */
  readonly outOfRange: number;
}

/** A column of a type that may be wrong. */
export interface NumberColumn {
  /** Its table. */
  readonly table: string;
  /** Its name. */
  readonly column: string;
  /** `float`, `double` or `decimal`. */
  readonly base: string;
  /** COLUMN_TYPE. */
  readonly type: string;
  /** Digits of a DECIMAL. */
  readonly precision: number;
  /** Digits after the point of a DECIMAL. */
  readonly scale: number;
}

const COLUMNS = `SELECT c.TABLE_NAME AS \`table\`, c.COLUMN_NAME AS \`column\`, c.DATA_TYPE AS base, c.COLUMN_TYPE AS type,
    CAST(COALESCE(c.NUMERIC_PRECISION, 0) AS CHAR) AS \`precision\`, CAST(COALESCE(c.NUMERIC_SCALE, 0) AS CHAR) AS scale
  FROM information_schema.COLUMNS c
  JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
  WHERE c.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE' AND c.DATA_TYPE IN ('float', 'double', 'decimal')
    AND c.EXTRA NOT LIKE '%GENERATED%'
  ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`;

/** Reads the columns of a database that are FLOAT, DOUBLE or DECIMAL, and not computed from others. */
export async function readNumberColumns(
  connection: MysqlConnection,
  schema: string,
): Promise<readonly NumberColumn[]> {
  type ColumnRow = Omit<NumberColumn, "precision" | "scale"> &
    Record<"precision" | "scale", string>;
  const { rows } = await connection.execute<ColumnRow>(COLUMNS, [schema]);
  return rows.map((row) => {
    return { ...row, precision: Number(row.precision), scale: Number(row.scale) };
  });
}

/** Digits before and after the point of the two targets. */
const SCALE = 6;
const SMALL_WHOLE = 13;

/** What the server counts of a column. Counts are texts, being BIGINT. */
interface Counts {
  readonly total: string;
  readonly fractions: string | null;
  readonly sixDigits: string | null;
  readonly beyondSmall: string | null;
  readonly beyondLarge: string | null;
  readonly rounded: string | null;
  readonly largest: string | null;
  readonly crowded: string | null;
}

/**
 * Looks at one column. Every value is cast by the server, since what a client is shown of a FLOAT is not what it holds.
 *
 * @returns Null where it holds no prices or amounts as far as can be told, or its type is right.
 */
export async function examineColumn(
  connection: MysqlConnection,
  shard: string,
  schema: string,
  own: NumberColumn,
): Promise<DecimalFinding | null> {
  const kind = moneyKind(own.column);
  const isExact = own.base === "decimal";
  const whole = own.precision - own.scale;
  const isWide = isExact && whole >= SMALL_WHOLE && own.scale >= SCALE;
  // More digits after the point than the targets have would be lost.
  if (isWide || (isExact && own.scale > SCALE)) return null;
  const { rows } = await connection.query<Counts>(countsOf(schema, own));
  const [counts] = rows;
  if (counts === undefined) return null;
  const count = (text: string | null): number => Number(text ?? 0);
  const values = count(counts.total);
  const looksDecimal = isExact
    ? count(counts.crowded) > 0
    : values > 0 && count(counts.fractions) > 0 && count(counts.sixDigits) === values;
  if (kind === null && !looksDecimal) return null;
  const isLarge =
    kind === "amount" || count(counts.beyondSmall) > 0 || (isExact && whole > SMALL_WHOLE);
  return {
    shard,
    schema,
    table: own.table,
    column: own.column,
    type: own.type,
    by: kind === null ? "data" : "name",
    reason: reasonOf(own, kind),
    target: isLarge ? "DECIMAL(38,6)" : "DECIMAL(19,6)",
    values,
    rounded: count(counts.rounded),
    largestRounding: count(counts.rounded) === 0 ? null : counts.largest,
    outOfRange: count(counts.beyondLarge),
  };
}

/**
 * Counts as the server computes: DECIMAL(65,30) of a DOUBLE has its shortest digits, and a DOUBLE that comes back from six
 * digits unchanged was written with six.
 */
function countsOf(schema: string, { table, column, base, precision, scale }: NumberColumn): string {
  const name = quoteIdentifier(column);
  const six = `CAST(${name} AS DECIMAL(65,6))`;
  const all = `CAST(${name} AS DECIMAL(65,30))`;
  const limit = (digits: number): string => `CAST('1${"0".repeat(digits)}' AS DECIMAL(65,6))`;
  // A tenth of what the type holds is near enough to its end.
  const crowded =
    base === "decimal"
      ? `SUM(ABS(${name}) >= ${limit(Math.max(0, precision - scale - 1))})`
      : "NULL";
  const back =
    base === "float" ? `CAST(${six} AS FLOAT) = ${name}` : `CAST(${six} AS DOUBLE) = ${name}`;
  // Beyond 10^34 the digits after the point do not fit beside 30 others, and do not exist in a DOUBLE either.
  const differs = `(ABS(${six}) < ${limit(34)} AND ${all} <> ${six})`;
  const counts = [
    `COUNT(${name}) AS total`,
    `SUM(${six} <> TRUNCATE(${six}, 0)) AS fractions`,
    `SUM(${base === "decimal" ? "1" : back}) AS sixDigits`,
    `SUM(ABS(${six}) >= ${limit(SMALL_WHOLE)}) AS beyondSmall`,
    `SUM(ABS(${six}) >= ${limit(32)}) AS beyondLarge`,
    `SUM(${differs}) AS rounded`,
    `CAST(MAX(IF(${differs}, ABS(${all} - ${six}), NULL)) AS CHAR) AS largest`,
    `${crowded} AS crowded`,
  ];
  return `SELECT ${counts.map((one) => (one.endsWith("AS largest") ? one : asText(one))).join(", ")}
    FROM ${quoteQualified(schema, table)}`;
}

function asText(expression: string): string {
  const [, value, alias] = /^(.*) AS (\w+)$/s.exec(expression) ?? [];
  return `CAST(${value} AS CHAR) AS ${alias}`;
}

function reasonOf(own: NumberColumn, kind: string | null): string {
  if (own.base === "decimal") {
    const parts = [
      ...(own.scale < SCALE ? [`${own.scale} digits after the point`] : []),
      ...(own.precision - own.scale < SMALL_WHOLE
        ? [`${own.precision - own.scale} digits before it`]
        : []),
    ];
    return `${kind ?? "values near the type's end"}: only ${parts.join(" and ")}`;
  }
  const what = kind ?? "every value was written with six digits or fewer";
  return `${what}: ${own.base.toUpperCase()} holds no decimal fraction exactly`;
}
