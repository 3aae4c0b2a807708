import { decimal } from "orderly-ws/decimal";
import { callProcedure } from "orderly-ws/mysql";
import { printFigure, say } from "../support/figures.ts";
import type { BenchServer } from "./databases.ts";
import { inTurns, ratePerSecond, SESSIONS } from "./rate.ts";

const ROWS = 1_000;

/** Point selects through a procedure with three IN parameters, each of another type. */
export async function measureCalls(bench: BenchServer, sampleMs: number): Promise<void> {
  const database = await bench.database("utf8mb4_unicode_ci");
  const pool = bench.ours(database, SESSIONS);
  await pool.query(
    "CREATE TABLE alerts (id BIGINT PRIMARY KEY, symbol VARCHAR(20) NOT NULL, price DECIMAL(19,6) NOT NULL) ENGINE=InnoDB",
  );
  const rows = Array.from({ length: ROWS }, (_, id) => `(${id}, 'S${id}', ${id}.5)`);
  await pool.query(`INSERT INTO alerts VALUES ${rows.join(", ")}`);
  await pool.query(`CREATE PROCEDURE alert_of(IN p_id BIGINT, IN p_price DECIMAL(19,6), IN p_symbol VARCHAR(20))
    SELECT id, symbol, price FROM alerts WHERE id = p_id AND price <= p_price AND symbol <> p_symbol`);
  const bare = bench.bare(database, SESSIONS);
  const target = { database, pool };
  const price = decimal(19, 6).parse("999999.123456");
  let next = 0;
  const ours = () =>
    callProcedure(target, "alert_of", { p_id: next++ % ROWS, p_price: price, p_symbol: "none" });
  const theirs = () =>
    bare.execute("CALL alert_of(?, ?, ?)", [next++ % ROWS, "999999.123456", "none"]);
  const [ourRows] = [(await ours()).rows];
  const [[theirRows]] = (await theirs()) as unknown as [[unknown[]]];
  if (ourRows.length !== 1 || theirRows.length !== 1) throw new Error("the procedure gave no row");
  const cpu = { ours: new CpuShare(ours), theirs: new CpuShare(theirs) };
  const values = await inTurns(
    () => cpu.ours.rate(sampleMs),
    () => cpu.theirs.rate(sampleMs),
  );
  // The server has the other core, and whatever else runs here: this process is what the two sides differ in.
  say(
    `mysql: CPU of this process a call: ours ${cpu.ours.usPerCall} µs, mysql2 ${cpu.theirs.usPerCall} µs`,
  );
  printFigure({
    bench: "mysql",
    figure: "calls_per_s",
    unit: "1/s",
    better: "higher",
    peer: "mysql2",
    ...values,
  });
}

/** Calls, and what they cost this process. */
class CpuShare {
  readonly #call: () => Promise<unknown>;
  #calls = 0;
  #us = 0;

  constructor(call: () => Promise<unknown>) {
    this.#call = call;
  }

  rate(forMs: number): Promise<number> {
    const begun = process.cpuUsage();
    const counted = (): Promise<unknown> => {
      this.#calls++;
      return this.#call();
    };
    return ratePerSecond(counted, forMs).finally(() => {
      const { user, system } = process.cpuUsage(begun);
      this.#us += user + system;
    });
  }

  get usPerCall(): string {
    return (this.#us / this.#calls).toFixed(1);
  }
}
