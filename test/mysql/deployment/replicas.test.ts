import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool, Row } from "../../../src/mysql/connection.ts";
import { type Deployment, deploy } from "../../../src/mysql/deployment/deploy.ts";
import { Journal } from "../../../src/mysql/deployment/journal.ts";
import { programChanges } from "../../../src/mysql/deployment/program-change.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import { migrate } from "../../../src/mysql/migrations/migrate.ts";
import { openPool } from "../../../src/mysql/mysql-pool.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { type MysqlServer, startOwnMysqlServer } from "../../support/servers/mysql-server.ts";
import { orderlyMysql } from "../support/command-line.ts";
import { asShard, commentEach, createPrograms, shown } from "./support/programs.ts";

let servers: readonly MysqlServer[] = [];
let isMariadb = false;
let roots: readonly [MysqlPool, MysqlPool];
let shards: readonly [Shard, Shard];
let count = 0;

/** The second server copies the first. */
beforeAll(async () => {
  servers = await Promise.all(
    [1, 2].map((id) => startOwnMysqlServer(["--log-bin=binlog", `--server-id=${id}`])),
  );
  const [source, replica] = servers.map(({ url }) => openPool({ url })) as [MysqlPool, MysqlPool];
  roots = [source, replica];
  const { rows } = await source.query<{ v: string }>("SELECT VERSION() AS v");
  isMariadb = /mariadb/i.test(rows[0]?.v ?? "");
  const port = new URL(servers[0]?.url ?? "").port;
  await replica.query(
    isMariadb
      ? `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = 'root'`
      : `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, SOURCE_USER = 'root', GET_SOURCE_PUBLIC_KEY = 1`,
  );
  await replica.query(isMariadb ? "START SLAVE" : "START REPLICA");
}, 120_000);

afterAll(async () => {
  await Promise.allSettled([
    ...roots.map((pool) => pool.close()),
    ...(shards ?? []).map(({ pool }) => pool.close()),
  ]);
  await Promise.allSettled(servers.map((server) => server.stop()));
}, 60_000);

/** Waits until the replica has run all that the source has. */
async function caughtUp(): Promise<void> {
  const [source, replica] = roots;
  const { rows } = await source.query<{ File: string; Position: string }>(
    isMariadb ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS",
  );
  const wait = isMariadb ? "MASTER_POS_WAIT" : "SOURCE_POS_WAIT";
  const waited = await replica.query<{ events: string | null }>(
    `SELECT ${wait}('${rows[0]?.File}', ${rows[0]?.Position}, 30) AS events`,
  );
  const status = await replica.query(isMariadb ? "SHOW SLAVE STATUS" : "SHOW REPLICA STATUS");
  expect(status.rows[0]?.["Last_SQL_Error"]).toBe("");
  // Null where replication has stopped, -1 where it takes longer.
  expect(Number(waited.rows[0]?.events ?? -2)).toBeGreaterThanOrEqual(0);
}

/** Programs of a server with their rights; whether an event is on is the replica's own matter. */
async function all(index: 0 | 1): Promise<unknown> {
  const programs = (await shown(shards[index].pool)).map((row): Row => {
    return JSON.parse(
      JSON.stringify(row).replace(/DISABLE ON (?:SLAVE|REPLICA)/, "DISABLE"),
    ) as Row;
  });
  const { rows } = await roots[index].execute(
    "SELECT User, Host, Routine_name, Proc_priv FROM mysql.procs_priv WHERE Db = ? ORDER BY 1, 2, 3",
    [shards[index].database],
  );
  return { programs, rows };
}

beforeEach(async () => {
  await Promise.allSettled((shards ?? []).map(({ pool }) => pool.close()));
  count += 1;
  const database = `shop_${count}`;
  await roots[0].query(
    `CREATE DATABASE ${database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`,
  );
  await roots[0].query("CREATE USER IF NOT EXISTS reader");
  const pools = servers.map(({ url }) => openPool({ url, database })) as [MysqlPool, MysqlPool];
  await createPrograms(pools[0], "reader");
  await caughtUp();
  shards = [asShard("1", pools[0]), asShard("2", pools[1])];
});

const COMMENTING: Deployment = {
  kind: "procedures",
  summary: "comment every program",
  changeKinds: [programChanges()],
  plan: ({ session, shard }) => commentEach(session, shard.database),
};

