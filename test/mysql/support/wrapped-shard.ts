import type { MysqlConnection } from "../../../src/mysql/connection.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";

/** A shard each of whose sessions is another one, for tests in which something happens to it. */
export function wrappedShard(
  shard: Shard,
  wrap: (session: MysqlConnection) => MysqlConnection,
): Shard {
  const { pool } = shard;
  return {
    ...shard,
    pool: {
      database: pool.database,
      address: pool.address,
      execute: pool.execute.bind(pool),
      query: pool.query.bind(pool),
      transaction: pool.transaction.bind(pool),
      close: pool.close.bind(pool),
      session: (work, after) => pool.session((session) => work(wrap(session)), after),
    },
  };
}
