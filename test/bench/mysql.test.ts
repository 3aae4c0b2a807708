import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../bench/run.ts", import.meta.url));

it("npm run bench -- mysql prints its figures, one JSON object a line", async () => {
  const args = ["--import", "tsx", script, "mysql", "--quick", "--runs=1", "--routines=200"];
  const { stdout, stderr } = await run(process.execPath, args);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const figures = lines.map(({ figure, peer }) => `${figure} ${peer}`);
  expect(figures).toEqual(
    expect.arrayContaining([
      "calls_per_s mysql2",
      "rewritten_calls_per_s original",
      "rows_per_s mysql2",
      "scan_ms undefined",
    ]),
  );
  for (const { ours, peer, theirs, ratio } of lines) {
    expect(ours).toBeGreaterThan(0);
    if (peer === undefined) continue;
    for (const value of [theirs, ratio]) expect(value).toBeGreaterThan(0);
  }
  expect(stderr).toContain("mysql: scanned 200 routines, found the 2 planted faults");
}, 60_000);
