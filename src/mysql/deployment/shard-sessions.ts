import { MysqlError } from "../mysql-error.ts";
import type { Shard } from "../shards/shard.ts";
import type { ShardSession } from "./change.ts";
import { JOURNAL_DATABASE, Journal } from "./journal.ts";
import { refuseReadOnly, refuseReplicasOf } from "./replicas.ts";

/**
 * Seconds that a statement may wait for calls and transactions that hold what it changes. Meanwhile new ones queue up behind
 * it, so that the server's own default, a year or a day, would stop a shard.
 */
const METADATA_WAIT_S = 30;

/** A shard under the deployment's lock, with its journal. */
export interface LockedShard extends ShardSession {
  /** The shard's own journal. */
  readonly journal: Journal;
}

/**
 * Runs `work` with one session on every shard, each holding the deployment's lock, so that no two deployments of any kind
 * meet. The sessions are closed afterwards, which frees the locks, also when this process is killed.
 *
 * @throws {@link MysqlError} `UNREACHABLE` and the like where a shard is down; `DEPLOYMENT_LOCKED` where another deployment
 *   works there; `USAGE` where two shards are one database of one server; `PREFLIGHT_FAILED` where a server is read-only, or
 *   a replica of another shard's. Nothing has changed then.
 */
export function withLockedShards<T>(
  shards: readonly Shard[],
  journalDatabase: string = JOURNAL_DATABASE,
  work: (locked: readonly LockedShard[]) => Promise<T>,
): Promise<T> {
  const lockNext = (locked: readonly LockedShard[]): Promise<T> => {
    const shard = shards[locked.length];
    if (shard === undefined) return refuseReplicasOf(locked).then(() => work(locked));
    return shard.pool.session(async (session) => {
      await lock({ shard, session }, locked);
      await refuseReadOnly({ shard, session });
      await session.query(`SET SESSION lock_wait_timeout = ${METADATA_WAIT_S}`);
      const journal = new Journal(session, shard.database, journalDatabase);
      return await lockNext([...locked, { shard, session, journal }]);
    }, "close");
  };
  return lockNext([]);
}

/** Lock names are one namespace for a whole server, case ignored, and 64 characters at most: the database's own limit. */
async function lock(at: ShardSession, earlier: readonly LockedShard[]): Promise<void> {
  const { shard, session } = at;
  const { rows } = await session.execute<{ taken: string | null; owner: string | null }>(
    `SELECT CAST(GET_LOCK(name, 0) AS CHAR) AS taken, CAST(IS_USED_LOCK(name) AS CHAR) AS owner
      FROM (SELECT CONCAT('orderly:', LEFT(SHA2(?, 256), 40)) AS name) AS names`,
    [shard.database],
  );
  const row = rows[0];
  if (row?.taken === "1") return;
  for (const other of earlier) {
    const { rows: own } = await other.session.execute<{ id: string }>(
      "SELECT CAST(CONNECTION_ID() AS CHAR) AS id",
    );
    const isSameServer = other.shard.pool.address === shard.pool.address;
    if (other.shard.database === shard.database && (isSameServer || own[0]?.id === row?.owner)) {
      throw new MysqlError(
        "USAGE",
        `shards ${other.shard.id} and ${shard.id} are the same database ${shard.database}`,
      );
    }
  }
  throw new MysqlError(
    "DEPLOYMENT_LOCKED",
    `shard ${shard.id}: another deployment is at work in ${shard.database}`,
  );
}
