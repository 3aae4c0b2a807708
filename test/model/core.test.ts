import { describe, expect, it } from "vitest";
import { PATH, SCALE, SEED } from "./report.ts";
import { runHostile, runModel } from "./run.ts";

const WORLDS = [
  ["calm", 1_000 * SCALE, "acks everything, and misses nothing, in %s worlds without a fault"],
  ["links", 3_000 * SCALE, "holds in %s worlds whose links are lost, refused and replaced"],
  [
    "frames",
    3_000 * SCALE,
    "holds in %s worlds whose frames are dropped, doubled, delayed and reordered",
  ],
] as const;
const HOSTILE_RUNS = 1_500 * SCALE;
const TIMEOUT_MS = 120_000 * SCALE;
const OPTIONS = { seed: SEED, path: PATH, client: "core" } as const;

describe("the model of the core session", () => {
  for (const [weather, worlds, claim] of WORLDS) {
    it(
      `${claim.replace("%s", String(worlds))}, MODEL_SEED=${SEED}`,
      async () => {
        const { runs, commands } = await runModel(weather, { runs: worlds, ...OPTIONS });
        if (PATH === undefined) expect(commands / runs).toBeGreaterThanOrEqual(25);
      },
      TIMEOUT_MS,
    );
  }

  it(
    `keeps every promise, whatever is said to it, in ${HOSTILE_RUNS} worlds`,
    async () => {
      await runHostile({ runs: HOSTILE_RUNS, ...OPTIONS });
    },
    TIMEOUT_MS,
  );
});
