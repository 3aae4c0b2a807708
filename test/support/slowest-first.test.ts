import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { TestSpecification, Vitest } from "vitest/node";
import { SLOWEST, SlowestFirst } from "./slowest-first.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What a sequencer reads of a file that Vitest knows nothing of. */
function specification(path: string): TestSpecification {
  const project = { name: "source", config: { isolate: true, sequence: { groupOrder: 0 } } };
  return { moduleId: `${root}${path}`, project } as unknown as TestSpecification;
}

describe("SlowestFirst", () => {
  it("names files that are there", () => {
    expect(SLOWEST.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
  });

  it("starts with the slowest, and leaves the others as Vitest has them", async () => {
    const cache = { getFileTestResults: () => undefined, getFileStats: () => undefined };
    const sequencer = new SlowestFirst({ config: { root }, cache } as unknown as Vitest);
    const [first = "", second = ""] = SLOWEST;
    const files = ["test/b.test.ts", second, "test/a.test.ts", first].map(specification);
    const sorted = (await sequencer.sort(files)).map(({ moduleId }) => moduleId);
    expect(sorted).toEqual(
      [first, second, "test/b.test.ts", "test/a.test.ts"].map((path) => `${root}${path}`),
    );
  });
});
