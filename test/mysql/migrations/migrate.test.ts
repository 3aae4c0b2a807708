import { beforeEach, describe, expect, it, vi } from "vitest";
import type { MysqlConnection } from "../../../src/mysql/connection.ts";
import {
  migrate,
  migrationStatus,
  rollbackMigration,
} from "../../../src/mysql/migrations/migrate.ts";
import type { Migration } from "../../../src/mysql/migrations/migration.ts";
import { MysqlError } from "../../../src/mysql/mysql-error.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { withServer } from "../support/server.ts";
import { wrappedShard } from "../support/wrapped-shard.ts";

const server = withServer(["--sql-mode="]);
let shards: Shard[] = [];

beforeEach(async () => {
  shards = await Promise.all(["1", "2", "7"].map(freshShard));
});

async function freshShard(id: string): Promise<Shard> {
  const database = await server.freshDatabase("CHARACTER SET latin1");
  return { id, status: "active", database, pool: server.pool(database) };
}

const shard = (index: number): Shard => {
  const found = shards[index];
  if (found === undefined) throw new Error(`no shard ${index}`);
  return found;
};

const ALERTS: Migration = {
  name: "0001_alerts",
  up: "CREATE TABLE alerts (id BIGINT PRIMARY KEY, symbol VARCHAR(20) NOT NULL, price DECIMAL(19,6) NOT NULL)",
  down: "DROP TABLE IF EXISTS alerts",
};

const PROCEDURES: Migration = {
  name: "0002_alerts_of",
  up: `
    -- What a client of the command line would run.
    DELIMITER $$
    CREATE PROCEDURE alerts_of(p_symbol VARCHAR(20))
    BEGIN
      SELECT id, price FROM alerts WHERE symbol = p_symbol;
    END$$
    DELIMITER ;
    INSERT INTO alerts VALUES (1, 'S7', 1.5);
    ALTER TABLE alerts ADD COLUMN note VARCHAR(40), ADD KEY by_symbol (symbol);
  `,
  down: `
    DROP PROCEDURE IF EXISTS alerts_of;
    DROP TABLE IF EXISTS alerts;
    CREATE TABLE alerts (id BIGINT PRIMARY KEY, symbol VARCHAR(20) NOT NULL, price DECIMAL(19,6) NOT NULL)
  `,
};

const BROKEN: Migration = {
  name: "0003_broken",
  up: ["CREATE TABLE half (id INT PRIMARY KEY)", "CREATE TABLE half (id INT PRIMARY KEY)"],
  down: ["DROP TABLE IF EXISTS half"],
};

const tables = async ({ pool, database }: Shard): Promise<string[]> => {
  const { rows } = await pool.execute<{ t: string }>(
    "SELECT TABLE_NAME AS t FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1",
    [database],
  );
  return rows.map(({ t }) => t);
};

/** A shard whose sessions are lost at the first statement that begins so, before or after the server has run it. */
function losing(target: Shard, begin: string, when: "before" | "after"): Shard {
  let isLost = false;
  const lose = (session: MysqlConnection): MysqlConnection => ({
    execute: async (sql, values) => {
      if (isLost) throw new MysqlError("CONNECTION_LOST", "lost");
      return await session.execute(sql, values);
    },
    query: async (sql) => {
      if (isLost) throw new MysqlError("CONNECTION_LOST", "lost");
      if (!sql.startsWith(begin)) return await session.query(sql);
      if (when === "after") await session.query(sql);
      isLost = true;
      throw new MysqlError("CONNECTION_LOST", "lost");
    },
  });
  return wrappedShard(target, lose);
}

