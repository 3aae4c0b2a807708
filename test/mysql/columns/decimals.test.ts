import { beforeEach, describe, expect, it } from "vitest";
import { applyDecimals, rollbackDecimals } from "../../../src/mysql/columns/apply-decimals.ts";
import { readDefinitions, withType } from "../../../src/mysql/columns/column-definition.ts";
import { moneyKind } from "../../../src/mysql/columns/money-names.ts";
import { scanDecimals } from "../../../src/mysql/columns/scan-decimals.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { orderlyMysql } from "../support/command-line.ts";
import { withServer } from "../support/server.ts";

// Without strict mode, in which the server would clamp what does not fit.
const server = withServer(["--sql-mode="]);
let shards: Shard[] = [];

const TABLE = `CREATE TABLE orders (
  id BIGINT PRIMARY KEY,
  price DOUBLE NOT NULL DEFAULT '0.5' COMMENT 'per share, "quoted", it''s\nKRW',
  fee_krw FLOAT,
  total_amount DECIMAL(10,2) UNSIGNED DEFAULT NULL,
  weight DOUBLE,
  reading DOUBLE,
  scaled DECIMAL(12,8),
  good_price DECIMAL(19,6),
  good_amount DECIMAL(38,6),
  KEY by_price (price)
) ENGINE=InnoDB`;

beforeEach(async () => {
  shards = [];
  for (const id of ["1", "2"]) {
    const database = await server.freshDatabase();
    const pool = server.pool(database);
    await pool.query(TABLE);
    shards.push({ id, status: "active", database, pool });
  }
  await shard(0).pool.query(
    `INSERT INTO orders (id, price, fee_krw, total_amount, weight, reading) VALUES
      (1, 0.1, 0.25, 99999999.99, 12.5, 0.123456789012), (2, 71500.123456, 1.5, 1, 0.000001, 1e-9), (3, 9.99, NULL, NULL, NULL, NULL)`,
  );
});

const shard = (index: number): Shard => {
  const found = shards[index];
  if (found === undefined) throw new Error(`no shard ${index}`);
  return found;
};

const types = async ({ pool, database }: Shard): Promise<Record<string, string>> => {
  const { rows } = await pool.execute<{ c: string; t: string }>(
    "SELECT COLUMN_NAME AS c, COLUMN_TYPE AS t FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'orders'",
    [database],
  );
  return Object.fromEntries(rows.map(({ c, t }) => [c, t]));
};

const ddl = async ({ pool }: Shard): Promise<string> => {
  const { rows } = await pool.query<{ "Create Table": string }>("SHOW CREATE TABLE orders");
  return rows[0]?.["Create Table"] ?? "";
};

describe("moneyKind", () => {
  it.each([
    ["price", "price"],
    ["avgPrice", "price"],
    ["BID", "price"],
    ["high", "price"],
    ["total_amount", "amount"],
    ["feeKRW", "amount"],
    ["unit_price_total", "amount"],
    ["high_water_level", null],
    ["appraised", null],
    ["temperature", null],
  ])("takes %s for %s", (name, kind) => {
    expect(moneyKind(name)).toBe(kind);
  });
});

describe("scanDecimals", () => {
  it("finds prices and amounts by name and by data, and nothing else", async () => {
    const findings = await scanDecimals([shard(0)]);
    expect(findings.map(({ column, by, target }) => [column, by, target])).toEqual([
      ["price", "name", "DECIMAL(19,6)"],
      ["fee_krw", "name", "DECIMAL(38,6)"],
      ["total_amount", "name", "DECIMAL(38,6)"],
      ["weight", "data", "DECIMAL(19,6)"],
    ]);
    for (const { rounded, outOfRange } of findings) expect([rounded, outOfRange]).toEqual([0, 0]);
    expect(findings[0]?.values).toBe(3);
  });

  it("tells by the server's cast what a FLOAT holds, which is not what it shows", async () => {
    // Shown as 123457; holds 123456.7890625.
    await shard(0).pool.query("UPDATE orders SET fee_krw = 123456.789063 WHERE id = 1");
    const { rows } = await shard(0).pool.execute(
      "SELECT CAST(fee_krw AS CHAR) AS shown FROM orders WHERE id = 1",
    );
    expect(rows).toEqual([{ shown: "123457" }]);
    const [fee] = await scanDecimals([shard(0)], { columns: ["orders.fee_krw"] });
    expect(fee).toMatchObject({ rounded: 1 });
    expect(Number(fee?.largestRounding)).toBe(0.0000005);
  });

  it("says of values that no target holds that they do not fit, and of great ones that they need the wider", async () => {
    await shard(0).pool.query("UPDATE orders SET price = 1e13, weight = 1e33 WHERE id = 1");
    const findings = await scanDecimals([shard(0)], { columns: ["orders.price", "orders.weight"] });
    expect(findings.map(({ column, target, outOfRange }) => [column, target, outOfRange])).toEqual([
      ["price", "DECIMAL(38,6)", 0],
      ["weight", "DECIMAL(38,6)", 1],
    ]);
  });

  it("takes a DECIMAL without a telling name for too narrow once its values come near its end", async () => {
    await shard(0).pool.query("CREATE TABLE t (v DECIMAL(6,2), w DECIMAL(6,2)) ENGINE=InnoDB");
    await shard(0).pool.query("INSERT INTO t VALUES (999.99, 1000)");
    const findings = await scanDecimals([shard(0)], { columns: ["t.v", "t.w"] });
    expect(findings.map(({ column, by }) => [column, by])).toEqual([["w", "data"]]);
  });
});

