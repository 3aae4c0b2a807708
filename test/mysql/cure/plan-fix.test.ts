import { describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { fixPrograms, planFix } from "../../../src/mysql/cure/fix-programs.ts";
import { asShard } from "../deployment/support/programs.ts";
import { withServer } from "../support/server.ts";

const server = withServer();

const TRAP =
  "CREATE PROCEDURE orders_of(p VARCHAR(20), q VARCHAR(20)) BEGIN SELECT id FROM orders WHERE symbol = p; SELECT q; END";

/** A database whose default is not its table's collation. */
async function freshShard(table = true): Promise<MysqlPool> {
  const pool = server.pool(await server.freshDatabase("COLLATE utf8mb4_general_ci"));
  if (!table) return pool;
  await pool.query("CREATE TABLE orders (id INT, symbol VARCHAR(20)) COLLATE utf8mb4_unicode_ci");
  await pool.query(TRAP);
  return pool;
}

/** The new text of the one program of a plan. */
async function plannedText(pool: MysqlPool): Promise<string> {
  const [plan] = await planFix([asShard("1", pool)]);
  expect(plan?.changes).toHaveLength(1);
  return JSON.stringify(plan?.changes[0]?.after);
}

describe("planFix", () => {
  it("plans nothing for no shards", async () => {
    expect(await planFix([])).toEqual([]);
    expect(await planFix([], { strategy: "schema" })).toEqual([]);
  });

  it("takes the shard's own database, and changes only what fails", async () => {
    const text = await plannedText(await freshShard());
    expect(text).toContain("p VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    expect(text).toContain("q VARCHAR(20))");
  });

  it("writes out the types of a program whose database has another default by now", async () => {
    const pool = await freshShard();
    await pool.query(`ALTER DATABASE \`${pool.database}\` COLLATE utf8mb4_spanish_ci`);
    const text = await plannedText(pool);
    expect(text).toContain("p VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    expect(text).toContain("q VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
  });

  it("throws USAGE for a collation that has no use, that no table names, or that the server lacks", async () => {
    const shards = [asShard("1", await freshShard())];
    await expect(planFix(shards, { collation: "utf8mb4_bin" })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/for the strategy schema only/) as string,
    });
    await expect(
      planFix(shards, { strategy: "schema", collation: "utf8mb4_none_ci" }),
    ).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/has no utf8mb4_none_ci/) as string,
    });
    const empty = [asShard("1", await freshShard(false))];
    await expect(planFix(empty, { strategy: "schema" })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/no table has a text column/) as string,
    });
  });

  it("chooses for schema the collation that most columns have, and creates programs again", async () => {
    const pool = await freshShard();
    await pool.query("CREATE TABLE marks (m VARCHAR(9) COLLATE utf8mb4_bin, n INT)");
    const [plan] = await planFix([asShard("1", pool)], { strategy: "schema" });
    expect(plan?.changes.map(({ kind }) => kind)).toEqual(["database", "table", "program"]);
    expect(plan?.changes[0]?.after).toEqual({ collation: "utf8mb4_unicode_ci" });
    expect(plan?.remaining).toEqual([]);
  });
});

describe("fixPrograms", () => {
  it("fixes by collate unless told otherwise, and has no run where nothing is to be done", async () => {
    const shards = [asShard("1", await freshShard())];
    const first = await fixPrograms(shards);
    expect(first).toMatchObject({ hasContinued: false, isComplete: true });
    expect(first.run).not.toBeNull();
    expect(first.shards[0]?.changes).toHaveLength(1);
    expect(await fixPrograms(shards)).toMatchObject({ run: null, isComplete: true });
  });
});
