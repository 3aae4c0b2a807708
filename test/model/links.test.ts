import { describe, expect, it } from "vitest";
import { PATH, SCALE, SEED } from "./report.ts";
import { runModel } from "./run.ts";

const RUNS = 5_000 * SCALE;

describe("the model", () => {
  it(
    `holds in ${RUNS} worlds whose links are lost, refused and replaced, MODEL_SEED=${SEED}`,
    async () => {
      const { runs, commands } = await runModel("links", { runs: RUNS, seed: SEED, path: PATH });
      if (PATH === undefined) expect(commands / runs).toBeGreaterThanOrEqual(25);
    },
    120_000 * SCALE,
  );
});
