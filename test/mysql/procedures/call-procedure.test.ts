import { beforeAll, describe, expect, it } from "vitest";
import { DECIMAL_19_6, decimal } from "../../../src/decimal/index.ts";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { callProcedure } from "../../../src/mysql/procedures/call-procedure.ts";
import type { ParameterValue } from "../../../src/mysql/procedures/call-result.ts";
import {
  type CallTarget,
  ProcedureCaller,
} from "../../../src/mysql/procedures/procedure-caller.ts";
import { withServer } from "../support/server.ts";

// Without strict mode, so that what the server would change silently is seen to be refused before it gets there.
const server = withServer(["--sql-mode="]);
let pool: MysqlPool;
let shard: CallTarget;

beforeAll(async () => {
  const database = await server.freshDatabase("COLLATE utf8mb4_unicode_ci");
  pool = server.pool(database);
  shard = { database, pool };
  await pool.query(
    "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, word VARCHAR(40)) ENGINE=InnoDB",
  );
});

/** Types as declared, a value, and what the procedure sees of it: as text, or as hex where it is binary. */
const EXACT: [type: string, value: ParameterValue, seen: string | null][] = [
  ["DECIMAL(19,6)", decimal(19, 6).parse("9999999999999.123457"), "9999999999999.123457"],
  ["DECIMAL(19,6)", "-0.000001", "-0.000001"],
  [
    "DECIMAL(38,6)",
    "99999999999999999999999999999999.999999",
    "99999999999999999999999999999999.999999",
  ],
  ["DECIMAL(19,6)", "007.1000000", "7.100000"],
  ["DECIMAL(19,6)", 12n, "12.000000"],
  ["DECIMAL(65,30)", "0.000000000000000000000000000001", "0.000000000000000000000000000001"],
  ["BIGINT", 9223372036854775807n, "9223372036854775807"],
  ["BIGINT", -9223372036854775808n, "-9223372036854775808"],
  ["BIGINT UNSIGNED", 18446744073709551615n, "18446744073709551615"],
  ["BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615"],
  ["BIGINT", Number.MAX_SAFE_INTEGER, "9007199254740991"],
  ["INT", -2147483648, "-2147483648"],
  ["TINYINT UNSIGNED", 255, "255"],
  ["BOOLEAN", true, "1"],
  ["BOOLEAN", false, "0"],
  ["DECIMAL(19,6) UNSIGNED", "-0.0", "0.000000"],
  ["YEAR", 2024, "2024"],
  ["BIT(9)", 257, "257"],
  ["BIT(64)", 18446744073709551615n, "18446744073709551615"],
  ["DOUBLE", 0.1, "0.1"],
  ["FLOAT", 0.5, "0.5"],
  ["DATE", new Date("2024-02-29T23:59:59.999Z"), "2024-02-29"],
  ["DATE", "0099-12-31", "0099-12-31"],
  ["DATETIME(3)", new Date("2024-02-29T23:59:59.123Z"), "2024-02-29 23:59:59.123"],
  ["DATETIME(6)", "2024-02-29 23:59:59.123456", "2024-02-29 23:59:59.123456"],
  ["TIMESTAMP(6)", "2024-02-29T12:00:00.000001", "2024-02-29 12:00:00.000001"],
  ["TIME(6)", "-838:59:58.000001", "-838:59:58.000001"],
  ["VARCHAR(20)", 'O\'Brien\\ "q" `b` -- ', 'O\'Brien\\ "q" `b` -- '],
  ["VARCHAR(4)", "한글😀 ", "한글😀 "],
  ["VARCHAR(20)", 18446744073709551615n, "18446744073709551615"],
  ["CHAR(3) CHARACTER SET latin1", "é€", "é€"],
  ["TEXT", "x\0y", "x\0y"],
  ["ENUM('a','b')", "b", "b"],
  ["SET('x','y')", "x,y", "x,y"],
  ["BIT(9)", new Uint8Array([1, 1]), "257"],
  ["BIT(1)", true, "1"],
  ["BIGINT", "-12.000", "-12"],
  ["BIGINT", DECIMAL_19_6.parse("12"), "12"],
  ["VARCHAR(20)", DECIMAL_19_6.parse("0.1"), "0.100000"],
  ["VARCHAR(20)", -5, "-5"],
  ["LONGTEXT", { b: [1, "x"] }, '{"b":[1,"x"]}'],
  ["LONGTEXT", [1, null], "[1,null]"],
  ["LONGTEXT", Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
  ["TINYTEXT", "x".repeat(100), "x".repeat(100)],
  ["DATETIME", "2024-02-29 23:59:59", "2024-02-29 23:59:59"],
  ["TIME", "23:59:59", "23:59:59"],
  ["VARCHAR(5)", null, null],
  ["DECIMAL(19,6)", null, null],
  ["DATETIME(6)", null, null],
  ["BIT(9)", null, null],
];

const BYTES = Buffer.from([0, 0xff, 0x27, 0x5c, 0xf0, 0x9f]);

describe("callProcedure, IN parameters", () => {
  it.each(EXACT)("binds %s %o exactly", async (type, value, seen) => {
    await pool.query("DROP PROCEDURE IF EXISTS echo_in");
    const sees = type.startsWith("BIT") ? "p + 0" : "p";
    await pool.query(`CREATE PROCEDURE echo_in(p ${type}) SELECT CAST(${sees} AS CHAR) AS seen`);
    // Each version of the procedure has the same parameter name: only reading the types again gets them right.
    const { rows } = await fresh().call(shard, "echo_in", { p: value });
    expect(rows).toEqual([{ seen }]);
  });

  it.each(["VARBINARY(6)", "BLOB", "BINARY(6)"])("binds bytes to %s exactly", async (type) => {
    await pool.query("DROP PROCEDURE IF EXISTS echo_bytes");
    await pool.query(`CREATE PROCEDURE echo_bytes(p ${type}) SELECT HEX(p) AS seen`);
    const caller = fresh();
    for (const bytes of [BYTES, new Uint8Array(BYTES)]) {
      const { rows } = await caller.call(shard, "echo_bytes", { p: bytes });
      expect(rows).toEqual([{ seen: BYTES.toString("hex").toUpperCase() }]);
    }
  });

  it("binds JSON from a text and from an object, decimals in it as texts", async () => {
    await pool.query(
      "CREATE PROCEDURE echo_json(p JSON) SELECT JSON_EXTRACT(p, '$.price') AS price, JSON_VALID(p) AS ok",
    );
    const price = DECIMAL_19_6.parse("0.1");
    for (const value of [{ price, name: "한'\"\\" }, '{"price": "0.100000"}']) {
      const { rows } = await callProcedure(shard, "echo_json", { p: value });
      expect(rows[0]).toMatchObject({ price: '"0.100000"' });
    }
    await expect(callProcedure(shard, "echo_json", { p: [1n] })).rejects.toThrow("bigint in JSON");
    await expect(callProcedure(shard, "echo_json", { p: [Number.NaN] })).rejects.toThrow(
      "not finite",
    );
  });

  it.each<[string, unknown, RegExp]>([
    ["DECIMAL(19,6)", 1, /JavaScript number/],
    ["DECIMAL(19,6)", 0.1, /JavaScript number/],
    ["DECIMAL(19,6)", "0.1234567", /would round 7 digits/],
    ["DECIMAL(19,6)", "10000000000000", /14 digits before/],
    ["DECIMAL(19,6) UNSIGNED", "-1", /negative/],
    ["DECIMAL(19,6) UNSIGNED", "-0.5", /negative/],
    ["DECIMAL(19,6)", "1e3", /no number/],
    ["DECIMAL(19,6)", "", /no number/],
    ["DECIMAL(19,6)", { toJSON: () => "1" }, /an object/],
    ["BIGINT", 2 ** 53, /safe integer/],
    ["BIGINT", 9223372036854775808n, /cannot hold/],
    ["BIGINT UNSIGNED", -1n, /cannot hold/],
    ["TINYINT", 128, /cannot hold/],
    ["INT", "1.5", /whole number/],
    ["BIT(9)", 512, /cannot hold/],
    ["BIT(9)", new Uint8Array(3), /3 bytes/],
    ["BIT(9)", "1", /a text/],
    ["INT", 2 ** 31, /cannot hold/],
    ["INT", [1], /an array/],
    ["INT", Buffer.from("1"), /bytes/],
    ["JSON", undefined, /undefined/],
    ["VARBINARY(5)", 5, /a number/],
    ["VARCHAR(9)", Symbol("x"), /a symbol/],
    ["TEXT", "x".repeat(65_536), /65536 bytes/],
    ["DATE", "2024-1-1", /another form/],
    ["DATE", 5, /a number/],
    ["DOUBLE", Number.NaN, /not finite/],
    ["DOUBLE", DECIMAL_19_6.parse("0.1"), /an object/],
    ["DATETIME(3)", "2024-01-01 00:00:00.1234", /would round 4 digits/],
    ["DATETIME", "2024-01-01T00:00:00Z", /another form/],
    ["DATETIME", new Date(Number.NaN), /invalid Date/],
    ["TIME", new Date(), /a Date/],
    ["VARCHAR(3)", "한글😀!", /4 characters/],
    ["VARCHAR(9) CHARACTER SET latin1", "한", /latin1 does not have/],
    ["VARCHAR(9) CHARACTER SET utf8mb3", "😀", /does not have/],
    ["VARCHAR(9)", "\ud83d", /surrogate/],
    ["VARCHAR(9)", 0.1, /safe integer/],
    ["VARBINARY(2)", Buffer.from("abc"), /3 bytes/],
    ["INT", undefined, /undefined/],
  ])("refuses for %s what it would change: %o", async (type, value, message) => {
    await pool.query("DROP PROCEDURE IF EXISTS refuse");
    await pool.query(`CREATE PROCEDURE refuse(p ${type}) INSERT INTO log (word) VALUES ('ran')`);
    await pool.query("TRUNCATE log");
    const call = fresh().call(shard, "refuse", { p: value as ParameterValue });
    await expect(call).rejects.toThrow(message);
    expect((await pool.execute("SELECT * FROM log")).rows).toEqual([]);
  });

  it("takes the UTF-8 of a text for bytes, and bytes for a type that it does not know", async () => {
    await pool.query("CREATE PROCEDURE as_bytes(p VARBINARY(6)) SELECT HEX(p) AS seen");
    expect((await callProcedure(shard, "as_bytes", { p: "é" })).rows).toEqual([{ seen: "C3A9" }]);
    await pool.query("CREATE PROCEDURE as_point(p GEOMETRY) SELECT ST_X(p) AS x");
    const { rows } = await pool.execute<{ g: Buffer }>(
      "SELECT HEX(ST_GeomFromText('POINT(1 2)')) AS h, 1 AS g",
    );
    const bytes = Buffer.from(String((rows[0] as unknown as { h: string }).h), "hex");
    expect((await callProcedure(shard, "as_point", { p: bytes })).rows).toEqual([{ x: 1 }]);
  });

  it("needs a pool of openPool's", async () => {
    const foreign = { database: shard.database, pool: {} as MysqlPool };
    await expect(callProcedure(foreign, "one", {})).rejects.toThrow("that openPool made");
  });

  it("keeps values out of what it throws", async () => {
    const types = [
      "VARCHAR(3)",
      "INT",
      "DECIMAL(19,6)",
      "DOUBLE",
      "BIT(9)",
      "DATETIME",
      "TIME",
      "JSON",
      "BLOB",
    ];
    for (const type of types) {
      await pool.query("DROP PROCEDURE IF EXISTS quiet");
      await pool.query(`CREATE PROCEDURE quiet(p ${type}) SELECT 1 AS one`);
      for (const value of ["hunter2", Symbol("hunter2"), { hunter2: () => "hunter2" }]) {
        const call = fresh().call(shard, "quiet", { p: value as ParameterValue });
        expect(String(await call.catch((error: Error) => error))).not.toContain("hunter2");
      }
    }
  });

  it("goes by names: in any order, none missing, none misspelt, none for OUT", async () => {
    await pool.query(
      "CREATE PROCEDURE named(a INT, b INT, OUT c INT) BEGIN SET c = a - b; SELECT a, b; END",
    );
    const { rows, out } = await callProcedure(shard, "named", { b: 2, a: 1 });
    expect([rows, out]).toEqual([[{ a: 1, b: 2 }], { c: -1 }]);
    await expect(callProcedure(shard, "named", { a: 1 })).rejects.toThrow("parameter b is missing");
    await expect(callProcedure(shard, "named", { a: 1, bee: 2 })).rejects.toThrow(
      "no parameter bee",
    );
    await expect(callProcedure(shard, "named", { a: 1, b: 2, c: 3 })).rejects.toThrow("c is OUT");
  });

  it("calls a procedure whose name has a backtick, a dot, a quote or Hangul in it", async () => {
    for (const name of ["a`b", "a.b", "a'b\"c", "주문", "a b"]) {
      await pool.query(`CREATE PROCEDURE \`${name.replaceAll("`", "``")}\`(p INT) SELECT p`);
      expect((await callProcedure(shard, name, { p: 7 })).rows).toEqual([{ p: 7 }]);
    }
  });
});

describe("callProcedure, OUT and INOUT parameters", () => {
  const OUT: [type: string, expression: string, out: unknown][] = [
    ["BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615"],
    ["BIGINT", "-9223372036854775808", "-9223372036854775808"],
    ["INT", "-5", -5],
    ["TINYINT UNSIGNED", "255", 255],
    ["YEAR", "2024", 2024],
    [
      "DECIMAL(38,6)",
      "'99999999999999999999999999999999.999999'",
      "99999999999999999999999999999999.999999",
    ],
    ["DECIMAL(19,6)", "1.5", "1.500000"],
    ["FLOAT", "0.1", 0.1],
    ["FLOAT", "0.1234567", 0.1234567],
    ["FLOAT", "16777215", 16777215],
    ["DOUBLE", "0.1", 0.1],
    ["DATETIME(6)", "'2024-02-29 23:59:59.123456'", "2024-02-29 23:59:59.123456"],
    ["TIMESTAMP(3)", "'2024-02-29 23:59:59.123'", "2024-02-29 23:59:59.123"],
    ["DATETIME", "'2024-02-29 23:59:59'", "2024-02-29 23:59:59"],
    ["DATE", "'2024-02-29'", "2024-02-29"],
    ["TIME(6)", "'-838:59:58.000001'", "-838:59:58.000001"],
    ["VARCHAR(20)", "'한글😀'", "한글😀"],
    ["VARCHAR(20) CHARACTER SET latin1", "'é'", "é"],
    ["TEXT", "REPEAT('x', 2000)", "x".repeat(2000)],
    ["ENUM('a','b')", "'b'", "b"],
    ["BIT(9)", "257", "257"],
    ["VARBINARY(4)", "X'00FF275C'", Buffer.from("00ff275c", "hex")],
    ["INT", "NULL", null],
    ["DATETIME(6)", "NULL", null],
    ["VARBINARY(4)", "NULL", null],
  ];

  it.each(OUT)("reads OUT %s set to %s", async (type, expression, out) => {
    await pool.query("DROP PROCEDURE IF EXISTS gives");
    await pool.query(`CREATE PROCEDURE gives(OUT p ${type}) SET p = ${expression}`);
    expect((await fresh().call(shard, "gives", {})).out).toEqual({ p: out });
  });

  it.each(EXACT.filter(([type]) => !type.startsWith("FLOAT")))(
    "takes INOUT %s %o exactly",
    async (type, value, seen) => {
      await pool.query("DROP PROCEDURE IF EXISTS echo_inout");
      const sees = type.startsWith("BIT") ? "p + 0" : "p";
      await pool.query(
        `CREATE PROCEDURE echo_inout(INOUT p ${type}) SELECT CAST(${sees} AS CHAR) AS seen`,
      );
      const { rows, out } = await fresh().call(shard, "echo_inout", { p: value });
      expect(rows).toEqual([{ seen }]);
      expect(out["p"] === null ? null : String(out["p"])).toBe(seen);
    },
  );

  it("reads OUT JSON with its big numbers", async () => {
    await pool.query(
      "CREATE PROCEDURE gives_json(OUT p JSON) SET p = '{\"n\":18446744073709551615}'",
    );
    const { out } = await callProcedure(shard, "gives_json", {});
    expect(String(out["p"]).replaceAll(" ", "")).toBe('{"n":18446744073709551615}');
  });

  it("asks for every INOUT parameter, also once the procedure is known", async () => {
    await pool.query("CREATE PROCEDURE raised(INOUT p INT) SET p = p + 1");
    expect((await callProcedure(shard, "raised", { p: 1 })).out).toEqual({ p: 2 });
    const without = callProcedure(shard, "raised", {}, { idempotent: true });
    await expect(without).rejects.toThrow("parameter p is missing");
  });

  it("keeps the values of calls at the same time apart", async () => {
    await pool.query(
      "CREATE PROCEDURE doubles(INOUT p INT) BEGIN DO SLEEP(0.001); SET p = p * 2; END",
    );
    const calls = Array.from({ length: 40 }, (_, p) => callProcedure(shard, "doubles", { p }));
    expect((await Promise.all(calls)).map(({ out }) => out["p"])).toEqual(
      Array.from({ length: 40 }, (_, p) => p * 2),
    );
  });
});

describe("callProcedure, results", () => {
  it("have one shape for 0, 1 and n result sets", async () => {
    await pool.query("CREATE PROCEDURE none() INSERT INTO log (word) VALUES ('a'), ('b')");
    await pool.query("CREATE PROCEDURE one() SELECT 'x' AS w");
    await pool.query("CREATE PROCEDURE empty_one() SELECT 'x' AS w FROM log WHERE 1 = 0");
    await pool.query(
      "CREATE PROCEDURE many() BEGIN SELECT 'x' AS w; SELECT 'y' AS v, 'z' AS w; DELETE FROM log; END",
    );
    const shape = { out: {}, sets: expect.any(Array), rows: expect.any(Array) };
    expect(await callProcedure(shard, "none", {})).toMatchObject({
      ...shape,
      sets: [],
      rows: [],
      affectedRows: 2,
    });
    expect(await callProcedure(shard, "one", {})).toMatchObject({
      ...shape,
      sets: [[{ w: "x" }]],
      rows: [{ w: "x" }],
    });
    expect(await callProcedure(shard, "empty_one", {})).toMatchObject({
      ...shape,
      sets: [[]],
      rows: [],
    });
    expect(await callProcedure(shard, "many", {})).toMatchObject({
      ...shape,
      sets: [[{ w: "x" }], [{ v: "y", w: "z" }]],
      rows: [{ w: "x" }],
    });
  });

  it("give a DECIMAL and a BIGINT column as texts", async () => {
    await pool.query(
      "CREATE PROCEDURE big() SELECT CAST('0.000001' AS DECIMAL(19,6)) AS d, CAST(18446744073709551615 AS UNSIGNED) AS n",
    );
    expect((await callProcedure(shard, "big", {})).rows).toEqual([
      { d: "0.000001", n: "18446744073709551615" },
    ]);
  });
});

describe("callProcedure, transactions", () => {
  it("rolls back what a procedure left open, says so, and gives its session back clean", async () => {
    const one = server.pool(shard.database, { maxConnections: 1 });
    await pool.query("TRUNCATE log");
    await pool.query(
      "CREATE PROCEDURE leaves_open(OUT p INT) BEGIN START TRANSACTION; INSERT INTO log (word) VALUES ('left'); SET p = 1; END",
    );
    await pool.query(
      "CREATE PROCEDURE leaves_open_too() BEGIN START TRANSACTION; INSERT INTO log (word) VALUES ('left'); END",
    );
    const target = { database: shard.database, pool: one };
    for (const name of ["leaves_open", "leaves_open_too"]) {
      await expect(callProcedure(target, name, {})).rejects.toMatchObject({
        code: "OPEN_TRANSACTION",
      });
    }
    await one.execute("INSERT INTO log (word) VALUES ('next')");
    expect((await pool.execute("SELECT word FROM log")).rows).toEqual([{ word: "next" }]);
  });

  it("rolls back what a procedure had begun when it failed", async () => {
    const one = server.pool(shard.database, { maxConnections: 1 });
    await pool.query("TRUNCATE log");
    await pool.query(
      "CREATE PROCEDURE fails() BEGIN START TRANSACTION; INSERT INTO log (word) VALUES ('half'); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END",
    );
    await expect(
      callProcedure({ database: shard.database, pool: one }, "fails", {}),
    ).rejects.toMatchObject({
      code: "STATEMENT",
      errno: 1644,
    });
    await one.execute("INSERT INTO log (word) VALUES ('next')");
    expect((await pool.execute("SELECT word FROM log")).rows).toEqual([{ word: "next" }]);
  });
});

/** A caller that has read nothing yet. */
function fresh(): ProcedureCaller {
  return new ProcedureCaller();
}
