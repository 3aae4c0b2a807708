import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Row } from "../../../src/mysql/connection.ts";
import { fixChangeKinds, fixPrograms } from "../../../src/mysql/cure/fix-programs.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import { openPool } from "../../../src/mysql/mysql-pool.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { type MysqlServer, startOwnMysqlServer } from "../../support/servers/mysql-server.ts";
import { asShard } from "../deployment/support/programs.ts";

// What the server itself makes durable is not at stake here: with a lax log MySQL may lose a table whose ALTER it was killed in.
const DURABLE = ["--innodb-flush-log-at-trx-commit=1"];

/** What SHOW CREATE tells of; kinds and names. */
const OBJECTS = [
  "DATABASE shop",
  "TABLE parents",
  "TABLE children",
  "PROCEDURE parents_of",
  "FUNCTION upper_of",
  "TRIGGER children_before",
];

const STATEMENTS = [
  `CREATE TABLE parents (code VARCHAR(20) NOT NULL DEFAULT 'it''s', kept VARCHAR(20) COLLATE utf8mb4_bin,
    old VARCHAR(20) CHARACTER SET latin1 NOT NULL COMMENT 'a, (b)', size ENUM('s', 'l') COLLATE utf8mb4_unicode_ci,
    joined VARCHAR(50) GENERATED ALWAYS AS (CONCAT(code, ',')) VIRTUAL, PRIMARY KEY (code)) COLLATE utf8mb4_general_ci`,
  `CREATE TABLE children (id INT PRIMARY KEY AUTO_INCREMENT, parent VARCHAR(20), note TEXT, KEY (note(10)),
    KEY (parent)) COLLATE utf8mb4_general_ci`,
  "CREATE PROCEDURE parents_of(p VARCHAR(20)) SELECT code FROM parents WHERE size = p",
  "CREATE FUNCTION upper_of(p VARCHAR(20)) RETURNS VARCHAR(20) DETERMINISTIC RETURN UPPER(p)",
  "CREATE TRIGGER children_before BEFORE INSERT ON children FOR EACH ROW SET NEW.note = upper_of(NEW.note)",
  "INSERT INTO parents (code, kept, old, size) VALUES ('하나', 'k', 'é', 's'), ('😀', 'K', '', 'l')",
  "INSERT INTO children (parent, note) VALUES ('하나', 'note'), ('😀', NULL)",
];

const FOREIGN_KEY =
  "ALTER TABLE children ADD CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parents (code)";

let servers: MysqlServer[] = [];
let shards: Shard[] = [];

beforeEach(async () => {
  servers = await Promise.all([startOwnMysqlServer(DURABLE), startOwnMysqlServer(DURABLE)]);
  shards = [];
  for (const [index, { url }] of servers.entries()) {
    const root = openPool({ url });
    await root.query("CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
    await root.close();
    const pool = openPool({ url, database: "shop" });
    for (const statement of STATEMENTS) await pool.query(statement);
    shards.push(asShard(`${index + 1}`, pool));
  }
}, 120_000);

afterEach(async () => {
  await Promise.allSettled(shards.map(({ pool }) => pool.close()));
  await Promise.allSettled(servers.map((server) => server.stop()));
}, 60_000);

/** Everything of every shard: definitions and rows. */
async function all(): Promise<readonly (readonly Row[])[]> {
  const found: Row[][] = [];
  for (const { pool } of shards) {
    const rows: Row[] = [];
    for (const object of OBJECTS) {
      const { Created: _, ...row } = (await pool.query(`SHOW CREATE ${object}`)).rows[0] ?? {};
      rows.push(row);
    }
    for (const table of ["parents", "children"]) {
      rows.push(...(await pool.query(`SELECT * FROM ${table} ORDER BY 1`)).rows);
    }
    found.push(rows);
  }
  return found;
}

describe("procedures fix --strategy schema, a shard killed midway", () => {
  it.each([
    ["the database's default", "database shop"],
    ["a table", "table shop.parents"],
    ["a routine", "procedure shop.parents_of"],
    ["a trigger", "trigger shop.children_before"],
  ])(
    "converges when run again, and rolls back, killed at %s",
    async (_what, place) => {
      const before = await all();
      const options = { strategy: "schema", collation: "utf8mb4_unicode_ci" } as const;
      const cutOff = fixPrograms(shards, {
        ...options,
        onProgress({ shard, step, name }) {
          // Returns at once; the change that follows meets a server that ends.
          if (shard === "2" && step === "apply" && name === place) void servers[1]?.kill();
        },
      });
      await expect(cutOff).rejects.toMatchObject({
        code: expect.stringMatching(/CONNECTION_LOST|UNREACHABLE/),
      });
      await servers[1]?.start();

      expect(await fixPrograms(shards, options)).toMatchObject({ hasContinued: true });

      const [one, two] = await all();
      expect(two).toEqual(one);
      expect(JSON.stringify(one)).toContain("COLLATE=utf8mb4_unicode_ci");
      expect(await fixPrograms(shards, options)).toMatchObject({ run: null });

      await rollback(shards, "procedures", fixChangeKinds());
      expect(await all()).toEqual(before);
    },
    120_000,
  );

  it("refuses to change a foreign key's columns before anything is changed", async () => {
    await shards[1]?.pool.query(FOREIGN_KEY);
    const before = await all();
    await expect(
      fixPrograms(shards, { strategy: "schema", collation: "utf8mb4_unicode_ci" }),
    ).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: expect.stringMatching(/shard 2: table shop.parents: .*foreign key shop.of_parent/),
    });
    expect(await all()).toEqual(before);
  }, 60_000);
});