describe("a shard with a replica", () => {
  it.each(["STATEMENT", "ROW", "MIXED"])(
    "passes on deployment, rollback, migrations and the journal by the format %s",
    async (format) => {
      await roots[0].query(`SET GLOBAL binlog_format = '${format}'`);
      const [{ pool, database }] = shards;
      const own = [asShard("1", openPool({ url: `${servers[0]?.url}/${database}` }))] as const;
      const before = await all(0);
      expect(await all(1)).toEqual(before);

      await deploy(own, COMMENTING);
      await caughtUp();

      expect(await all(0)).not.toEqual(before);
      expect(await all(1)).toEqual(await all(0));
      const runs = await new Journal(pool, database).runs();
      expect(runs).toMatchObject([{ state: "done" }]);
      expect(await new Journal(shards[1].pool, database).runs()).toEqual(runs);

      await rollback(own, "procedures", [programChanges()]);
      await migrate(
        own,
        [
          {
            name: "0001_fills",
            up: [
              "CREATE TABLE fills (id INT PRIMARY KEY, price DECIMAL(19,6))",
              "INSERT INTO fills VALUES (1, 1.5)",
              "CREATE PROCEDURE fills_of() SELECT price FROM fills",
            ],
            down: ["DROP TABLE IF EXISTS fills"],
          },
        ],
        { collation: "utf8mb4_general_ci" },
      );
      await caughtUp();

      expect([await all(0), await all(1)]).toEqual([before, before]);
      expect((await shards[1].pool.query("CALL fills_of()")).rows).toEqual([{ price: "1.500000" }]);
      const { rows } = await shards[1].pool.query(
        "SELECT name, steps_done FROM orderly_migrations",
      );
      expect(rows).toEqual([{ name: "0001_fills", steps_done: 3 }]);
      await own[0].pool.close();
    },
    60_000,
  );

  it("is refused together with its replica, before anything changes", async () => {
    const before = await all(0);
    await expect(deploy(shards, COMMENTING)).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message:
        "nothing was changed: shard 2 is a replica of shard 1, which passes on what it gets; leave it out",
    });
    expect(await all(0)).toEqual(before);
    expect(await new Journal(shards[0].pool, shards[0].database).runs()).toEqual([]);
  });

  it("is not looked at by a user who may not ask for the state of replication", async () => {
    const { database } = shards[0];
    await roots[0].query("CREATE USER IF NOT EXISTS plain");
    await roots[0].query(`GRANT ALL ON ${database}.* TO plain`);
    await caughtUp();
    const pools = servers.map((one) =>
      openPool({ url: `${one.url}/${database}`, driver: { user: "plain" } }),
    ) as [MysqlPool, MysqlPool];
    const nothing: Deployment = { ...COMMENTING, plan: () => Promise.resolve([]) };
    const plain = [asShard("1", pools[0]), asShard("2", pools[1])];
    expect(await deploy(plain, nothing)).toMatchObject({ run: null });
    await Promise.all(pools.map((pool) => pool.close()));
  });
});

describe("a shard that is read-only", () => {
  it.for(["read_only", "super_read_only"])(
    "is refused by every command that changes, root's too: %s",
    async (variable, context) => {
      if (isMariadb && variable === "super_read_only") context.skip();
      const [, replica] = roots;
      const before = await all(1);
      await replica.query(`SET GLOBAL ${variable} = 1`);
      try {
        const url = `${servers[1]?.url}/${shards[1].database}`;
        for (const command of [
          ["procedures", "fix", "--yes"],
          ["procedures", "rollback", "--yes"],
          ["decimals", "rollback", "--yes"],
        ]) {
          const ran = await orderlyMysql(...command, "--url", url);
          expect(ran).toMatchObject({ code: 2, out: "" });
          expect(ran.err).toMatch(
            /^orderly-mysql: PREFLIGHT_FAILED: nothing was changed: shard 1: its server is set to read_only; [^\n]*\n$/,
          );
        }
        await expect(deploy([shards[0], shards[1]], COMMENTING)).rejects.toMatchObject({
          message: expect.stringContaining("shard 2: its server is set to read_only"),
        });
        expect(await all(1)).toEqual(before);
      } finally {
        await replica.query("SET GLOBAL read_only = 0");
      }
    },
  );
});

describe("a server with a binary log", () => {
  it("that wants functions to say what they do is heard before one is dropped", async () => {
    const [{ pool, database }] = shards;
    await roots[0].query("SET GLOBAL log_bin_trust_function_creators = 1");
    await pool.query("DROP FUNCTION label_of");
    await pool.query(
      "CREATE FUNCTION label_of (who VARCHAR(20)) RETURNS VARCHAR(40) COMMENT 'NO SQL' RETURN CONCAT('user ', who)",
    );
    await roots[0].query("SET GLOBAL log_bin_trust_function_creators = 0");
    const before = await all(0);
    await expect(deploy([shards[0]], COMMENTING)).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: expect.stringMatching(
        new RegExp(
          `^nothing was changed: shard 1: a function of root@localhost cannot be created in ${database} .*1418`,
        ),
      ),
    });
    expect(await all(0)).toEqual(before);
  });
});
