import { describe, it } from "vitest";
import { PATH, SCALE, SEED } from "./report.ts";
import { runHostile } from "./run.ts";

const RUNS = 3_000 * SCALE;

describe("a session in front of a hostile peer", () => {
  it(
    `keeps every promise, whatever is said to it, in ${RUNS} worlds, MODEL_SEED=${SEED}`,
    async () => {
      await runHostile({ runs: RUNS, seed: SEED, path: PATH });
    },
    120_000 * SCALE,
  );
});
