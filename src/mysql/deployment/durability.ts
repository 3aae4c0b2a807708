import type { MysqlConnection } from "../connection.ts";

/**
 * Whether a COMMIT is on the disk when it returns. With `innodb_flush_log_at_trx_commit` other than 1 it may be lost, while a
 * routine that was created after it is there: seen on MariaDB, whose routines lie in a table of another engine. FLUSH ENGINE
 * LOGS does nothing there either; making or rebuilding an InnoDB table writes the log out on both servers.
 */
export async function flushesEachCommit(session: MysqlConnection): Promise<boolean> {
  const { rows } = await session.execute<{ v: string }>(
    "SELECT CAST(@@innodb_flush_log_at_trx_commit AS CHAR) AS v",
  );
  return rows[0]?.v === "1";
}
