import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MysqlConnection, Row } from "../../../src/mysql/connection.ts";
import {
  migrate,
  migrationStatus,
  rollbackMigration,
} from "../../../src/mysql/migrations/migrate.ts";
import type { Migration } from "../../../src/mysql/migrations/migration.ts";
import { openPool } from "../../../src/mysql/mysql-pool.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { type MysqlServer, startLazyMysqlServer } from "../../support/servers/mysql-server.ts";
import { asShard } from "../deployment/support/programs.ts";
import { wrappedShard } from "../support/wrapped-shard.ts";

const MIGRATIONS: readonly Migration[] = [
  { name: "0001_base", up: "CREATE TABLE base (id INT PRIMARY KEY)", down: "DROP TABLE base" },
  {
    name: "0002_fills",
    up: [
      "CREATE TABLE fills (id INT PRIMARY KEY AUTO_INCREMENT, price DECIMAL(19,6) NOT NULL)",
      "CREATE PROCEDURE fills_of() SELECT price FROM fills ORDER BY id",
      "INSERT INTO fills (price) VALUES (1.5), (2.5)",
      "UPDATE fills SET price = price * 2",
      "ALTER TABLE fills ADD COLUMN note VARCHAR(20) NOT NULL DEFAULT 'n'",
      "CREATE TRIGGER fills_note BEFORE INSERT ON fills FOR EACH ROW SET NEW.note = 't'",
    ],
    down: ["DROP PROCEDURE IF EXISTS fills_of", "DROP TABLE IF EXISTS fills"],
  },
];

let servers: MysqlServer[] = [];
let shards: Shard[] = [];

beforeEach(async () => {
  servers = await Promise.all([startLazyMysqlServer(), startLazyMysqlServer()]);
  shards = [];
  for (const [index, { url }] of servers.entries()) {
    const root = openPool({ url });
    await root.query("CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    await root.close();
    shards.push(asShard(`${index + 1}`, openPool({ url, database: "shop" })));
  }
}, 120_000);

afterEach(async () => {
  await Promise.allSettled(shards.map(({ pool }) => pool.close()));
  await Promise.allSettled(servers.map((server) => server.stop()));
}, 60_000);

/** The second shard, whose server is killed at the first statement that begins so. */
function killing(begin: string, when: "before" | "during" | "after"): Shard {
  const [, target] = shards as [Shard, Shard];
  let isKilled = false;
  const wrapped = (session: MysqlConnection): MysqlConnection => ({
    execute: (sql, values) => session.execute(sql, values),
    async query<R = Row>(sql: string) {
      if (isKilled || !sql.startsWith(begin)) return await session.query<R>(sql);
      isKilled = true;
      if (when === "after") await session.query(sql);
      const running = when === "during" ? session.query<R>(sql) : null;
      running?.catch(() => undefined);
      await servers[1]?.kill();
      return await (running ?? session.query<R>("SELECT 1"));
    },
  });
  return wrappedShard(target, wrapped);
}

/** What the migrations left on a shard. */
async function left({ pool }: Shard): Promise<unknown> {
  const texts: unknown[] = [];
  for (const what of ["TABLE fills", "PROCEDURE fills_of", "TRIGGER fills_note"]) {
    const [row] = (await pool.query(`SHOW CREATE ${what}`)).rows;
    const { Created: _, ...rest } = row ?? {};
    texts.push(rest);
  }
  return { texts, rows: (await pool.query("CALL fills_of()")).rows };
}

describe("a server that is killed during a migration", () => {
  it.each([
    ["CREATE TABLE base", "after"],
    ["CREATE TABLE fills", "during"],
    ["CREATE TABLE fills", "after"],
    ["CREATE PROCEDURE", "before"],
    ["CREATE PROCEDURE", "after"],
    ["INSERT INTO fills", "during"],
    ["INSERT INTO fills", "after"],
    ["UPDATE fills", "after"],
    ["ALTER TABLE fills", "during"],
    ["ALTER TABLE fills", "after"],
    ["CREATE TRIGGER", "during"],
    ["CREATE TRIGGER", "after"],
  ] as const)(
    "has every statement once when it is run again: killed at %s, %s it ran",
    async (begin, when) => {
      const [one, two] = shards as [Shard, Shard];
      const cutOff = migrate([one, killing(begin, when)], MIGRATIONS);
      await expect(cutOff).rejects.toMatchObject({
        code: expect.stringMatching(/CONNECTION_LOST|UNREACHABLE/),
      });
      await servers[1]?.start();

      await migrate(shards, MIGRATIONS);

      expect(await left(two)).toEqual(await left(one));
      expect(await left(two)).toMatchObject({
        rows: [{ price: "3.000000" }, { price: "5.000000" }],
      });
      expect(await migrate(shards, MIGRATIONS)).toEqual([]);
      const status = await migrationStatus(shards, MIGRATIONS);
      expect(status.map(({ applied }) => applied)).toEqual([
        ["1", "2"],
        ["1", "2"],
      ]);
    },
    120_000,
  );

  it("can be brought back instead", async () => {
    const [one, two] = shards as [Shard, Shard];
    await expect(
      migrate([one, killing("CREATE PROCEDURE", "after")], MIGRATIONS),
    ).rejects.toThrow();
    await servers[1]?.start();
    expect(await rollbackMigration(shards, MIGRATIONS)).toBe("0002_fills");
    for (const { pool } of [one, two]) {
      const { rows } = await pool.query("SHOW TABLES");
      expect(rows.map((row) => Object.values(row)[0])).toEqual(["base", "orderly_migrations"]);
      await expect(pool.query("CALL fills_of()")).rejects.toMatchObject({ errno: 1305 });
    }
  }, 120_000);
});
