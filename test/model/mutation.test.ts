import { describe, expect, it } from "vitest";
import { MUTANTS, type Mutant } from "./mutants.ts";
import { judge } from "./mutate.ts";

/** The same every time: whether a fault is noticed must not be luck. */
const SEED = 1;
const RUNS = 1_500;
const TIMEOUT_MS = 180_000;

/** How many copies run at a time. */
const slots: (() => void)[] = [];
let free = 2;

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (free === 0) await new Promise<void>((resolve) => slots.push(resolve));
  else free -= 1;
  try {
    return await work();
  } finally {
    const next = slots.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

const titleOf = ({ breaks, client }: Mutant): string =>
  client === "core" ? `the core session, ${breaks}` : breaks;

describe.concurrent("the model turns red when something is broken", { timeout: TIMEOUT_MS }, () => {
  it.each(MUTANTS.map((mutant) => [titleOf(mutant), mutant] as const))(
    "%s",
    async (_title, mutant) => {
      const run = { weather: mutant.noticedBy, runs: RUNS, seed: SEED };
      const { isRed, output } = await inTurn(() => judge(mutant, run));
      expect(isRed, output).toBe(true);
    },
  );

  it("and stays green in a copy where nothing is", async () => {
    const { output } = await inTurn(() => judge(null, { weather: "links", runs: 200, seed: SEED }));
    expect(output).toContain("links: 200 runs");
  });
});

describe("a mutant", () => {
  it("that no longer applies is an error", async () => {
    const [first] = MUTANTS;
    if (first === undefined) throw new Error("there are mutants");
    const stale = { ...first, find: "a line that is not there" };
    await expect(judge(stale, { weather: "calm", runs: 1, seed: SEED })).rejects.toThrow(
      "no longer applies",
    );
  });
});
