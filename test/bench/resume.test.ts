import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../bench/run.ts", import.meta.url));

it("npm run bench -- resume prints its two figures against both peers, one JSON object a line", async () => {
  const args = ["--import", "tsx", script, "resume", "--sockets=200", "--rounds=1"];
  const { stdout, stderr } = await run(process.execPath, args);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ figure, peer }) => `${figure} ${peer}`)).toEqual([
    "recovered_ms cold",
    "server_cpu_ms cold",
    "recovered_ms subscribe",
    "server_cpu_ms subscribe",
  ]);
  for (const { ours, theirs, ratio } of lines) {
    for (const value of [ours, theirs, ratio]) expect(value).toBeGreaterThan(0);
  }
  expect(stderr).toContain("resume: 200 sessions in");
});
