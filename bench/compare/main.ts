/**
 * Runs the moments at which WebSocket libraries differ, against other packages and against ours: `npm run compare`.
 *
 * One line of JSON a case on standard output, the same for people on standard error. `--write` renews the table of
 * `docs/comparison.md`; names of cases (`R2 R8a`) run these alone. Exit code 1 where ours does not keep its promise,
 * or a case did not run.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { CASES, type CompareCase } from "./catalogue.ts";
import { installPeers, pinnedVersions } from "./peers.ts";
import { runApart } from "./run-apart.ts";
import { type CompareResult, placeTable, toJsonLine, toTable, toText } from "./table.ts";

const DOCUMENT = new URL("../../docs/comparison.md", import.meta.url);

const args = process.argv.slice(2);
const wanted = args.filter((arg) => !arg.startsWith("--"));
const isWriting = args.includes("--write");
const unknown = [
  ...wanted.filter((id) => !CASES.some((each) => each.id === id)),
  ...args.filter((arg) => arg.startsWith("--") && arg !== "--write"),
];
if (unknown.length > 0 || (isWriting && wanted.length > 0)) {
  const ids = CASES.map(({ id }) => id).join(", ");
  console.error(`usage: npm run compare -- [case …] | --write\ncases: ${ids}`);
  process.exit(2);
}

async function runCase(each: CompareCase, version: string): Promise<CompareResult> {
  const peer = await runApart("peers/run.js", each.script);
  const ours = await runApart("ours/run.ts", each.id);
  return { case: each, version, peer, ours };
}

await installPeers();
const versions = pinnedVersions();
const results: CompareResult[] = [];
for (const each of CASES) {
  if (wanted.length > 0 && !wanted.includes(each.id)) continue;
  try {
    const result = await runCase(each, versions.get(each.package) ?? "unknown");
    results.push(result);
    console.log(toJsonLine(result));
    console.error(toText(result));
    if (result.ours.holds !== true) process.exitCode = 1;
  } catch (error) {
    console.error(`${each.id}  ${each.package}:`, error);
    process.exitCode = 1;
  }
}
if (isWriting && results.length === CASES.length) {
  const date = new Date().toISOString().slice(0, "2026-11-22".length);
  const node = process.versions.node.split(".").slice(0, 2).join(".");
  const table = toTable(results, `${date}, Node ${node}, loopback`);
  writeFileSync(DOCUMENT, placeTable(readFileSync(DOCUMENT, "utf8"), table));
} else if (isWriting) {
  console.error("the table is left as it was: not every case ran");
}
