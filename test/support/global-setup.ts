import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds `dist` when it is missing or older than `src`, for tests that use the package as it is published. */
export function setup(): void {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  execFileSync(process.execPath, ["--import", "tsx", "scripts/build.ts", "--if-changed"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
