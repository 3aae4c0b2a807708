import { beforeEach, describe, expect, it } from "vitest";
import type { Row } from "../../../src/mysql/connection.ts";
import { fixPrograms } from "../../../src/mysql/cure/fix-programs.ts";
import { collationStatements } from "../../../src/mysql/migrations/collation-statements.ts";
import { migrate } from "../../../src/mysql/migrations/migrate.ts";
import type { Migration } from "../../../src/mysql/migrations/migration.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { asShard } from "../deployment/support/programs.ts";
import { withServer } from "../support/server.ts";

const server = withServer();

let shards: readonly [Shard, Shard];
/** Trailing spaces count in it, as in MySQL's own default. */
let noPad = "";

beforeEach(async () => {
  noPad = server.flavour === "mysql" ? "utf8mb4_0900_ai_ci" : "utf8mb4_unicode_nopad_ci";
  const databases = [await server.freshDatabase(UNICODE), await server.freshDatabase(UNICODE)];
  const [one, two] = databases.map((name) => server.pool(name));
  if (one === undefined || two === undefined) throw new Error("two databases have two pools");
  shards = [asShard("1", one), asShard("2", two)];
  for (const { pool } of shards) {
    await pool.query(
      `CREATE TABLE symbols (id INT PRIMARY KEY, code VARCHAR(20) NOT NULL, market VARCHAR(20), note VARCHAR(20),
        label TEXT, UNIQUE KEY by_code (code, market), UNIQUE KEY by_label (label(3))) COLLATE ${noPad}`,
    );
    await pool.query(
      "CREATE PROCEDURE code_of(p VARCHAR(20)) SELECT id FROM symbols WHERE code = p",
    );
    await pool.query(
      "INSERT INTO symbols VALUES (1, 'S7', 'KR', 'a', 'one'), (2, 'S8', 'KR', 'b', 'two'), (3, 'S7 ', NULL, 'c', NULL)",
    );
  }
});

const UNICODE = "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci";

/** What differs by a space, on the second shard only. */
async function plant(): Promise<void> {
  await shards[1].pool.query(
    "INSERT INTO symbols VALUES (4, 'S7 ', 'KR', 'd', 'fo '), (5, 'S8 ', 'kr ', 'e', 'fo')",
  );
}

async function all(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { pool } of shards) {
    rows.push(...(await pool.query("SHOW CREATE TABLE symbols")).rows);
    rows.push(...(await pool.query("SELECT * FROM symbols ORDER BY id")).rows);
    rows.push(
      ...(await pool.query("SHOW TABLES")).rows.map((row) => ({ t: Object.values(row)[0] })),
    );
  }
  return rows;
}

const CONVERT: Migration = {
  name: "0001_convert",
  up: "ALTER TABLE symbols CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
};

describe("texts that a new collation takes for the same", () => {
  it("stop --strategy schema on every shard before anything changes", async () => {
    await plant();
    const before = await all();
    await expect(
      fixPrograms(shards, { strategy: "schema", collation: "utf8mb4_unicode_ci" }),
    ).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: `nothing was changed: shard 2: table ${shards[1].database}.symbols: 2 values of its unique key by_code (code, market) repeat another under utf8mb4_unicode_ci; shard 2: table ${shards[1].database}.symbols: 1 values of its unique key by_label (label) repeat another under utf8mb4_unicode_ci`,
    });
    expect(await all()).toEqual(before);
  });

  it("do not stop it where only keys without them, and NULL, are concerned", async () => {
    expect(
      await fixPrograms(shards, { strategy: "schema", collation: "utf8mb4_unicode_ci" }),
    ).toMatchObject({ isComplete: true });
    expect(JSON.stringify(await all())).not.toContain(noPad);
  });

  it.each([
    ["CONVERT TO", CONVERT.up],
    [
      "CONVERT TO, which takes the character set's own collation",
      "alter table `symbols` convert to charset 'utf8mb3'",
    ],
    [
      "MODIFY",
      "ALTER TABLE symbols ADD COLUMN more INT, MODIFY code VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL, MODIFY COLUMN market VARCHAR(20) COLLATE utf8mb4_unicode_ci",
    ],
    [
      "CHANGE",
      "ALTER TABLE symbols CHANGE code symbol VARCHAR(20) COLLATE utf8mb4_unicode_ci NOT NULL, CHANGE COLUMN market place VARCHAR(20) COLLATE utf8mb4_unicode_ci",
    ],
  ] as const)("stop a migration on every shard before it begins: %s", async (_, up) => {
    await plant();
    const before = await all();
    await expect(migrate(shards, [{ name: "0001_convert", up }])).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: expect.stringMatching(
        /^nothing was changed: shard 2: migration 0001_convert: table .*symbols: 2 values of its unique key by_code \(code, market\) repeat another under /,
      ),
    });
    expect(await all()).toEqual(before);
  });

  it("do not stop a migration that sees to them first, or that touches none of the key", async () => {
    await plant();
    const mend: Migration = {
      name: "0001_mend",
      up: ["DELETE FROM symbols WHERE id > 3", CONVERT.up as string],
      down: "SELECT 1",
    };
    const note: Migration = {
      name: "0000_note",
      up: "ALTER TABLE symbols MODIFY note VARCHAR(30) COLLATE utf8mb4_unicode_ci, MODIFY id BIGINT NOT NULL",
    };
    const made: Migration = {
      name: "0002_made",
      up: [
        "CREATE TABLE made (v VARCHAR(9) PRIMARY KEY)",
        "ALTER TABLE made CONVERT TO CHARACTER SET latin1",
      ],
      down: "DROP TABLE IF EXISTS made",
    };
    expect(await migrate(shards, [note, mend, made])).toEqual([
      "0000_note",
      "0001_mend",
      "0002_made",
    ]);
  });
});

describe("collationStatements", () => {
  it.each([
    ["ALTER TABLE t ENGINE = InnoDB", []],
    ["ALTER IGNORE TABLE t CONVERT TO CHARACTER SET latin1", []],
    ["ALTER TABLE t CONVERT TO CHARACTER SET latin1, DROP KEY u", []],
    ["UPDATE t SET a = 1", []],
    ["ALTER DATABASE d COLLATE utf8mb4_bin", []],
    ["ALTER TABLE t MODIFY a INT", []],
    [
      "ALTER ONLINE TABLE IF EXISTS `a``b`.t MODIFY IF EXISTS e ENUM('x', 'y') CHARSET = latin1",
      [{ schema: "a`b", table: "t", column: "e", charset: "latin1", collation: null }],
    ],
    [
      "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE = 'UTF8MB4_bin'",
      [{ schema: null, table: "t", column: null, charset: "utf8mb4", collation: "utf8mb4_bin" }],
    ],
  ])("reads %s", (statement, said) => {
    expect(collationStatements(statement)).toEqual(said);
  });
});
