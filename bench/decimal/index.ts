/**
 * Speed and memory of DECIMAL values beside big.js, decimal.js, bignumber.js and dinero.js: a process for
 * each library, the same inputs, interleaved, the median of five runs.
 *
 * `add` and its like are of 1 to 8 integer and 6 fraction digits, `add_13` of 13 and 6.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isQuick, printFigure } from "../support/figures.ts";
import type { Size } from "./inputs.ts";
import { type LibraryName, OURS, PEERS } from "./libraries/index.ts";
import { FIGURES } from "./library.ts";
import { type Answers, type Request, serve } from "./measure.ts";

const RUNS = 5;
const BENCH = "decimal";
const CHILD_FLAG = "--library";

const flag = process.argv.indexOf(CHILD_FLAG);
if (flag === -1) await measureAll();
else await serve(process.argv[flag + 1] as LibraryName);

async function ask<Answer>(child: ChildProcess, request: Request): Promise<Answer> {
  const answered = once(child, "message");
  child.send(request);
  const [answer] = (await answered) as [Answer];
  return answer;
}

async function start(name: LibraryName): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), [CHILD_FLAG, name], {
    execArgv: [...process.execArgv, "--expose-gc", "--single-threaded-gc"],
    // Standard output is for the report alone.
    stdio: ["ignore", 2, 2, "ipc"],
  });
  await once(child, "message");
  return child;
}

async function measureAll(): Promise<void> {
  const names: readonly LibraryName[] = [OURS, ...PEERS];
  const children = new Map<LibraryName, ChildProcess>();
  for (const name of names) children.set(name, await start(name));
  try {
    for (const size of ["short", "long"] as const) {
      await checkAnswers(children, size);
      await measureSize(children, size);
    }
  } finally {
    for (const child of children.values()) child.kill();
  }
}

/** Stops where a library computes something else: its speed would mean nothing. */
async function checkAnswers(
  children: ReadonlyMap<LibraryName, ChildProcess>,
  size: Size,
): Promise<void> {
  let ours: Answers = {};
  for (const [name, child] of children) {
    const answers = await ask<Answers>(child, { ask: "answers", size });
    if (name === OURS) ours = answers;
    for (const figure of FIGURES) {
      answers[figure]?.forEach((answer, index) => {
        const expected = ours[figure]?.[index];
        // −0 is the one thing that the others have and a DECIMAL has not.
        if (answer === expected || (answer === "-0.000000" && expected === "0.000000")) return;
        throw new Error(`${name} ${figure} of input ${index}: ${answer}, ours ${expected}`);
      });
    }
  }
}

async function measureSize(
  children: ReadonlyMap<LibraryName, ChildProcess>,
  size: Size,
): Promise<void> {
  const forMs = isQuick ? 25 : 250;
  const suffix = size === "short" ? "" : "_13";
  for (const figure of FIGURES) {
    await measureFigure(children, {
      figure: `${figure}${suffix}`,
      unit: "1/s",
      better: "higher",
      once: (child) => ask<number | null>(child, { ask: "speed", size, figure, forMs }),
    });
  }
  await measureFigure(children, {
    figure: `bytes_per_value${suffix}`,
    unit: "B",
    better: "lower",
    once: (child) =>
      ask<number | null>(child, { ask: "memory", size, values: isQuick ? 100_000 : 200_000 }),
  });
}

interface Measurement {
  readonly figure: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly once: (child: ChildProcess) => Promise<number | null>;
}

async function measureFigure(
  children: ReadonlyMap<LibraryName, ChildProcess>,
  { once: measure, ...figure }: Measurement,
): Promise<void> {
  const runs = new Map<LibraryName, number[]>();
  // The first round warms up.
  for (let round = 0; round <= RUNS; round += 1) {
    for (const [name, child] of children) {
      const value = await measure(child);
      if (value === null || round === 0) continue;
      runs.set(name, [...(runs.get(name) ?? []), value]);
    }
  }
  const ours = runs.get(OURS) as number[];
  for (const name of PEERS) {
    const theirs = runs.get(name);
    if (theirs !== undefined) printFigure({ bench: BENCH, ...figure, ours, peer: name, theirs });
  }
}
