import { insertBatch } from "orderly-ws/mysql";
import { isQuick, printFigure } from "../support/figures.ts";
import type { BenchServer } from "./databases.ts";
import { inTurns, RUNS } from "./rate.ts";

const ROWS = 10_000;
const IN_A_STATEMENT = 1_000;
const COLUMNS = ["id", "account", "price", "at", "note"];
const TAIL = " ON DUPLICATE KEY UPDATE id = id";

/** 10,000 rows into an empty table, all in one transaction. By hand: mysql2's nested arrays, a thousand rows at a time. */
export async function measureBatch(bench: BenchServer): Promise<void> {
  const database = await bench.database("utf8mb4_unicode_ci");
  const pool = bench.ours(database, 1);
  const bare = bench.bare(database, 1);
  await pool.query(
    `CREATE TABLE fills (id BIGINT PRIMARY KEY, account VARCHAR(40) NOT NULL, price DECIMAL(19,6) NOT NULL, at DATETIME(6) NOT NULL,
      note VARCHAR(100) NOT NULL) ENGINE=InnoDB`,
  );
  const rows = Array.from({ length: ROWS }, (_, id) => {
    return [id, `account-${id}`, `${id}.123456`, "2024-01-01 00:00:00.123456", "some words"];
  });
  const ours = async (): Promise<void> => {
    const { inserted } = await insertBatch(pool, { table: "fills", columns: COLUMNS, rows });
    if (inserted !== ROWS) throw new Error(`inserted ${inserted} rows`);
  };
  const theirs = async (): Promise<void> => {
    const connection = await bare.getConnection();
    await connection.beginTransaction();
    for (let from = 0; from < ROWS; from += IN_A_STATEMENT) {
      const sql = `INSERT INTO fills (${COLUMNS.join(", ")}) VALUES ?${TAIL}`;
      await connection.query(sql, [rows.slice(from, from + IN_A_STATEMENT)]);
    }
    await connection.commit();
    connection.release();
  };
  const rate = async (insert: () => Promise<void>): Promise<number> => {
    await pool.query("TRUNCATE fills");
    const start = performance.now();
    await insert();
    return (ROWS / (performance.now() - start)) * 1_000;
  };
  const values = await inTurns(
    () => rate(ours),
    () => rate(theirs),
    Math.min(RUNS, isQuick ? 7 : 15),
  );
  printFigure({
    bench: "mysql",
    figure: "rows_per_s",
    unit: "1/s",
    better: "higher",
    peer: "mysql2",
    ...values,
  });
}
