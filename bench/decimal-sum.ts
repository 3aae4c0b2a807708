/**
 * Adds 10 million amounts up: `DecimalSum` beside a loop over JavaScript numbers, and how far the numbers are
 * from the truth. A process for each, interleaved, the median of five runs.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { DECIMAL_38_6, type Decimal, DecimalSum } from "orderly-ws/decimal";
import { isQuick, printFigure } from "./support/figures.ts";

const RUNS = 5;
const BENCH = "decimal-sum";
const CHILD_FLAG = "--sum-of";

/** Distinct amounts; the sum goes round them, so that memory is not what is measured. */
const DISTINCT = 100_000;

type Kind = "decimals" | "numbers";

/** One run: how fast, and the sum as text. */
interface Run {
  readonly amountsPerSecond: number;
  readonly sum: string;
}

const flag = process.argv.indexOf(CHILD_FLAG);
if (flag === -1) await compare(isQuick ? 2_000_000 : 10_000_000);
else serve(process.argv[flag + 1] as Kind);

/** Amounts of trades, from 0.000001 to 99,999,999.999999, the same in each process. */
function amounts(): Decimal[] {
  let state = 20_230_125;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return Array.from({ length: DISTINCT }, () =>
    DECIMAL_38_6.fromUnits(BigInt(below(100_000_000)) * 1_000_000n + BigInt(below(1_000_000)) + 1n),
  );
}

function serve(kind: Kind): void {
  const values = amounts();
  const numbers = values.map((value) => Number(value.toString()));
  process.on("message", (count: number) => {
    // The processor's time: other processes on the machine do not count.
    const start = process.cpuUsage();
    const sum = kind === "decimals" ? sumDecimals(values, count) : sumNumbers(numbers, count);
    const { user, system } = process.cpuUsage(start);
    const elapsedMs = (user + system) / 1000;
    process.send?.({ amountsPerSecond: (count / elapsedMs) * 1000, sum } satisfies Run);
  });
  process.send?.("ready");
}

function sumDecimals(values: readonly Decimal[], count: number): string {
  const sum = new DecimalSum(DECIMAL_38_6);
  for (let done = 0; done < count; done += values.length) sum.addAll(values);
  return sum.total().toString();
}

function sumNumbers(values: readonly number[], count: number): string {
  let sum = 0;
  for (let done = 0; done < count; done += values.length) {
    for (const value of values) sum += value;
  }
  return DECIMAL_38_6.fromUnsafeNumber(sum).value.toString();
}

async function compare(count: number): Promise<void> {
  const children = new Map<Kind, ChildProcess>();
  const runs: Record<Kind, Run[]> = { decimals: [], numbers: [] };
  try {
    for (const kind of ["decimals", "numbers"] as const) {
      const child = fork(fileURLToPath(import.meta.url), [CHILD_FLAG, kind], {
        execArgv: [...process.execArgv, "--single-threaded-gc"],
        stdio: ["ignore", 2, 2, "ipc"],
      });
      children.set(kind, child);
      await once(child, "message");
    }
    // The first round warms up.
    for (let round = 0; round <= RUNS; round += 1) {
      for (const [kind, child] of children) {
        const answered = once(child, "message");
        child.send(count);
        const [run] = (await answered) as [Run];
        if (round > 0) runs[kind].push(run);
      }
    }
  } finally {
    for (const child of children.values()) child.kill();
  }

  printFigure({
    bench: BENCH,
    figure: "amounts_per_s",
    unit: "1/s",
    better: "higher",
    ours: runs.decimals.map((run) => run.amountsPerSecond),
    peer: "number",
    theirs: runs.numbers.map((run) => run.amountsPerSecond),
  });
  const exact = DECIMAL_38_6.sum(amounts()).times(BigInt(count / DISTINCT));
  const microUnitsOff = (run: Run): number =>
    Number(DECIMAL_38_6.parse(run.sum).minus(exact).abs().units);
  for (const [kind, figure] of [
    ["decimals", "error_micro_units"],
    ["numbers", "number_error_micro_units"],
  ] as const) {
    printFigure({
      bench: BENCH,
      figure,
      unit: "1e-6",
      better: "lower",
      ours: runs[kind].map(microUnitsOff),
    });
  }
}
