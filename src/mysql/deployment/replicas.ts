import { readFlavour } from "../catalog/server-info.ts";
import { MysqlError } from "../mysql-error.ts";
import type { ShardSession } from "./change.ts";

/**
 * Refuses a server that is to take no changes but those of its source. It would take ours, from an account with the right to
 * pass by `read_only`, and its replication would stop at the first statement that comes a second time.
 *
 * @throws {@link MysqlError} `PREFLIGHT_FAILED`.
 */
export async function refuseReadOnly({ shard, session }: ShardSession): Promise<void> {
  const { rows } = await session.query<{ Variable_name: string; Value: string }>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only')",
  );
  const set = rows.find(({ Value }) => Value !== "OFF");
  if (set === undefined) return;
  throw new MysqlError(
    "PREFLIGHT_FAILED",
    `nothing was changed: shard ${shard.id}: its server is set to ${set.Variable_name}; name the server that it copies instead, if it is a replica`,
  );
}

/**
 * Refuses two shards of which one is the copy of the other: what is deployed to both would reach the copy twice. A user who may
 * not ask for the state of replication is not told.
 *
 * @throws {@link MysqlError} `PREFLIGHT_FAILED`.
 */
export async function refuseReplicasOf(all: readonly ShardSession[]): Promise<void> {
  if (all.length < 2) return;
  const servers = await Promise.all(
    all.map(async (at) => ({ at, name: await nameOf(at), sources: await sourcesOf(at) })),
  );
  for (const { at, sources } of servers) {
    const source = servers.find((other) => {
      const isOther = other.at !== at && other.at.shard.database === at.shard.database;
      return isOther && sources.includes(other.name);
    });
    if (source === undefined) continue;
    throw new MysqlError(
      "PREFLIGHT_FAILED",
      `nothing was changed: shard ${at.shard.id} is a replica of shard ${source.at.shard.id}, which passes on what it gets; leave it out`,
    );
  }
}

/** What a server's replicas call it: a UUID on MySQL, number and port on MariaDB, which has none. */
async function nameOf({ session }: ShardSession): Promise<string> {
  const isMysql = (await readFlavour(session)) === "mysql";
  const { rows } = await session.query<{ name: string }>(
    `SELECT ${isMysql ? "@@server_uuid" : "CONCAT(@@server_id, ':', @@port)"} AS name`,
  );
  return String(rows[0]?.name);
}

/** The names of the servers that this one copies. */
async function sourcesOf({ session }: ShardSession): Promise<readonly string[]> {
  const isMysql = (await readFlavour(session)) === "mysql";
  try {
    const { rows } = await session.query(
      isMysql ? "SHOW REPLICA STATUS" : "SHOW ALL SLAVES STATUS",
    );
    return rows.map((row) =>
      isMysql
        ? String(row["Source_UUID"])
        : `${String(row["Master_Server_Id"])}:${String(row["Master_Port"])}`,
    );
  } catch (error) {
    if (error instanceof MysqlError && error.code === "ACCESS_DENIED") return [];
    throw error;
  }
}
