import type { ResultSetHeader, RowDataPacket } from "mysql2/promise";
import {
  auditColumnChange,
  compareColumnTypes,
  DECIMAL_19_6,
  DECIMAL_38_6,
  type Decimal,
  decimal,
  describeColumn,
} from "orderly-ws/decimal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type LiveDatabase,
  type MysqlProtocol,
  openLiveDatabase,
  readRows,
} from "./support/live-database.ts";

const NEAR_THE_END = "9999999999998.123457";

let database: LiveDatabase;

beforeAll(async () => {
  database = await openLiveDatabase();
  await database.connection.query(
    `CREATE TABLE traps (id INT PRIMARY KEY, v ${describeColumn(DECIMAL_19_6)})`,
  );
  await database.connection.query("INSERT INTO traps VALUES (1, ?)", [NEAR_THE_END]);
}, 120_000);

afterAll(() => database?.close());

async function one(
  protocol: MysqlProtocol,
  sql: string,
  values: readonly unknown[] = [],
): Promise<unknown> {
  const rows = await readRows(database.connection, protocol, sql, values);
  return rows[0]?.[0];
}

describe("What a server does with decimals that nobody casts", () => {
  it("rounds a quotient twice on MySQL, and once on MariaDB and here", async () => {
    const cast = DECIMAL_19_6.placeholder;
    const quotient = await one("query", `SELECT CAST(${cast} / ${cast} AS DECIMAL(19,6))`, [
      "0.856012",
      "0.774089",
    ]);
    const ours = DECIMAL_19_6.parse("0.856012").dividedBy(DECIMAL_19_6.parse("0.774089"));
    expect(ours.toString()).toBe("1.105831");
    expect(quotient).toBe(database.flavour === "mysql" ? "1.105832" : "1.105831");
  });

  it.each(["query", "execute"] as const)(
    "computes v + ? in DOUBLE through %s(), unless MySQL prepares it, and loses 458 micro-units",
    async (protocol) => {
      const sum = await one(protocol, "SELECT CAST(v + ? AS DECIMAL(19,6)) FROM traps", [
        "0.000001",
      ]);
      const exact = DECIMAL_19_6.parse(NEAR_THE_END).plus(DECIMAL_19_6.parse("0.000001"));
      const isExact = database.flavour === "mysql" && protocol === "execute";
      const lost = exact.minus(DECIMAL_19_6.parse(String(sum))).abs();
      expect(lost.toString()).toBe(isExact ? "0.000000" : "0.000458");
    },
  );

  it.each(["query", "execute"] as const)(
    "computes v + placeholder exactly through %s()",
    async (protocol) => {
      const step = DECIMAL_19_6.parse("0.000001");
      const sum = await one(protocol, `SELECT v + ${DECIMAL_19_6.placeholder} FROM traps`, [
        step.toSql(),
      ]);
      expect(sum).toBe(DECIMAL_19_6.parse(NEAR_THE_END).plus(step).toString());
    },
  );

  it.each(["query", "execute"] as const)(
    "finds another value by v IN (?, ?) through %s(), unless MySQL prepares it",
    async (protocol) => {
      const found = await one(protocol, "SELECT COUNT(*) FROM traps WHERE v IN (?, ?)", [
        "1",
        "9999999999998.123456",
      ]);
      expect(found).toBe(database.flavour === "mysql" && protocol === "execute" ? 0 : 1);
    },
  );

  it.each(["query", "execute"] as const)(
    "finds only equal values by placeholder through %s()",
    async (protocol) => {
      const where = `v IN (${DECIMAL_19_6.placeholder}, ${DECIMAL_19_6.placeholder})`;
      const found = (last: string): Promise<unknown> =>
        one(protocol, `SELECT COUNT(*) FROM traps WHERE ${where}`, ["1", last]);
      expect(await found("9999999999998.123456")).toBe(0);
      expect(await found(NEAR_THE_END)).toBe(1);
    },
  );
});

