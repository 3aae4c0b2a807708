import { beforeAll, describe, expect, it, vi } from "vitest";
import { DECIMAL_19_6 } from "../../src/decimal/index.ts";
import { openPool } from "../../src/mysql/mysql-pool.ts";
import { withServer } from "./support/server.ts";

const server = withServer();

describe("MysqlPool.execute", () => {
  it("gives a SELECT, a write and a CALL of many sets one shape", async () => {
    const database = await server.freshDatabase();
    const pool = server.pool(database);
    await pool.query("CREATE TABLE t (id INT PRIMARY KEY, v DECIMAL(19,6))");
    const written = await pool.execute("INSERT INTO t VALUES (?, ?), (2, NULL)", [1, "0.1"]);
    expect(written).toMatchObject({ rows: [], sets: [], affectedRows: 2, warningCount: 0 });
    const read = await pool.execute("SELECT v FROM t ORDER BY id");
    expect(read.rows).toEqual([{ v: "0.100000" }, { v: null }]);
    await pool.query(
      "CREATE PROCEDURE p() BEGIN SELECT id FROM t WHERE id > 5; SELECT 'one' AS word; END",
    );
    const called = await pool.execute("CALL p()");
    expect(called.sets).toEqual([[], [{ word: "one" }]]);
    expect(called.rows).toEqual([]);
  });

  it("reads what JavaScript numbers and dates cannot hold as text", async () => {
    const { rows } = await server.root.execute(
      "SELECT CAST(18446744073709551615 AS UNSIGNED) AS big, CAST('2024-01-02 03:04:05.123456' AS DATETIME(6)) AS at",
    );
    expect(rows).toEqual([{ big: "18446744073709551615", at: "2024-01-02 03:04:05.123456" }]);
  });

  it("refuses to bind a fraction, undefined or an object, naming the position", async () => {
    await expect(server.root.execute("SELECT ?", [0.1])).rejects.toThrow(/value 1 .*safe integer/);
    const wrong = [null, { toJSON: () => "1" }] as unknown as null[];
    await expect(server.root.execute("SELECT ?, ?", wrong)).rejects.toThrow(/value 2 is an object/);
  });
});

describe("MysqlPool.execute, values", () => {
  it("binds each kind of value as it is", async () => {
    const values = [
      5,
      18446744073709551615n,
      true,
      "한😀'\\",
      new Date("2024-02-29T00:00:00.123Z"),
      Buffer.from([0, 255]),
      new Uint8Array([1, 254]),
      DECIMAL_19_6.parse("0.000001"),
      null,
    ];
    const { rows } = await server.root.execute(
      `SELECT CAST(? AS CHAR) AS n, CAST(? AS CHAR) AS big, CAST(? AS CHAR) AS flag, CAST(? AS CHAR) AS word, CAST(? AS DATETIME(6)) AS at,
        HEX(?) AS b, HEX(?) AS u, CAST(? AS DECIMAL(19,6)) AS d, CAST(? AS CHAR) AS nothing`,
      values,
    );
    expect(rows[0]).toMatchObject({
      big: "18446744073709551615",
      flag: "1",
      word: "한😀'\\",
      at: "2024-02-29 00:00:00.123000",
      b: "00FF",
      u: "01FE",
      d: "0.000001",
      nothing: null,
    });
    expect(String(rows[0]?.["n"])).toMatch(/^5/);
  });

  it("refuses an invalid Date", async () => {
    const execute = server.root.execute("SELECT ?", [new Date(Number.NaN)]);
    await expect(execute).rejects.toThrow("value 1 is an invalid Date");
  });
});

describe("MysqlPool.session", () => {
  it("keeps one session until its work settles", async () => {
    const seen = await server.root.session(async (session) => {
      await session.execute("SET @kept = 7");
      return (await session.execute("SELECT @kept AS kept")).rows;
    });
    expect(seen).toEqual([{ kept: "7" }]);
  });

  it("never lets a session whose work failed serve again", async () => {
    const pool = server.pool(await server.freshDatabase(), { maxConnections: 1 });
    const failing = pool.session(async (session) => {
      await session.execute("SET @left = 1");
      throw new Error("the work failed");
    });
    await expect(failing).rejects.toThrow("the work failed");
    expect((await pool.execute("SELECT @left AS l")).rows).toEqual([{ l: null }]);
  });
});

describe("MysqlPool.transaction", () => {
  it("has rolled back by the time it rejects", async () => {
    const pool = server.pool(await server.freshDatabase());
    await pool.query("CREATE TABLE t (id INT PRIMARY KEY)");
    const failing = pool.transaction(async (session) => {
      await session.execute("INSERT INTO t VALUES (1)");
      await session.execute("INSERT INTO t VALUES (1)");
    });
    await expect(failing).rejects.toMatchObject({ code: "STATEMENT", errno: 1062 });
    expect((await pool.execute("SELECT * FROM t")).rows).toEqual([]);
  });
});

