import { describe, expect, it } from "vitest";
import { runDelivery } from "./delivery-model.ts";
import { PATH, SCALE, SEED } from "./report.ts";

const RUNS = 1_500 * SCALE;

describe("the model of delivery", () => {
  it(
    `counts every event, under every policy, in ${RUNS} worlds whose links stall, are cut and lead to new servers, MODEL_SEED=${SEED}`,
    async () => {
      const { runs, conflated, gaps } = await runDelivery({ runs: RUNS, seed: SEED, path: PATH });
      if (PATH !== undefined) return;
      expect(runs).toBe(RUNS);
      // Else it would prove nothing.
      expect([conflated > RUNS, gaps > RUNS / 4]).toEqual([true, true]);
    },
    120_000 * SCALE,
  );
});
