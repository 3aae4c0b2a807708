import { MysqlError } from "../mysql-error.ts";
import type { Shard, ShardStatus } from "./shard.ts";

/** How one shard is. */
export interface ShardHealth {
  /** Of the shard. */
  readonly id: string;
  /** As configured. */
  readonly status: ShardStatus;
  /** Whether a session of its pool answered in time, and from the database that is configured. */
  readonly healthy: boolean;
  /** Milliseconds that the answer took; null where there was none. */
  readonly answeredInMs: number | null;
  /** The server's `VERSION()`; null where there was no answer. */
  readonly version: string | null;
  /** Why it is not healthy, in one line; null where it is. */
  readonly problem: string | null;
}

/** Asks a shard for its database and version. Never rejects. */
export async function shardHealth(shard: Shard, timeoutMs: number): Promise<ShardHealth> {
  const { id, status } = shard;
  const start = performance.now();
  try {
    const { rows } = await within(
      shard.pool.execute<{ db: string | null; version: string }>(
        "SELECT DATABASE() AS db, VERSION() AS version",
      ),
      timeoutMs,
      shard.pool.address,
    );
    const { db = null, version = null } = rows[0] ?? {};
    const isOurs = db !== null && db.toLowerCase() === shard.database.toLowerCase();
    return {
      id,
      status,
      healthy: isOurs,
      answeredInMs: performance.now() - start,
      version,
      problem: isOurs ? null : `its sessions are in another database than ${shard.database}`,
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { id, status, healthy: false, answeredInMs: null, version: null, problem };
  }
}

async function within<T>(work: Promise<T>, timeoutMs: number, address: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new MysqlError("UNREACHABLE", `${address} did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