describe("applyDecimals", () => {
  it("changes the columns on every shard alike, keeps what else they are, and changes no value", async () => {
    const before = await ddl(shard(0));
    const result = await applyDecimals(shards);
    expect(result).toMatchObject({ isComplete: true });
    for (const one of shards) {
      expect(await types(one)).toMatchObject({
        price: "decimal(19,6)",
        fee_krw: "decimal(38,6)",
        total_amount: "decimal(38,6) unsigned",
        weight: "decimal(19,6)",
        reading: "double",
        scaled: "decimal(12,8)",
      });
    }
    const { rows } = await shard(0).pool.execute(
      "SELECT price, fee_krw, total_amount, weight FROM orders ORDER BY id",
    );
    expect(rows).toEqual([
      {
        price: "0.100000",
        fee_krw: "0.250000",
        total_amount: "99999999.990000",
        weight: "12.500000",
      },
      { price: "71500.123456", fee_krw: "1.500000", total_amount: "1.000000", weight: "0.000001" },
      { price: "9.990000", fee_krw: null, total_amount: null, weight: null },
    ]);
    const after = await ddl(shard(0));
    expect(after).toContain("COMMENT 'per share, \"quoted\", it''s\\nKRW'");
    expect(after).toContain("KEY `by_price` (`price`)");
    expect(await scanDecimals(shards)).toEqual([]);
    expect(await applyDecimals(shards)).toMatchObject({ run: null });
    await rollbackDecimals(shards);
    const { rows: back } = await shard(0).pool.execute("SELECT price FROM orders ORDER BY id");
    expect(back).toEqual([{ price: 0.1 }, { price: 71500.123456 }, { price: 9.99 }]);
    expect((await ddl(shard(0))).replaceAll("0.500000", "0.5")).toBe(before);
  });

  it("refuses to round unless told to, and then changes nothing", async () => {
    await shard(1).pool.query("INSERT INTO orders (id, price) VALUES (1, 0.1234567)");
    const before = await ddl(shard(0));
    await expect(applyDecimals(shards)).rejects.toMatchObject({ code: "PREFLIGHT_FAILED" });
    await expect(applyDecimals(shards)).rejects.toThrow(
      /shard 2: 1 values of orders.price would be rounded/,
    );
    expect(await ddl(shard(0))).toBe(before);
    await applyDecimals(shards, { allowRounding: true });
    expect((await shard(1).pool.execute("SELECT price FROM orders")).rows).toEqual([
      { price: "0.123457" },
    ]);
  });

  it("refuses what does not fit, which without strict mode would be clamped", async () => {
    await shard(1).pool.query("INSERT INTO orders (id, total_amount, price) VALUES (1, 1, 1e33)");
    await expect(applyDecimals(shards)).rejects.toThrow(/1 values of orders.price do not fit/);
    expect(await types(shard(0))).toMatchObject({ price: "double" });
  });

  it("takes no change back that would change a value, and keeps the exact type then", async () => {
    await applyDecimals(shards, { columns: ["orders.price"] });
    await shard(1).pool.query(
      "INSERT INTO orders (id, price) VALUES (9, 1234567890123.123456), (10, 9999999999998.123457)",
    );
    await expect(rollbackDecimals(shards)).rejects.toMatchObject({ code: "VERIFICATION_FAILED" });
    expect((await types(shard(1)))["price"]).toBe("decimal(19,6)");
    const { rows } = await shard(1).pool.execute("SELECT price FROM orders ORDER BY id");
    expect(rows).toEqual([{ price: "1234567890123.123456" }, { price: "9999999999998.123457" }]);
  });

  it("changes only the columns named", async () => {
    await applyDecimals(shards, { columns: ["orders.price"] });
    expect(await types(shard(1))).toMatchObject({ price: "decimal(19,6)", weight: "double" });
  });

  it("leaves the sessions' sql_mode and the tables' locks as they were", async () => {
    const before = (await shard(0).pool.execute("SELECT @@sql_mode AS m")).rows;
    await applyDecimals(shards);
    await shard(0).pool.query("INSERT INTO orders (id) VALUES (99)");
    expect((await shard(0).pool.execute("SELECT @@sql_mode AS m")).rows).toEqual(before);
  });
});

