import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

it("examples/03-decimal.ts prices an order book without losing a micro-unit", async () => {
  const { stdout } = await run(process.execPath, ["--import", "tsx", "examples/03-decimal.ts"], {
    cwd: root,
  });
  expect(stdout.trimEnd().split("\n")).toEqual([
    "average 70162.250000, cost ₩14,032,450.000000",
    "limit 70200.000000",
    "fee 210.486750 = 140.324500 + 70.162250",
    "book 70300010842478.956800; in numbers 70300010842478.953125, off by 0.003675 (and 0)",
    "UPDATE books SET total = total + CAST(? AS DECIMAL(38,6)) with 70300010842478.956800",
    "sort key 10000000070200000000",
    '{"limit":"70200.000000","whole":"70300010842478.956800"}',
  ]);
});
