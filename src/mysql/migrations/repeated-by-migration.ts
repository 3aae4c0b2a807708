import type { MysqlConnection } from "../connection.ts";
import { repeatedKeys } from "../deployment/repeated-keys.ts";
import { type CollationStatement, collationStatements, names } from "./collation-statements.ts";

/**
 * Says which unique keys a migration's changes of collation would break on a shard, before it begins anywhere.
 *
 * A table that an earlier statement of the migration names is left out: that one may see to it.
 */
export async function repeatedByMigration(
  session: MysqlConnection,
  database: string,
  statements: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [index, statement] of statements.entries()) {
    const own = collationStatements(statement);
    const [first] = own;
    if (first === undefined) continue;
    const { table } = first;
    if (statements.slice(0, index).some((earlier) => names(earlier, table))) continue;
    const schema = first.schema ?? database;
    const collations = await newCollations(session, schema, own);
    const repeated = await repeatedKeys(session, schema, table, collations);
    found.push(...repeated.map((text) => `table ${schema}.${table}: ${text}`));
  }
  return found;
}

interface TextColumn {
  readonly name: string;
  readonly collation: string;
  /** Of the table, which a column has that says nothing else. */
  readonly usual: string;
}

/** The columns whose collation becomes another one. A table that is not there yet has none. */
async function newCollations(
  session: MysqlConnection,
  schema: string,
  statements: readonly CollationStatement[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await session.execute<TextColumn>(
    `SELECT c.COLUMN_NAME AS name, c.COLLATION_NAME AS collation, t.TABLE_COLLATION AS usual
      FROM information_schema.COLUMNS c
      JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
      WHERE c.TABLE_SCHEMA = ? AND c.TABLE_NAME = ? AND c.COLLATION_NAME IS NOT NULL`,
    [schema, statements[0]?.table ?? ""],
  );
  const changed = new Map<string, string>();
  for (const { column, charset, collation } of statements) {
    const target = collation ?? (charset === null ? null : await defaultOf(session, charset));
    for (const own of rows) {
      if (column !== null && own.name.toLowerCase() !== column.toLowerCase()) continue;
      const next = target ?? own.usual;
      if (next !== own.collation) changed.set(own.name, next);
    }
  }
  return changed;
}

/** The collation of a character set that names none; null where the server does not know it, and will say so itself. */
async function defaultOf(session: MysqlConnection, charset: string): Promise<string | null> {
  const { rows } = await session.execute<{ collation: string }>(
    "SELECT DEFAULT_COLLATE_NAME AS collation FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME = ?",
    [charset],
  );
  return rows[0]?.collation ?? null;
}