describe("orderly-mysql decimals", () => {
  it("scans, shows the statements, applies, and takes back", async () => {
    const urls = shards.flatMap(({ database }) => ["--url", server.urlOf(database)]);
    const scan = await orderlyMysql("decimals", "scan", ...urls);
    expect(scan).toMatchObject({ code: 1, err: "" });
    expect(scan.out).toMatch(/orders\.price {2}double -> DECIMAL\(19,6\)/);
    expect(scan.out).toMatch(
      /ALTER TABLE `\w+`\.`orders` MODIFY COLUMN `price` decimal\(19,6\) NOT NULL/,
    );
    const json = await orderlyMysql("decimals", "scan", "--json", ...urls);
    const { findings } = JSON.parse(json.out) as { findings: { shard: string; schema: string }[] };
    const places = new Set(findings.map(({ shard: id, schema }) => `${id} ${schema}`));
    expect([...places]).toEqual(shards.map(({ id, database }) => `${id} ${database}`));
    expect(await orderlyMysql("decimals", "apply", "--yes", ...urls)).toMatchObject({
      code: 0,
      err: "",
    });
    expect(await orderlyMysql("decimals", "scan", ...urls)).toMatchObject({
      code: 0,
      out: "no column to change\n",
    });
    const back = await orderlyMysql("decimals", "rollback", "--yes", "--json", ...urls);
    expect(JSON.parse(back.out)).toMatchObject({ tables: { "1": 1, "2": 1 } });
    expect((await orderlyMysql("decimals", "rollback", "--yes", ...urls)).out).toBe(
      "nothing to take back\n",
    );
    const one = await orderlyMysql(
      "decimals",
      "apply",
      "--yes",
      "--json",
      "--column",
      "orders.weight",
      ...urls,
    );
    expect(JSON.parse(one.out)).toMatchObject({ tables: { "1": 1, "2": 1 } });
    expect(
      (await orderlyMysql("decimals", "apply", "--yes", "--column", "orders.weight", ...urls)).out,
    ).toBe("no column to change\n");
    expect((await orderlyMysql("decimals", "rollback", "--yes", ...urls)).out).toMatch(
      /^took back run/,
    );
    expect(await orderlyMysql("decimals", "scan", ...urls)).toMatchObject({ code: 1 });
  });

  it("scans the databases named, and applies to one of each shard only", async () => {
    const names = shards.flatMap(({ database }) => ["--database", database]);
    const url = ["--url", server.url];
    const scan = await orderlyMysql("decimals", "scan", "--json", ...url, ...names);
    const { findings } = JSON.parse(scan.out) as { findings: { schema: string }[] };
    expect(new Set(findings.map(({ schema }) => schema)).size).toBe(2);
    expect(await orderlyMysql("decimals", "apply", "--yes", ...url, ...names)).toMatchObject({
      code: 2,
      out: "",
    });
  });

  it("says in one line why nothing was changed", async () => {
    await shard(1).pool.query("INSERT INTO orders (id, price) VALUES (1, 0.1234567)");
    const urls = shards.flatMap(({ database }) => ["--url", server.urlOf(database)]);
    const ran = await orderlyMysql("decimals", "apply", "--yes", ...urls);
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toMatch(/^orderly-mysql: PREFLIGHT_FAILED: [^\n]+\n$/);
  });

  it("says which digits a DECIMAL lacks: before the point, behind it, or both", async () => {
    await shard(0).pool.query(
      "CREATE TABLE narrow (a_price DECIMAL(10,6), b_price DECIMAL(15,2), c_price DECIMAL(5,2)) ENGINE=InnoDB",
    );
    const findings = await scanDecimals([shard(0)], {
      columns: ["narrow.a_price", "narrow.b_price", "narrow.c_price"],
    });
    expect(findings.map(({ reason }) => reason.replace(/^.*only /, ""))).toEqual([
      "4 digits before it",
      "2 digits after the point",
      "2 digits after the point and 3 digits before it",
    ]);
  });

  it("rejects with DDL_UNREADABLE for a column that is not there, or no number", async () => {
    const { pool, database } = shard(0);
    await expect(readDefinitions(pool, database, "orders", ["nope"])).rejects.toMatchObject({
      code: "DDL_UNREADABLE",
    });
    expect(() => withType("varchar(9) DEFAULT NULL", "DECIMAL(19,6)")).toThrow(
      "another type than a number's",
    );
  });

  it("works on a table and a column with a backtick in their names", async () => {
    await shard(0).pool.query("CREATE TABLE `ti``ck` (`pri``ce` DOUBLE) ENGINE=InnoDB");
    await shard(0).pool.query("INSERT INTO `ti``ck` VALUES (0.5)");
    await applyDecimals([shard(0)], { columns: ["ti`ck.pri`ce"] });
    expect((await shard(0).pool.execute("SELECT * FROM `ti``ck`")).rows).toEqual([
      { "pri`ce": "0.500000" },
    ]);
  });
});
