import { sizeOf } from "../support/figures.ts";

/** Sessions of each pool. */
export const SESSIONS = 4;

/** Calls at the same time: more than sessions, so that none is ever idle. */
const IN_FLIGHT = 8;

/** Runs of each side, after one that warms up: many short ones, so that what else the machine does falls on both sides. */
export const RUNS: number = sizeOf("runs", 31);

/** Calls a second over so many milliseconds. */
export async function ratePerSecond(call: () => Promise<unknown>, forMs: number): Promise<number> {
  let done = 0;
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - start < forMs) {
      await call();
      done++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (done / (performance.now() - start)) * 1_000;
}

/** Measures two sides in turns, and which goes first in turns too. Returns one value a run of each. */
export async function inTurns(
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
  runs = RUNS,
): Promise<{ readonly ours: number[]; readonly theirs: number[] }> {
  const values = { ours: [] as number[], theirs: [] as number[] };
  for (let run = 0; run <= runs; run++) {
    const order = run % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
    for (const side of order) {
      const value = await (side === "ours" ? ours() : theirs());
      // The first round prepares the statements and compiles.
      if (run > 0) values[side].push(value);
    }
  }
  return values;
}
