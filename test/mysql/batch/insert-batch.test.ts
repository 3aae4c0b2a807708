import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DECIMAL_19_6 } from "../../../src/decimal/index.ts";
import { type BatchInsert, insertBatch } from "../../../src/mysql/batch/insert-batch.ts";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { withServer } from "../support/server.ts";

// Without strict mode, a value that does not fit would be changed silently.
const server = withServer(["--sql-mode="]);
let pool: MysqlPool;

beforeAll(async () => {
  pool = server.pool(await server.freshDatabase("CHARACTER SET utf8mb4"));
  await pool.query(
    "CREATE TABLE fills (id BIGINT UNSIGNED PRIMARY KEY, price DECIMAL(19,6), word VARCHAR(40), raw BLOB, at DATETIME(6)) ENGINE=InnoDB",
  );
});
beforeEach(() => pool.query("DELETE FROM fills"));

const all = async (): Promise<unknown> =>
  (await pool.execute("SELECT id, price, word FROM fills ORDER BY id")).rows;

const batch = (ids: readonly number[], word = "first"): BatchInsert => ({
  table: "fills",
  columns: ["id", "price", "word"],
  rows: ids.map((id) => [id, DECIMAL_19_6.parse(`${id}.000001`), word]),
});

const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

describe("insertBatch", () => {
  it("inserts 10,000 rows once, however often it is called", async () => {
    const rows = batch(range(0, 10_000));
    expect(await insertBatch(pool, rows)).toEqual({
      inserted: 10_000,
      repeated: 0,
      statements: 10,
    });
    expect(await insertBatch(pool, rows)).toEqual({
      inserted: 0,
      repeated: 10_000,
      statements: 10,
    });
    const { rows: sum } = await pool.execute("SELECT COUNT(*) AS n, SUM(price) AS s FROM fills");
    expect(sum).toEqual([{ n: "10000", s: "49995000.010000" }]);
  });

  it("counts what was there, whatever the number of rows in a statement", async () => {
    await insertBatch(pool, batch(range(0, 700)));
    expect(await insertBatch(pool, batch(range(0, 1)))).toMatchObject({ inserted: 0, repeated: 1 });
    expect(await insertBatch(pool, batch(range(699, 2)))).toMatchObject({
      inserted: 1,
      repeated: 1,
    });
    expect(await insertBatch(pool, batch(range(500, 1_000)))).toMatchObject({
      inserted: 799,
      repeated: 201,
    });
    expect(await insertBatch(pool, batch([5000, 5000, 5001]))).toMatchObject({
      inserted: 2,
      repeated: 1,
    });
  });

  it("keeps a row that is there, or gives it the new values", async () => {
    await insertBatch(pool, batch([1, 2], "old"));
    await insertBatch(pool, batch([2], "new"));
    await insertBatch(pool, batch([2, 3], "new"));
    expect(await all()).toMatchObject([{ word: "old" }, { word: "old" }, { word: "new" }]);
    await insertBatch(pool, { ...batch([1], "newer"), onRepeated: "update" });
    await insertBatch(pool, { ...batch([2, 3], "newer"), onRepeated: "update" });
    expect(await all()).toMatchObject([{ word: "newer" }, { word: "newer" }, { word: "newer" }]);
  });

  it("binds decimals, big numbers, bytes, times and NULL exactly", async () => {
    const bytes = Buffer.from([0, 0xff, 0x27, 0x5c]);
    await insertBatch(pool, {
      table: "fills",
      columns: ["id", "price", "word", "raw", "at"],
      rows: [
        [
          18446744073709551615n,
          "9999999999999.123457",
          "O'Brien\\한😀 ",
          bytes,
          "2024-02-29 23:59:59.123456",
        ],
        [0, null, null, null, new Date("2024-02-29T00:00:00.001Z")],
      ],
    });
    expect((await pool.execute("SELECT * FROM fills ORDER BY id")).rows).toEqual([
      { id: "0", price: null, word: null, raw: null, at: "2024-02-29 00:00:00.001000" },
      {
        id: "18446744073709551615",
        price: "9999999999999.123457",
        word: "O'Brien\\한😀 ",
        raw: bytes,
        at: "2024-02-29 23:59:59.123456",
      },
    ]);
  });

  it.each<[string, readonly (readonly unknown[])[], RegExp]>([
    ["a number for a DECIMAL", [[1, 0.1, "x"]], /JavaScript number/],
    ["a decimal that would be rounded", [[1, "0.0000001", "x"]], /would round/],
    ["a text that would be cut", [[1, "1", "x".repeat(41)]], /41 characters/],
    ["a row of another length", [[1, "1"]], /row 1 has 2 values for 3 columns/],
    ["a missing value", [[1, "1", undefined]], /undefined/],
  ])("refuses %s before anything is sent", async (_, rows, message) => {
    const good = [2, "1", "fine"];
    const wrong = { ...batch([]), rows: [good, ...rows] } as BatchInsert;
    await expect(insertBatch(pool, wrong)).rejects.toThrow(message);
    expect(await all()).toEqual([]);
  });

  it("refuses NULL for a column that is NOT NULL, which would become 0 without strict mode", async () => {
    await pool.query("CREATE TABLE strict_one (id INT PRIMARY KEY, v INT NOT NULL) ENGINE=InnoDB");
    const wrong = insertBatch(pool, {
      table: "strict_one",
      columns: ["id", "v"],
      rows: [
        [1, 1],
        [2, null],
      ],
    });
    await expect(wrong).rejects.toThrow("column v is NOT NULL, got null");
  });

  it("inserts nothing where the server refuses a row of a later statement", async () => {
    await pool.query("CREATE TABLE accounts (id INT PRIMARY KEY) ENGINE=InnoDB");
    await pool.query("INSERT INTO accounts VALUES (1)");
    await pool.query(
      "CREATE TABLE checked (id INT PRIMARY KEY, v INT, FOREIGN KEY (v) REFERENCES accounts (id)) ENGINE=InnoDB",
    );
    const rows = range(0, 3_000).map((id) => [id, id === 2_500 ? 2 : 1]);
    const failing = insertBatch(pool, { table: "checked", columns: ["id", "v"], rows });
    await expect(failing).rejects.toMatchObject({ code: "STATEMENT" });
    expect((await pool.execute("SELECT * FROM checked")).rows).toEqual([]);
  });

  it("says what the server refused of a single row", async () => {
    await pool.query(
      "CREATE TABLE own (id INT PRIMARY KEY, v INT, FOREIGN KEY (v) REFERENCES own (id)) ENGINE=InnoDB",
    );
    const failing = insertBatch(pool, { table: "own", columns: ["id", "v"], rows: [[1, 2]] });
    await expect(failing).rejects.toMatchObject({ code: "STATEMENT", errno: 1452 });
  });

  it.each([
    [2, 3, "goes through"],
    [9, 4, "fails"],
  ])("after %i deadlocks in a row, attempt %i %s", async (conflicts, attempts, outcome) => {
    await pool.query("DROP TABLE IF EXISTS busy, attempts");
    await pool.query("CREATE TABLE busy (id INT PRIMARY KEY) ENGINE=InnoDB");
    // Not undone with the transaction, so that it counts across attempts.
    await pool.query("CREATE TABLE attempts (n INT) ENGINE=MyISAM");
    await pool.query("INSERT INTO attempts VALUES (0)");
    await pool.query(
      `CREATE TRIGGER busy_first BEFORE INSERT ON busy FOR EACH ROW BEGIN
        IF NEW.id = 1 THEN UPDATE attempts SET n = n + 1; END IF;
        IF (SELECT n FROM attempts) <= ${conflicts} THEN SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END IF;
      END`,
    );
    const inserting = insertBatch(pool, { table: "busy", columns: ["id"], rows: [[1]] });
    if (outcome === "fails") await expect(inserting).rejects.toMatchObject({ errno: 1213 });
    else expect(await inserting).toMatchObject({ inserted: 1 });
    expect((await pool.execute("SELECT n FROM attempts")).rows).toEqual([{ n: attempts }]);
  });

  it("inserts into another database", async () => {
    const database = await server.freshDatabase();
    await pool.query(`CREATE TABLE \`${database}\`.far (id INT PRIMARY KEY) ENGINE=InnoDB`);
    const rows = { database, table: "far", columns: ["id"], rows: [[1], [2]] };
    expect(await insertBatch(pool, rows)).toMatchObject({ inserted: 2 });
    expect(await insertBatch(pool, rows)).toMatchObject({ repeated: 2 });
  });

  it("sends nothing where there are no rows, and refuses a batch without columns and a packet too small", async () => {
    const none = { inserted: 0, repeated: 0, statements: 0 };
    expect(await insertBatch(pool, { table: "no_table", columns: ["id"], rows: [] })).toEqual(none);
    const without = insertBatch(pool, { table: "fills", columns: [], rows: [[]] });
    await expect(without).rejects.toThrow("needs columns");
    for (const maxPacketBytes of [1023, 4096.5]) {
      await expect(insertBatch(pool, { ...batch([1]), maxPacketBytes })).rejects.toThrow(
        `an integer from 1024 up, got ${maxPacketBytes}`,
      );
    }
  });

  it("refuses a key with an expression in it, where the server has such keys", async (context) => {
    if (server.flavour === "mariadb") context.skip();
    await pool.query(
      "CREATE TABLE folded (word VARCHAR(20), UNIQUE KEY (word, (LOWER(word)))) ENGINE=InnoDB",
    );
    const folded = insertBatch(pool, { table: "folded", columns: ["word"], rows: [["a"]] });
    await expect(folded).rejects.toThrow("needs the column of an expression");
  });

  it("works in a session's own transaction, which a failure leaves to its owner", async () => {
    await pool
      .transaction(async (session) => {
        await insertBatch(session, batch([1, 2]));
        throw new Error("changed my mind");
      })
      .catch(() => undefined);
    expect(await all()).toEqual([]);
    await pool.transaction((session) => insertBatch(session, batch([1])));
    expect(await all()).toMatchObject([{ id: "1" }]);
  });

  it("keeps a statement below maxPacketBytes, and sends a greater row alone", async () => {
    const rows = range(0, 300).map((id) => [id, "x".repeat(id === 7 ? 9_000 : 100)]);
    await pool.query("CREATE TABLE wide (id INT PRIMARY KEY, v TEXT) ENGINE=InnoDB");
    const small = await insertBatch(pool, {
      table: "wide",
      columns: ["id", "v"],
      rows,
      maxPacketBytes: 8_192,
    });
    expect(small).toMatchObject({ inserted: 300 });
    expect(small.statements).toBeGreaterThan(6);
    const { rows: read } = await pool.execute(
      "SELECT COUNT(*) AS n, MAX(LENGTH(v)) AS longest FROM wide",
    );
    expect(read).toEqual([{ n: "300", longest: read[0]?.["longest"] }]);
    expect(String(read[0]?.["longest"])).toBe("9000");
  });

  it("goes by the named unique key where the server numbers the rows, and refuses where two keys could repeat", async () => {
    await pool.query(
      "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, client VARCHAR(20) NOT NULL, price DECIMAL(19,6), UNIQUE KEY by_client (client)) ENGINE=InnoDB",
    );
    const rows = [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ];
    const own = { table: "orders", columns: ["client", "price"], rows };
    expect(await insertBatch(pool, own)).toMatchObject({ inserted: 2, repeated: 1 });
    expect(await insertBatch(pool, { ...own, key: ["CLIENT"] })).toMatchObject({ repeated: 3 });
    const both = { table: "orders", columns: ["id", "client"], rows: [[9, "c"]] };
    await expect(insertBatch(pool, both)).rejects.toThrow(
      /could repeat the key .* and would be lost/,
    );
    await expect(insertBatch(pool, { ...own, key: ["price"] })).rejects.toThrow(
      "unique key (price)",
    );
  });

  it("refuses a table without a key, or whose key has a column that is not given", async () => {
    await pool.query("CREATE TABLE keyless (v INT) ENGINE=InnoDB");
    await pool.query(
      "CREATE TABLE pair (a INT, b INT DEFAULT 0, PRIMARY KEY (a, b)) ENGINE=InnoDB",
    );
    await expect(
      insertBatch(pool, { table: "keyless", columns: ["v"], rows: [[1]] }),
    ).rejects.toThrow("unique key");
    await expect(insertBatch(pool, { table: "pair", columns: ["a"], rows: [[1]] })).rejects.toThrow(
      "needs the column b",
    );
  });

  it("says what is missing, and takes names with a backtick", async () => {
    const missing = insertBatch(pool, { table: "no_table", columns: ["id"], rows: [[1]] });
    await expect(missing).rejects.toMatchObject({ code: "UNKNOWN_TABLE" });
    const column = insertBatch(pool, { table: "fills", columns: ["id", "nope"], rows: [[1, 1]] });
    await expect(column).rejects.toThrow("no column nope");
    await pool.query("CREATE TABLE `ti``ck` (`i``d` INT PRIMARY KEY) ENGINE=InnoDB");
    const ticked = { table: "ti`ck", columns: ["i`d"], rows: [[1], [1]] };
    expect(await insertBatch(pool, ticked)).toMatchObject({ inserted: 1, repeated: 1 });
  });

  it("lets two writers of the same rows both succeed, and inserts them once", async () => {
    const results = await Promise.all([
      insertBatch(pool, batch(range(0, 2_000))),
      insertBatch(pool, batch(range(0, 2_000).toReversed())),
    ]);
    expect(results.map(({ inserted }) => inserted).reduce((a, b) => a + b)).toBe(2_000);
    expect((await pool.execute("SELECT COUNT(*) AS n FROM fills")).rows).toEqual([{ n: "2000" }]);
  });
});
