/** Runs our side of one case, named by the first argument, and sends what was seen to the process that started this one. */
import { OUR_CASES } from "./cases.ts";

const id = process.argv[2] ?? "";
const run = OUR_CASES[id];
if (run === undefined)
  throw new Error(`no case ${id}; there are ${Object.keys(OUR_CASES).join(", ")}`);
process.send?.(await run(), () => process.exit(0));
