import { fixPrograms, type MysqlPool, type Strategy } from "orderly-ws/mysql";
import { printFigure, say } from "../support/figures.ts";
import type { BenchServer } from "./databases.ts";
import { inTurns, ratePerSecond, SESSIONS } from "./rate.ts";

const ROWS = 5_000;

const PROCEDURE = `CREATE PROCEDURE alerts_of(IN p_symbol VARCHAR(20))
  SELECT id, price FROM alerts WHERE symbol = p_symbol`;

/** The figure of each strategy that leaves another text than the original. */
const FIGURES = [
  ["collate", "rewritten_calls_per_s"],
  ["using", "rewritten_using_calls_per_s"],
] as const satisfies readonly (readonly [Strategy, string])[];

/** The text that a strategy leaves is made where the original fails, and measured where it does not. */
export async function measureRewritten(bench: BenchServer, sampleMs: number): Promise<void> {
  const original = await oneCollation(bench, PROCEDURE);
  for (const [strategy, figure] of FIGURES) {
    const text = await rewrittenText(bench, strategy);
    if (text === null) {
      say(`mysql: the strategy ${strategy} leaves this procedure as it is; ${figure} is left out`);
      continue;
    }
    const rewritten = await oneCollation(bench, text);
    const values = await inTurns(
      () => ratePerSecond(rewritten, sampleMs),
      () => ratePerSecond(original, sampleMs),
    );
    printFigure({
      bench: "mysql",
      figure,
      unit: "1/s",
      better: "higher",
      peer: "original",
      ...values,
    });
  }
}

async function rewrittenText(bench: BenchServer, strategy: Strategy): Promise<string | null> {
  const shard = bench.shard(await bench.database("utf8mb4_general_ci"));
  await createTable(shard.pool);
  await shard.pool.query(PROCEDURE);
  const before = await textOf(shard.pool);
  await fixPrograms([shard], { strategy });
  const after = await textOf(shard.pool);
  return after === before ? null : after;
}

async function textOf(pool: MysqlPool): Promise<string> {
  const { rows } = await pool.query<{ "Create Procedure": string }>(
    "SHOW CREATE PROCEDURE alerts_of",
  );
  return rows[0]?.["Create Procedure"] ?? "";
}

/** A database in which nothing can mix, with the table, some rows and the procedure. Returns one call. */
async function oneCollation(
  bench: BenchServer,
  procedure: string,
): Promise<() => Promise<unknown>> {
  const database = await bench.database("utf8mb4_unicode_ci");
  const pool = bench.ours(database, 1);
  await createTable(pool);
  const rows = Array.from({ length: ROWS }, (_, id) => `(${id}, 'S${id % 1_000}', ${id}.5)`);
  await pool.query(`INSERT INTO alerts VALUES ${rows.join(", ")}`);
  await pool.query(procedure);
  const bare = bench.bare(database, SESSIONS);
  let next = 0;
  const call = () => bare.execute("CALL alerts_of(?)", [`S${next++ % 1_000}`]);
  const [[found]] = (await call()) as unknown as [[unknown[]]];
  if (found.length !== ROWS / 1_000) throw new Error(`the procedure gave ${found.length} rows`);
  return call;
}

async function createTable(pool: { query(sql: string): Promise<unknown> }): Promise<void> {
  await pool.query(
    `CREATE TABLE alerts (id BIGINT PRIMARY KEY, symbol VARCHAR(20) NOT NULL, price DECIMAL(19,6) NOT NULL, KEY by_symbol (symbol))
      ENGINE=InnoDB COLLATE utf8mb4_unicode_ci`,
  );
}
