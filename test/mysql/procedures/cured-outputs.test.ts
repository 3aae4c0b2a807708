import { beforeAll, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { fixPrograms } from "../../../src/mysql/cure/fix-programs.ts";
import { callProcedure } from "../../../src/mysql/procedures/call-procedure.ts";
import type { ParameterValue } from "../../../src/mysql/procedures/call-result.ts";
import { asShard } from "../deployment/support/programs.ts";
import { withServer } from "../support/server.ts";

const server = withServer();

/** Procedures that every strategy below cures whole. */
const PROCEDURES = [
  `CREATE PROCEDURE out_only(OUT p VARCHAR(20), OUT at DATETIME(6))
    BEGIN SET p = 'S7'; SET at = '2024-01-01 00:00:00.123456'; SELECT id, d FROM t WHERE s = p; END`,
  `CREATE PROCEDURE found(INOUT p VARCHAR(20), OUT note VARCHAR(40))
    BEGIN SELECT id, s AS own FROM t WHERE s = p ORDER BY id; SET note = CONCAT('for ', p); SET p = CONCAT(p, '!'); END`,
  `CREATE PROCEDURE sums(INOUT p VARCHAR(20), OUT big BIGINT UNSIGNED, OUT price DECIMAL(38,6))
    BEGIN SELECT d AS own FROM t WHERE s = p ORDER BY id; SET big = 18446744073709551615;
      SET price = (SELECT SUM(d) FROM t); SET p = NULL; END`,
  `CREATE PROCEDURE joined(INOUT p VARCHAR(20), OUT n INT)
    BEGIN SET @q = CONCAT('SELECT COUNT(*) INTO @n FROM t WHERE s = ''', REPLACE(p, '''', ''''''), '''');
      PREPARE x FROM @q; EXECUTE x; DEALLOCATE PREPARE x; SET n = @n; SET p = 'done'; END`,
];

const NAMES = ["out_only", "found", "sums", "joined"];

/** What is asked; a quote and a backslash are data. */
const TEXTS = ["S7", "s7 ", "없음", "한😀", "' OR 1=1 -- ", "O''Brien", "%", ""];

/** A database with the procedures; what its types get is the default, what the column has is not. */
async function filled(collation: string): Promise<MysqlPool> {
  const pool = server.pool(
    await server.freshDatabase(`CHARACTER SET utf8mb4 COLLATE ${collation}`),
  );
  await pool.query(
    `CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), d DECIMAL(38,6), KEY (s)) COLLATE utf8mb4_unicode_ci`,
  );
  await pool.query(
    "INSERT INTO t VALUES (1, 'S7', 9999999999998.123457), (2, '한😀', 2.25), (3, 'O''''Brien', 0), (4, '', 1)",
  );
  for (const ddl of PROCEDURES) await pool.query(ddl);
  return pool;
}

async function outcomes(pool: MysqlPool): Promise<unknown[]> {
  const shard = asShard("1", pool);
  const results: unknown[] = [];
  const call = async (name: string, params: Record<string, ParameterValue>): Promise<void> => {
    const { out, sets } = await callProcedure(shard, name, params);
    results.push({ name, params, out, sets });
  };
  await call("out_only", {});
  for (const name of NAMES.slice(1)) for (const p of TEXTS) await call(name, { p });
  for (const name of ["found", "sums"]) await call(name, { p: null });
  results.push((await pool.query("SELECT * FROM t ORDER BY id")).rows);
  return results;
}

describe.each(["using", "collate"] as const)("OUT and INOUT cured by %s", (strategy) => {
  let plain: MysqlPool;
  let cured: MysqlPool;

  beforeAll(async () => {
    plain = await filled("utf8mb4_unicode_ci");
    cured = await filled("utf8mb4_general_ci");
    const shard = asShard("1", cured);
    await expect(callProcedure(shard, "found", { p: "S7" })).rejects.toMatchObject({ errno: 1267 });
    const { shards } = await fixPrograms([shard], { strategy });
    expect(shards[0]?.remaining.filter((finding) => finding.class === "error")).toEqual([]);
  });

  it("give through callProcedure what the original gives where there is one collation", async () => {
    const expected = await outcomes(plain);
    expect(await outcomes(cured)).toEqual(expected);
    expect(expected[0]).toMatchObject({
      out: { p: "S7", at: "2024-01-01 00:00:00.123456" },
      sets: [[{ id: 1 }]],
    });
    expect(JSON.stringify(expected)).toContain("18446744073709551615");
  });

  it("give the same to a client that binds user variables itself", async () => {
    const results: unknown[] = [];
    for (const pool of [plain, cured]) {
      await pool.session(async (session) => {
        await session.query("SET @p = '한😀', @note = 'old'");
        const { sets } = await session.query("CALL found(@p, @note)");
        const { rows } = await session.query("SELECT @p AS p, @note AS note");
        results.push({ sets, rows });
      });
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0]).toMatchObject({ rows: [{ p: "한😀!", note: "for 한😀" }] });
  });
});
