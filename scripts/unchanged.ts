/** Fails when a generated folder differs from what is committed: `tsx scripts/unchanged.ts <folder>`. */
import { execFileSync } from "node:child_process";

const folder = process.argv[2];
if (folder === undefined) throw new TypeError("usage: tsx scripts/unchanged.ts <folder>");
const changes = execFileSync("git", ["status", "--porcelain", "--", folder], { encoding: "utf8" });
if (changes !== "") {
  console.error(
    `${folder} is not what is committed; look at the change and commit it:\n${changes}`,
  );
  process.exitCode = 1;
}
