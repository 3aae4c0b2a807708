import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier, quoteQualified } from "../sql/identifier.ts";

interface KeyPart {
  readonly key: string;
  /** Empty of a part that is an expression. */
  readonly column: string;
  /** Characters that the key holds of the column; null for all. */
  readonly prefix: number | null;
}

const UNIQUE_KEYS = `SELECT INDEX_NAME AS \`key\`, COALESCE(COLUMN_NAME, '') AS \`column\`, CAST(SUB_PART AS SIGNED INTEGER) AS prefix
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
  ORDER BY INDEX_NAME, SEQ_IN_INDEX`;

/**
 * Says which unique keys of a table hold texts that another collation takes for the same, such as `'S7'` and `'S7 '` where
 * trailing spaces do not count: the ALTER would fail with error 1062, perhaps on the last shard only. The server itself
 * compares; each such key costs a scan of the table.
 *
 * @param collations - The collation that each column is to get, by the column's name; others stay as they are.
 * @returns Clauses for one line, without any value.
 */
export async function repeatedKeys(
  session: MysqlConnection,
  schema: string,
  table: string,
  collations: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const { rows } = await session.execute<KeyPart>(UNIQUE_KEYS, [schema, table]);
  const found: string[] = [];
  for (const key of new Set(rows.map((row) => row.key))) {
    const parts = rows.filter((row) => row.key === key);
    const columns = parts.map(({ column }) => column);
    const changed = columns.filter((column) => collations.has(column));
    // What an expression makes of the new collation cannot be asked beforehand.
    if (changed.length === 0 || columns.includes("")) continue;
    const count = await repeatedCount(session, quoteQualified(schema, table), parts, collations);
    if (count === "0") continue;
    const names = [...new Set(changed.map((column) => collations.get(column)))].join(" and ");
    found.push(
      `${count} values of its unique key ${key} (${columns.join(", ")}) repeat another under ${names}`,
    );
  }
  return found;
}

async function repeatedCount(
  session: MysqlConnection,
  table: string,
  parts: readonly KeyPart[],
  collations: ReadonlyMap<string, string>,
): Promise<string> {
  const names = parts.map(({ column }) => quoteIdentifier(column));
  const expressions = parts.map(({ column, prefix }) => {
    const whole = quoteIdentifier(column);
    const own = prefix === null ? whole : `LEFT(${whole}, ${prefix})`;
    const collation = collations.get(column);
    if (collation === undefined) return own;
    const charset = quoteIdentifier(collation.replace(/_.*$/, ""));
    return `CONVERT(${own} USING ${charset}) COLLATE ${quoteIdentifier(collation)}`;
  });
  // NULL repeats nothing.
  const { rows } = await session.query<{ n: string }>(
    `SELECT CAST(COALESCE(SUM(n - 1), 0) AS CHAR) AS n FROM (SELECT COUNT(*) AS n FROM ${table}
      WHERE ${names.map((name) => `${name} IS NOT NULL`).join(" AND ")}
      GROUP BY ${expressions.join(", ")} HAVING COUNT(*) > 1) AS repeated`,
  );
  return String(rows[0]?.n);
}
