import { describe, expect, it } from "vitest";
import { ExampleProcess, readText } from "./support/example-process.ts";

const path = "examples/01-quickstart.ts";
const source = readText(path);

describe("examples/01-quickstart.ts", () => {
  it("connects, subscribes, orders and closes with a clean receipt, then ends by itself", async () => {
    await using example = new ExampleProcess(path);
    expect(await example.exitCode()).toBe(0);
    // Client and server share the process: each side's lines are in order, the two sides interleave.
    const linesOf = (side: string) => example.lines.filter((line) => line.startsWith(side));
    expect(linesOf("client: ")).toEqual([
      "client: disconnected -> connecting",
      "client: connecting -> connected",
      "client: connected -> subscribing",
      "client: subscribing -> subscribed",
      "client: subscribed -> closing",
      "client: AAPL #1 at 187.20",
      "client: AAPL #2 at 187.21",
      "client: closing -> closed",
      "client: order acked by frame: id 1",
      "client: clean true, unsubscribed quotes:AAPL",
      'client: last seq {"quotes:AAPL":2}, close code 1000',
    ]);
    expect(linesOf("server: ")).toEqual([
      "server: order for 10 AAPL",
      "server: closed, clean true",
    ]);
    expect(example.lines).toHaveLength(13);
  });

  it("is under 60 lines, says how to run it, and imports the package by its public names alone", () => {
    const lines = source.split("\n");
    expect(lines.length).toBeLessThan(60);
    expect(lines[0]).toMatch(/^\/\/ Shows .*\. Run: npx tsx examples\/01-quickstart\.ts$/);
    expect([...source.matchAll(/from "(.*)"/g)].map((match) => match[1])).toEqual([
      "orderly-ws",
      "orderly-ws/server",
    ]);
  });

  it("is what README.md shows, word for word, in at most 22 lines", () => {
    const [, shown = ""] = /```ts\n([\s\S]*?)```/.exec(readText("README.md")) ?? [];
    expect(shown.split("\n").length).toBeGreaterThan(15);
    expect(shown.split("\n").length).toBeLessThanOrEqual(22);
    expect(source).toContain(shown);
  });
});