describe("A Decimal given to mysql2 itself", () => {
  const price = DECIMAL_19_6.parse("12.5");
  /** What a program without types, or one that casts them away, does. */
  const untyped = (value: Decimal): string => value as never;

  it("arrives exactly through query(), in arithmetic too", async () => {
    const step = DECIMAL_19_6.parse("0.000001");
    const sum = await one("query", "SELECT v + ? FROM traps", [step]);
    expect(sum).toBe(DECIMAL_19_6.parse(NEAR_THE_END).plus(step).toString());
  });

  it("arrives as JSON in quotes through execute(): refused in strict mode", async () => {
    const insert = database.connection.execute("INSERT INTO traps VALUES (2, ?)", [untyped(price)]);
    await expect(insert).rejects.toMatchObject({ errno: 1366 });
  });

  it("becomes 0 through execute() outside strict mode", async () => {
    const { connection } = database;
    const [[mode]] = await connection.query<RowDataPacket[]>("SELECT @@sql_mode AS mode");
    await connection.query("SET SESSION sql_mode = ''");
    try {
      await connection.execute("INSERT INTO traps VALUES (3, ?)", [untyped(price)]);
      await connection.execute("INSERT INTO traps VALUES (4, ?)", [price.toSql()]);
    } finally {
      await connection.query("SET SESSION sql_mode = ?", [mode?.["mode"]]);
    }
    expect(await one("query", "SELECT v FROM traps WHERE id = 3")).toBe("0.000000");
    expect(await one("query", "SELECT v FROM traps WHERE id = 4")).toBe("12.500000");
  });
});

describe("Changing a column's type", () => {
  const wide = decimal(24, 9);
  const values = [
    "0.000000000",
    "1.000000500",
    "-1.000000499",
    "9999999999999.999999000",
    "9999999999999.999999499",
    "9999999999999.999999500",
    "-123456789012345.000000000",
    null,
  ];

  async function fill(table: string): Promise<void> {
    const { connection } = database;
    const column = describeColumn(wide, { nullable: true, default: null });
    await connection.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, v ${column})`);
    for (const [id, value] of values.entries()) {
      await connection.execute(`INSERT INTO ${table} VALUES (?, ?)`, [id, value]);
    }
  }

  it("does to actual values what auditColumnChange says", async () => {
    const { connection } = database;
    await fill("narrowed");
    const [before] = await connection.query<RowDataPacket[]>("SELECT v FROM narrowed ORDER BY id");
    const audit = auditColumnChange(
      DECIMAL_19_6,
      before.map((row) => row["v"] as string | null),
    );
    expect(audit).toEqual({
      checked: 8,
      unchanged: 3,
      rounded: 3,
      outOfRange: 2,
      unreadable: 0,
      largestRounding: "0.000000500",
      firstAltered: 1,
    });

    const alter = `ALTER TABLE narrowed MODIFY v ${describeColumn(DECIMAL_19_6, { nullable: true })}`;
    await expect(connection.query(alter)).rejects.toMatchObject({ errno: 1264 });
    await connection.query("DELETE FROM narrowed WHERE id IN (5, 6)");
    await connection.query(alter);
    const [after] = await connection.query<RowDataPacket[]>("SELECT v FROM narrowed ORDER BY id");
    expect(after.map((row) => row["v"] as string | null)).toEqual([
      "0.000000",
      "1.000001",
      "-1.000000",
      "9999999999999.999999",
      "9999999999999.999999",
      null,
    ]);
  });

  it("reads the server's own name of a column type", async () => {
    await fill("described");
    const columnType = await one(
      "query",
      `SELECT COLUMN_TYPE FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'described' AND COLUMN_NAME = 'v'`,
    );
    expect(compareColumnTypes(String(columnType), DECIMAL_38_6)).toEqual({
      source: "exact",
      integerDigitsLost: 0,
      fractionDigitsLost: 3,
      lossless: false,
    });
  });

  it("is written as the server writes it", async () => {
    const definition = describeColumn(DECIMAL_38_6, { default: "-0.5" });
    await database.connection.query<ResultSetHeader>(
      `CREATE TABLE defaulted (id INT PRIMARY KEY, v ${definition})`,
    );
    await database.connection.query("INSERT INTO defaulted (id) VALUES (1)");
    expect(await one("query", "SELECT v FROM defaulted")).toBe("-0.500000");
  });
});