describe("migrate", () => {
  it("applies every migration to every shard once, in the order of the names", async () => {
    expect(await migrate(shards, [PROCEDURES, ALERTS])).toEqual(["0001_alerts", "0002_alerts_of"]);
    expect(await migrate(shards, [ALERTS, PROCEDURES])).toEqual([]);
    for (const one of shards) {
      expect(await tables(one)).toEqual(["alerts", "orderly_migrations"]);
      const { rows } = await one.pool.execute("CALL alerts_of(?)", ["S7"]);
      expect(rows).toEqual([{ id: "1", price: "1.500000" }]);
    }
  });

  it("gives database, tables and routines one collation, and routines one strict sql_mode", async () => {
    await migrate(shards, [ALERTS, PROCEDURES]);
    const { pool, database } = shard(0);
    const { rows } = await pool.execute(
      `SELECT DEFAULT_COLLATION_NAME AS c FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?
       UNION SELECT TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'alerts'
       UNION SELECT COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'alerts' AND COLLATION_NAME IS NOT NULL
       UNION SELECT COLLATION_NAME FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = ?
       UNION SELECT DATABASE_COLLATION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?
       UNION SELECT COLLATION_CONNECTION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?`,
      [database, database, database, database, database, database],
    );
    expect(rows).toEqual([{ c: "utf8mb4_unicode_ci" }]);
    const { rows: modes } = await pool.execute<{ m: string }>(
      "SELECT SQL_MODE AS m FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?",
      [database],
    );
    expect(modes[0]?.m).toContain("STRICT_ALL_TABLES");
    expect(modes[0]?.m).not.toContain("IGNORE_SPACE");
  });

  it("refuses a database of another collation that is not empty, before anything changes on any shard", async () => {
    await shard(2).pool.query("CREATE TABLE old_one (v VARCHAR(5))");
    await expect(migrate(shards, [ALERTS])).rejects.toMatchObject({ code: "PREFLIGHT_FAILED" });
    expect(await tables(shard(0))).toEqual([]);
  });

  it("takes a failing migration back on the first shard and touches no other; those before it remain", async () => {
    await expect(migrate(shards, [ALERTS, BROKEN])).rejects.toMatchObject({
      code: "STATEMENT",
      errno: 1050,
    });
    for (const one of shards) expect(await tables(one)).toEqual(["alerts", "orderly_migrations"]);
    const mended = { ...BROKEN, up: ["CREATE TABLE half (id INT PRIMARY KEY)"] };
    expect(await migrate(shards, [ALERTS, mended])).toEqual(["0003_broken"]);
  });

  it.each([
    ["CREATE PROCEDURE", "before"],
    ["CREATE PROCEDURE", "after"],
    ["INSERT INTO alerts", "before"],
    ["INSERT INTO alerts", "after"],
    ["ALTER TABLE alerts", "before"],
    ["ALTER TABLE alerts", "after"],
    ["COMMIT", "after"],
    ["ALTER DATABASE", "after"],
  ] as const)(
    "converges when run again after a shard was lost at %s, %s it ran",
    async (begin, when) => {
      const broken = [shard(0), losing(shard(1), begin, when), shard(2)];
      await expect(migrate(broken, [ALERTS, PROCEDURES])).rejects.toMatchObject({
        code: "CONNECTION_LOST",
      });
      // The server may still hold the lock of the session that was lost.
      await vi.waitFor(() => migrate(shards, [ALERTS, PROCEDURES]), { timeout: 10_000 });
      const status = await migrationStatus(shards, [ALERTS, PROCEDURES]);
      expect(status.map(({ applied }) => applied)).toEqual([
        ["1", "2", "7"],
        ["1", "2", "7"],
      ]);
      for (const one of shards) {
        const { rows } = await one.pool.execute("CALL alerts_of(?)", ["S7"]);
        expect(rows).toEqual([{ id: "1", price: "1.500000" }]);
      }
      expect(await migrate(shards, [ALERTS, PROCEDURES])).toEqual([]);
    },
  );

  it("changes nothing while a shard cannot be reached", async () => {
    const { openPool } = await import("../../../src/mysql/mysql-pool.ts");
    const pool = openPool({ url: "mysql://root@127.0.0.1:1/x" });
    const down: Shard = { id: "down", status: "active", database: "x", pool };
    await expect(migrate([...shards, down], [ALERTS])).rejects.toMatchObject({
      code: "UNREACHABLE",
    });
    for (const one of shards) expect(await tables(one)).toEqual([]);
    await pool.close();
  });

  it("brings a shard that joins up to date", async () => {
    await migrate(shards, [ALERTS]);
    const late = await freshShard("12");
    expect(await migrate([...shards, late], [ALERTS, PROCEDURES])).toEqual([
      "0001_alerts",
      "0002_alerts_of",
    ]);
    expect(await tables(late)).toEqual(["alerts", "orderly_migrations"]);
  });

  it("refuses a migration that was edited after it ran, and one that it does not know", async () => {
    await migrate(shards, [ALERTS]);
    const edited = { ...ALERTS, up: "CREATE TABLE alerts (id INT PRIMARY KEY)" };
    await expect(migrate(shards, [edited])).rejects.toMatchObject({ code: "MIGRATION_CHANGED" });
    await expect(migrate(shards, [PROCEDURES])).rejects.toThrow(
      "0001_alerts, which is not among these",
    );
  });

  it("takes back a one-way migration that failed before it did anything", async () => {
    const oneWay: Migration = { name: "0001_one_way", up: "CREATE TABLE no_type (id NOTHING)" };
    await expect(migrate(shards, [oneWay])).rejects.toMatchObject({ code: "STATEMENT" });
    expect(await migrationStatus(shards, [oneWay])).toEqual([
      { name: "0001_one_way", applied: [], unfinished: [], pending: ["1", "2", "7"] },
    ]);
    expect(await migrate(shards, [{ ...oneWay, up: "CREATE TABLE typed (id INT)" }])).toEqual([
      "0001_one_way",
    ]);
  });

  it("tells which shards have a migration in part", async () => {
    const broken = [losing(shard(0), "ALTER TABLE alerts", "before"), shard(1), shard(2)];
    await expect(migrate(broken, [ALERTS, PROCEDURES])).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
    const status = await migrationStatus(shards, [ALERTS, PROCEDURES]);
    expect(status[1]).toEqual({
      name: "0002_alerts_of",
      applied: [],
      unfinished: ["1"],
      pending: ["2", "7"],
    });
  });

  it.each<[string, Migration, RegExp]>([
    ["a name with a quote", { name: "a'b", up: "SELECT 1" }, /a migration's name/],
    ["no statements", { name: "a", up: " -- nothing\n" }, /no statements/],
    [
      "several statements without a way down",
      { name: "a", up: "SELECT 1; SELECT 2" },
      /no way down/,
    ],
    ["a text that does not end", { name: "a", up: "SELECT 'x" }, /./],
  ])("refuses %s", async (_, migration, message) => {
    await expect(migrate(shards, [migration])).rejects.toThrow(message);
    expect(await tables(shard(0))).toEqual([]);
  });

  it("refuses two of one name", async () => {
    await expect(migrate(shards, [ALERTS, ALERTS])).rejects.toThrow("there twice");
  });
});

describe("rollbackMigration", () => {
  it("takes the latest back on every shard, and can be applied again", async () => {
    await migrate(shards, [ALERTS, PROCEDURES]);
    expect(await rollbackMigration(shards, [ALERTS, PROCEDURES])).toBe("0002_alerts_of");
    const status = await migrationStatus(shards, [ALERTS, PROCEDURES]);
    expect(status.map(({ applied, pending }) => [applied.length, pending.length])).toEqual([
      [3, 0],
      [0, 3],
    ]);
    await expect(shard(0).pool.execute("CALL alerts_of('x')")).rejects.toMatchObject({
      errno: 1305,
    });
    expect(await migrate(shards, [ALERTS, PROCEDURES])).toEqual(["0002_alerts_of"]);
  });

  it("refuses a migration without a way down, and leaves everything as it is", async () => {
    const oneWay = { name: "0001_one_way", up: "CREATE TABLE one_way (id INT)" };
    await migrate(shards, [oneWay]);
    await expect(rollbackMigration(shards, [oneWay])).rejects.toMatchObject({
      code: "MIGRATION_IRREVERSIBLE",
    });
    expect(await migrate(shards, [oneWay, ALERTS_AFTER])).toEqual(["0002_alerts"]);
  });

  it("has nothing to do where nothing was applied", async () => {
    expect(await rollbackMigration(shards, [ALERTS])).toBeNull();
  });
});

const ALERTS_AFTER: Migration = { ...ALERTS, name: "0002_alerts" };
