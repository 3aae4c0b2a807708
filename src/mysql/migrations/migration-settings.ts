import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier } from "../sql/identifier.ts";

/** Recorded with every routine that a migration creates, so that it is the same on every shard. */
const SQL_MODE =
  "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

interface Settings {
  readonly mode: string;
  readonly client: string;
  readonly results: string | null;
  readonly connection: string;
}

/**
 * Runs `work` under the settings that a migration's objects are to be created with: strict, and the one collation as the
 * connection's, which every routine records. What was set before is set again.
 */
export async function withMigrationSettings<T>(
  session: MysqlConnection,
  collation: string,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await session.execute<Settings>(
    `SELECT @@sql_mode AS mode, @@character_set_client AS client, @@character_set_results AS results,
      @@collation_connection AS connection`,
  );
  const [was] = rows;
  if (was === undefined) throw new Error("bug: SELECT without FROM gave no row");
  await session.execute("SET SESSION sql_mode = ?", [SQL_MODE]);
  await session.query(`SET NAMES utf8mb4 COLLATE ${quoteIdentifier(collation)}`);
  try {
    return await work();
  } finally {
    await session.execute(
      `SET SESSION sql_mode = ?, character_set_client = ?, character_set_results = ?, collation_connection = ?`,
      [was.mode, was.client, was.results, was.connection],
    );
  }
}
