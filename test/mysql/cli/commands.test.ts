import { beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { orderlyMysql } from "../support/command-line.ts";
import { withServer } from "../support/server.ts";

const server = withServer();

let pools: readonly [MysqlPool, MysqlPool];
let urls: readonly string[];

beforeEach(async () => {
  const databases = [
    await server.freshDatabase("COLLATE utf8mb4_general_ci"),
    await server.freshDatabase("COLLATE utf8mb4_general_ci"),
  ] as const;
  pools = [server.pool(databases[0]), server.pool(databases[1])];
  for (const pool of pools) {
    await pool.query(
      "CREATE TABLE orders (id INT PRIMARY KEY, symbol VARCHAR(20), price DOUBLE, weight DOUBLE) COLLATE utf8mb4_unicode_ci",
    );
    await pool.query(
      "CREATE PROCEDURE orders_of(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = p",
    );
  }
  urls = databases.flatMap((name) => ["--url", server.urlOf(name)]);
});

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe("orderly-mysql decimals", () => {
  const decimals = (...args: readonly string[]): ReturnType<typeof orderlyMysql> =>
    orderlyMysql("decimals", ...args, ...urls);

  it("scans, applies and takes back, each said in words", async () => {
    await pools[0].query("INSERT INTO orders (id, price) VALUES (1, 1e33), (2, 0.1234567)");
    const found = await decimals("scan");
    expect(found).toMatchObject({ code: 1, err: "" });
    expect(found.out).toMatch(
      /orders\.price {2}double -> DECIMAL\(38,6\) .*2 values, 1 rounded by up to 0\.0000003\d*, 1 do not fit\n/,
    );
    expect(found.out).toMatch(/orders\.price .*0 values, none rounded\n/);
    expect(found.out).toMatch(/-- shard 2\nALTER TABLE .*;\n/);
    await pools[0].query("DELETE FROM orders");
    await pools[0].query("INSERT INTO orders (id, price) VALUES (1, 0.5)");

    const applied = await decimals("apply", "--yes");
    expect(applied.out).toMatch(
      /^shard 1: changed 1 tables\nshard 2: changed 1 tables\nrun [0-9a-f]{32}\n$/,
    );
    expect(await decimals("scan")).toEqual({ code: 0, out: "no column to change\n", err: "" });
    expect((await decimals("apply", "--yes")).out).toBe("no column to change\n");
    const run = applied.out.slice(-33, -1);
    expect((await decimals("rollback", "--yes")).out).toBe(`took back run ${run}\n`);
    expect((await decimals("rollback", "--yes")).out).toBe("nothing to take back\n");
  });

  it("says the same as JSON", async () => {
    const { findings, statements } = json((await decimals("scan", "--json")).out);
    expect(findings).toMatchObject([
      { shard: "1", column: "price", target: "DECIMAL(19,6)" },
      { shard: "2", column: "price" },
    ]);
    expect(Object.keys(statements as object)).toEqual(["1", "2"]);
    const applied = json((await decimals("apply", "--yes", "--json")).out);
    expect(applied).toMatchObject({ tables: { 1: 1, 2: 1 } });
    expect(json((await decimals("rollback", "--yes", "--json")).out)).toMatchObject({
      run: applied["run"],
      tables: { 1: 1, 2: 1 },
    });
  });

  it("looks at the columns and databases that are named, and changes one database only", async () => {
    const apply = (column: string): ReturnType<typeof decimals> =>
      decimals("apply", "--yes", "--json", "--column", column);
    expect(json((await apply("orders.weight")).out)).toEqual({ run: null, tables: {} });
    expect((await apply("orders.wait")).err).toContain("no shard has a column orders.wait");
    const databases = pools.flatMap(({ database }) => ["--database", database ?? ""]);
    const one = await orderlyMysql("decimals", "scan", "--url", server.url, ...databases, "--json");
    expect(json(one.out)["findings"]).toHaveLength(2);
    const both = await orderlyMysql(
      "decimals",
      "apply",
      "--yes",
      "--url",
      server.url,
      ...databases,
    );
    expect(both.err).toContain("apply changes one database of each shard: give one --database");
  });
});

describe("orderly-mysql procedures", () => {
  const procedures = (...args: readonly string[]): ReturnType<typeof orderlyMysql> =>
    orderlyMysql("procedures", ...args, ...urls);

  it("scans, fixes with a canary, tells its state and each step, and rolls back", async () => {
    const journal = ["--journal", pools[0].database ?? ""];
    expect((await procedures("scan")).code).toBe(1);
    expect((await procedures("status", ...journal)).out).toBe("no runs\n");
    const preview = await procedures("fix", "--dry-run");
    expect(preview).toMatchObject({ code: 1, err: "" });
    expect(preview.out).toContain("+");

    const canary = ["--canary", "2", "--canary-only", "--verbose"];
    const first = await procedures("fix", "--yes", "--trial", "read", ...canary, ...journal);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(
      /the canary is done; run the command again for the rest \(run \w+\)\n$/,
    );
    expect(first.err).toMatch(/shard 1: preflight\n[\s\S]*shard 2: apply procedure .*orders_of\n/);
    expect(first.err).not.toContain("shard 1: apply");
    expect(await procedures("status", ...journal)).toMatchObject({ code: 1 });

    const rest = await procedures("fix", "--yes", ...journal);
    expect(rest.out).toContain("an interrupted run was finished first\n");
    expect((await procedures("scan")).code).toBe(0);
    const again = await procedures("fix", "--yes", ...journal);
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toContain("nothing to change\n");

    const [status] = JSON.parse((await procedures("status", "--json", ...journal)).out) as {
      run: string;
    }[];
    const run = ["--run", status?.run ?? ""];
    const undone = await procedures("rollback", "--yes", "--verbose", ...run, ...journal);
    expect(undone.out).toBe(`shard 2: 1 undone\nshard 1: 1 undone\nrun ${status?.run} is undone\n`);
    expect(undone.err).toMatch(/^shard 2: undo procedure .*orders_of\nshard 1: undo /);
    expect((await procedures("rollback", "--yes", ...journal)).out).toBe(
      "there is no run to undo\n",
    );
    expect((await procedures("scan")).code).toBe(1);
  });

  it("says the same as JSON", async () => {
    const plans = JSON.parse((await procedures("fix", "--dry-run", "--json")).out) as unknown;
    expect(plans).toMatchObject([{ shard: "1", changes: [{}] }, { shard: "2" }]);
    const fixed = json((await procedures("fix", "--yes", "--json")).out);
    expect(fixed).toMatchObject({ isComplete: true, hasContinued: false });
    const undone = json((await procedures("rollback", "--yes", "--json")).out);
    expect(undone).toEqual({ run: fixed["run"], changes: { 1: 1, 2: 1 } });
    expect(json((await procedures("scan", "--json")).out)["shards"]).toHaveLength(2);
  });

  it.each([
    [["--canary", "9"], "--canary 9 is none of the shards 1, 2"],
    [["--strategy", "magic"], "--strategy must be one of"],
    [["--trial", "all"], "--trial must be one of write, read, none, got all"],
  ])("refuses %s", async (args, message) => {
    const ran = await procedures("fix", "--dry-run", ...args);
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain(message);
  });

  it("shows what the strategy schema does to database, tables and programs", async () => {
    const preview = await procedures(
      "fix",
      "--dry-run",
      "--strategy",
      "schema",
      "--collation",
      "utf8mb4_unicode_ci",
    );
    expect(preview.code).toBe(1);
    expect(preview.out).toContain("utf8mb4_general_ci becomes utf8mb4_unicode_ci");
  });
});
