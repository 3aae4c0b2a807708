import { describe, expect, it } from "vitest";
import { ExampleProcess, readText } from "./support/example-process.ts";

const path = "examples/02-close-race.ts";

interface Standing {
  readonly arrived: number;
  readonly reported: number;
  readonly known: number;
  readonly errors: number;
}

function standingOf(lines: readonly string[], name: string): Standing {
  const line = lines.find((candidate) => candidate.startsWith(`${name} `)) ?? "";
  const [arrived, reported, known, errors] = line
    .split(/\s+/)
    .slice(1)
    .map((cell) => Number(cell.replaceAll(",", ""))) as [number, number, number, number];
  return { arrived, reported, known, errors };
}

describe("examples/02-close-race.ts", () => {
  it("loses unsubscribes naively, knows of none barely, and of all 1,000 in order", async () => {
    await using example = new ExampleProcess(path);
    expect(await example.exitCode()).toBe(0);

    const naive = standingOf(example.lines, "naive");
    expect(naive.arrived).toBeLessThan(1_000);
    expect(naive.arrived).toBeGreaterThan(0);
    expect(naive.reported).toBe(1_000);
    // Each that was lost met a socket that was closed already.
    expect(naive.errors).toBe(1_000 - naive.arrived);
    expect(naive.known).toBeLessThanOrEqual(naive.arrived);

    expect(standingOf(example.lines, "bare").known).toBe(0);

    expect(standingOf(example.lines, "orderly")).toEqual({
      arrived: 1_000,
      reported: 1_000,
      known: 1_000,
      errors: 0,
    });
  }, 60_000);

  it("is under 60 lines, and says how to run it", () => {
    const lines = readText(path).split("\n");
    expect(lines.length).toBeLessThan(60);
    expect(lines[0]).toMatch(/^\/\/ Shows .*\. Run: npx tsx examples\/02-close-race\.ts$/);
  });
});
