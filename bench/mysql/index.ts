/**
 * MySQL, against a throwaway server: MariaDB, or what `ORDERLY_MYSQLD` names.
 *
 * - `calls_per_s`: `callProcedure` with IN parameters beside the same CALL through mysql2's `execute`, eight at a time.
 * - `rewritten_calls_per_s`: a procedure as `procedures fix` leaves it (`collate`, and `using` where it applies) beside the
 *   original, both in a schema of one collation, where the original can run.
 * - `scan_ms`: a scan of 10,000 routines.
 * - `rows_per_s`: 10,000 rows inserted idempotently, beside the same by hand.
 */
import { startMysqlServer } from "../../test/support/servers/mysql-server.ts";
import { isQuick, say } from "../support/figures.ts";
import { measureBatch } from "./batch.ts";
import { measureCalls } from "./calls.ts";
import { BenchServer } from "./databases.ts";
import { measureRewritten } from "./rewritten.ts";
import { measureScan } from "./scan.ts";

/** Milliseconds of one sample. */
const SAMPLE_MS = isQuick ? 60 : 300;

const server = await startMysqlServer();
const bench = new BenchServer(server.url);
try {
  const { rows } = await bench.root.execute<{ v: string }>("SELECT VERSION() AS v");
  say(`mysql: server ${rows[0]?.v ?? ""}`);
  await measureCalls(bench, SAMPLE_MS);
  await measureRewritten(bench, SAMPLE_MS);
  await measureBatch(bench);
  await measureScan(bench);
} finally {
  await bench.close();
  await server.stop();
}
