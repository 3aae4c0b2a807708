import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { unpackBrowser } from "./browser.ts";

/** Readies what tests of the package as it is published need: a `dist` of the present sources, and a browser. */
export async function setup(): Promise<void> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  execFileSync(process.execPath, ["--import", "tsx", "scripts/build.ts", "--if-changed"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await unpackBrowser();
}
