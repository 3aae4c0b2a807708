import { describe, expect, it } from "vitest";
import { PATH, SCALE, SEED } from "./report.ts";
import { runModel } from "./run.ts";

const RUNS = 2_000 * SCALE;

describe("the model", () => {
  it(
    `acks everything, and misses nothing, in ${RUNS} worlds without a fault, MODEL_SEED=${SEED}`,
    async () => {
      const { runs, commands } = await runModel("calm", { runs: RUNS, seed: SEED, path: PATH });
      if (PATH === undefined) expect(commands / runs).toBeGreaterThanOrEqual(25);
    },
    120_000 * SCALE,
  );
});