describe("MysqlPool failures", () => {
  let database = "";
  beforeAll(async () => {
    database = await server.freshDatabase();
  });

  it("keeps the values of a duplicate row out of the message", async () => {
    const pool = server.pool(database);
    await pool.query("CREATE TABLE secret (k VARCHAR(20) PRIMARY KEY)");
    await pool.execute("INSERT INTO secret VALUES (?)", ["hunter2"]);
    const error = await pool.execute("INSERT INTO secret VALUES (?)", ["hunter2"]).then(
      () => null,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).toContain("1062");
    expect(error?.message).not.toContain("hunter2");
  });

  it("tells wrong credentials from a server that is down and from a missing database", async () => {
    const url = new URL(server.urlOf(database));
    url.username = "nobody_here";
    url.password = "s3cret";
    const wrong = openPool({ url: url.href });
    await expect(wrong.execute("SELECT 1")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    const down = openPool({ url: "mysql://root@127.0.0.1:1/x" });
    await expect(down.execute("SELECT 1")).rejects.toMatchObject({ code: "UNREACHABLE" });
    const missing = openPool({ url: server.urlOf("not_there") });
    await expect(missing.execute("SELECT 1")).rejects.toMatchObject({ code: "UNREACHABLE" });
    await Promise.all([wrong.close(), down.close(), missing.close()]);
  });

  it("says that a session was lost, and makes another", async () => {
    const pool = server.pool(database, { maxConnections: 1 });
    const work = pool.session(async (session) => {
      const { rows } = await session.execute<{ id: string }>(
        "SELECT CAST(CONNECTION_ID() AS CHAR) AS id",
      );
      await server.root.query(`KILL ${Number(rows[0]?.id)}`);
      await vi.waitFor(async () => {
        const { rows: left } = await server.root.execute(
          "SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ?",
          [rows[0]?.id ?? ""],
        );
        expect(left).toEqual([]);
      });
      await session.execute("SELECT 1");
    });
    await expect(work).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect((await pool.execute("SELECT 'back' AS word")).rows).toEqual([{ word: "back" }]);
  });

  it("fails with POOL_CLOSED after close, which may be called twice", async () => {
    const pool = openPool({ url: server.urlOf(database) });
    await pool.execute("SELECT 1");
    await pool.close();
    await pool.close();
    await expect(pool.execute("SELECT 1")).rejects.toMatchObject({ code: "POOL_CLOSED" });
  });

  it("turns away those who would wait beyond the limit", async () => {
    const pool = server.pool(database, { maxConnections: 1, maxWaiting: 1 });
    await pool
      .session(async () => {
        const waiting = pool.execute("SELECT 'one' AS word");
        await expect(pool.execute("SELECT 2")).rejects.toMatchObject({ code: "POOL_EXHAUSTED" });
        return { waiting };
      })
      .then(async ({ waiting }) => {
        expect((await waiting).rows).toEqual([{ word: "one" }]);
      });
  });
});

describe("openPool", () => {
  it.each<[string, object, RegExp]>([
    ["another protocol", { url: "http://host/x" }, /got http:/],
    [
      "no connections",
      { url: "mysql://h/x", maxConnections: 0 },
      /maxConnections must be .* got 0/,
    ],
    ["a half of one", { url: "mysql://h/x", maxWaiting: 1.5 }, /maxWaiting .* got 1.5/],
  ])("refuses %s", (_, settings, message) => {
    expect(() => openPool(settings as { url: string })).toThrow(message);
  });

  it("takes a socket and other options of the driver from the url", async () => {
    const pool = openPool({ url: "mysql://root@host/x?socketPath=/nowhere/socket&charset=latin1" });
    expect(pool.address).toBe("/nowhere/socket");
    await expect(pool.execute("SELECT 1")).rejects.toMatchObject({ code: "UNREACHABLE" });
    await pool.close();
  });

  it.each([
    "mysql://root@127.0.0.1/x?decimalNumbers=true",
    "mysql://root@127.0.0.1/x?multipleStatements=true",
    "mysql://root@127.0.0.1/x?bigNumberStrings=false",
  ])("refuses %s", (url) => {
    expect(() => openPool({ url })).toThrow(TypeError);
  });

  it("refuses decimalNumbers among the driver's options, and says why", () => {
    const settings = { url: "mysql://root@127.0.0.1/x", driver: { decimalNumbers: true } };
    expect(() => openPool(settings)).toThrow("DECIMAL values would lose digits");
  });

  it("keeps the password of a malformed url out of the error", () => {
    expect(() => openPool({ url: "root:hunter2@host" })).toThrow(/^the url of a server must begin/);
    expect(() => openPool({ url: "//hunter2@host" })).toThrow(/^the url of a server must be mysql/);
  });
});
