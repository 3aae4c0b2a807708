import type { MysqlConnection, Row, StatementResult } from "../../../../src/mysql/connection.ts";
import type { ShardSession } from "../../../../src/mysql/deployment/change.ts";
import type { Shard } from "../../../../src/mysql/shards/shard.ts";
import { wrappedShard } from "../../support/wrapped-shard.ts";

const VERSION = "SELECT VERSION() AS v";

/** The answer of a statement that gives rows. */
export function answer<R = Row>(rows: readonly Row[]): StatementResult<R> {
  const given = rows as readonly R[];
  return { rows: given, sets: [given], affectedRows: 0, warningCount: 0, info: "" };
}

/**
 * A session that says it is MySQL 9.7's, so that what is done there only is done on whatever server the tests have: that
 * server gets every other statement. `before` sees each of them first, and may throw.
 */
export function claiming(
  session: MysqlConnection,
  before: (sql: string) => void = () => undefined,
): MysqlConnection {
  return {
    execute: (sql, values) => {
      if (sql === VERSION) return Promise.resolve(answer([{ v: "9.7.0" }]));
      before(sql);
      return session.execute(sql, values);
    },
    query: (sql) => {
      before(sql);
      // What MariaDB calls otherwise, and counts in seconds.
      if (sql.startsWith("SET SESSION max_execution_time")) return session.query("DO 0");
      return session.query(sql);
    },
  };
}

/** A shard all of whose sessions are {@link claiming}. */
export function claimingShard(shard: Shard, before?: (sql: string) => void): Shard {
  return wrappedShard(shard, (session) => claiming(session, before));
}

/** A session that answers from a table, by the beginning of the statement, with rows as MySQL 9.7 gives them. */
export function answering(
  shard: Shard,
  rows: Readonly<Record<string, Row[] | Error>>,
): ShardSession {
  const find = (sql: string): Promise<StatementResult<never>> => {
    const found = Object.entries(rows).find(([begin]) => sql.startsWith(begin))?.[1];
    if (found === undefined) throw new Error(`no answer to ${sql}`);
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(answer(found));
  };
  return { shard, session: { execute: find, query: find } };
}
