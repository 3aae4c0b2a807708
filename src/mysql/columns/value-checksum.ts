import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier, quoteQualified } from "../sql/identifier.ts";

const PRIMARY_KEY = `SELECT COLUMN_NAME AS name FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' AND COLUMN_NAME IS NOT NULL ORDER BY SEQ_IN_INDEX`;

/** The columns of a table's primary key; empty where it has none. */
export async function primaryKey(
  session: MysqlConnection,
  schema: string,
  table: string,
): Promise<readonly string[]> {
  const { rows } = await session.execute<{ name: string }>(PRIMARY_KEY, [schema, table]);
  return rows.map(({ name }) => name);
}

/**
 * Sums what the columns hold with six digits after the point, as the server casts it, row by row: the same before a change of
 * type and after it, unless a value became another. Rows are told apart by the primary key, where there is one.
 *
 * @returns `rows:sum` as text.
 */
export async function valueChecksum(
  session: MysqlConnection,
  schema: string,
  table: string,
  columns: readonly string[],
  key: readonly string[],
): Promise<string> {
  const isChanged = new Set(columns);
  const parts = [
    // A key that is changed itself counts once, as its cast.
    ...key
      .filter((column) => !isChanged.has(column))
      .map((column) => `HEX(${quoteIdentifier(column)})`),
    ...columns.map((column) => {
      return `COALESCE(CAST(CAST(${quoteIdentifier(column)} AS DECIMAL(65,6)) AS CHAR), 'NULL')`;
    }),
  ];
  // 15 hexadecimal digits fit a BIGINT; a sum of texts would be one of DOUBLE.
  const hash = `CAST(CONV(LEFT(SHA2(CONCAT_WS('/', ${parts.join(", ")}), 256), 15), 16, 10) AS DECIMAL(20,0))`;
  const { rows } = await session.query<{ n: string; sum: string }>(
    `SELECT CAST(COUNT(*) AS CHAR) AS n, CAST(COALESCE(SUM(${hash}), 0) AS CHAR) AS sum
      FROM ${quoteQualified(schema, table)}`,
  );
  return `${rows[0]?.n}:${rows[0]?.sum}`;
}

/**
 * Counts the rows in which a column, given its new type, would not be what it is now to six digits: those that an ALTER would
 * change, asked before it is too late. A value that does not fit comes back clamped, hence as another.
 *
 * @param types - The new type of each column, as CAST takes it.
 */
export async function changedRows(
  session: MysqlConnection,
  schema: string,
  table: string,
  types: Readonly<Record<string, string>>,
): Promise<number> {
  const differs = Object.entries(types).map(([column, type]) => {
    const name = quoteIdentifier(column);
    return `CAST(CAST(${name} AS ${type}) AS DECIMAL(65,6)) <> CAST(${name} AS DECIMAL(65,6))`;
  });
  const { rows } = await session.query<{ n: string }>(
    `SELECT CAST(COUNT(*) AS CHAR) AS n FROM ${quoteQualified(schema, table)} WHERE ${differs.join(" OR ")}`,
  );
  return Number(rows[0]?.n);
}
