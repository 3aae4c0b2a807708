import { scanPrograms } from "orderly-ws/mysql";
import { isQuick, printFigure, say, sizeOf } from "../support/figures.ts";
import type { BenchServer } from "./databases.ts";

const ROUTINES = sizeOf("routines", 10_000);
const RUNS = isQuick ? 1 : 5;
const SESSIONS = 4;

/** A quick run stops creating routines then: on a busy machine that takes longer than all the rest. */
const CREATE_MS = isQuick ? 18_000 : Number.POSITIVE_INFINITY;

/** One routine in a hundred compares a parameter with a column of another collation; the others with numbers. */
const PLANTED = 100;

/** A scan of 10,000 routines of some statements each, from the first question to the last finding. */
export async function measureScan(bench: BenchServer): Promise<void> {
  const database = await bench.database("utf8mb4_general_ci");
  const shard = bench.shard(database);
  await shard.pool.query(
    `CREATE TABLE alerts (id BIGINT PRIMARY KEY, symbol VARCHAR(20) NOT NULL, price DECIMAL(19,6) NOT NULL)
      ENGINE=InnoDB COLLATE utf8mb4_unicode_ci`,
  );
  const begun = performance.now();
  let created = 0;
  const create = async (): Promise<void> => {
    while (created < ROUTINES && performance.now() - begun < CREATE_MS) {
      await shard.pool.query(routine(created++));
    }
  };
  await Promise.all(Array.from({ length: SESSIONS }, create));
  say(`mysql: created ${created} routines in ${Math.round(performance.now() - begun)} ms`);
  if (created < ROUTINES)
    say(`mysql: time was up: scan_ms is of ${created} routines, not ${ROUTINES}`);
  const expected = Math.ceil(created / PLANTED);
  const ours: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const { shards } = await scanPrograms([shard]);
    ours.push(performance.now() - start);
    const found = shards[0]?.findings.length ?? 0;
    if (found !== expected)
      throw new Error(`the scan found ${found} of ${expected} planted faults`);
  }
  say(`mysql: scanned ${created} routines, found the ${expected} planted faults`);
  printFigure({ bench: "mysql", figure: "scan_ms", unit: "ms", better: "lower", ours });
}

function routine(number: number): string {
  const condition = number % PLANTED === 0 ? "symbol = p_symbol" : "price > p_price";
  return `CREATE PROCEDURE routine_${number}(IN p_symbol VARCHAR(20), IN p_price DECIMAL(19,6), OUT p_count BIGINT)
BEGIN
  DECLARE v_price DECIMAL(19,6) DEFAULT 0;
  -- Routine ${number} of many.
  IF p_price IS NULL THEN
    SET v_price = 1.5;
  ELSE
    SELECT MAX(price) INTO v_price FROM alerts WHERE id = ${number};
  END IF;
  UPDATE alerts SET price = v_price WHERE id > 100 AND id < 200;
  SELECT COUNT(*) INTO p_count FROM alerts WHERE ${condition};
END`;
}
