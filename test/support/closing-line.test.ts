import { describe, expect, it } from "vitest";
import { tally } from "./closing-line.ts";

type Module = Parameters<typeof tally>[0][number];
type State = "passed" | "failed" | "skipped" | "pending";

function moduleOf(states: readonly State[], errors = 0, suiteErrors = 0): Module {
  const failures = (count: number) => Array.from({ length: count }, () => new Error("load"));
  return {
    errors: () => failures(errors),
    children: {
      allSuites: () => [{ errors: () => failures(suiteErrors) }],
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
    },
  } as unknown as Module;
}

describe("tally", () => {
  it("adds up the tests of all files by their state", () => {
    const modules = [moduleOf(["passed", "failed"]), moduleOf(["passed", "skipped", "pending"])];
    expect(tally(modules, [])).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it("counts a file or a suite that could not run, and a stray error, as failures", () => {
    expect(tally([moduleOf([], 1), moduleOf(["passed"], 0, 1)], [new Error("stray")])).toEqual({
      passed: 1,
      failed: 3,
      skipped: 0,
    });
  });
});
