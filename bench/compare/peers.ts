import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("./peers/", import.meta.url);

/** Ten minutes: a first install on a slow line. */
const INSTALL_LIMIT_MS = 600_000;

/** Reads the one version of each package that is compared. */
export function pinnedVersions(): ReadonlyMap<string, string> {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return new Map(Object.entries(dependencies));
}

function installedVersion(name: string): string | undefined {
  try {
    const manifest = readFileSync(new URL(`node_modules/${name}/package.json`, folder), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    return undefined;
  }
}

function missing(): readonly string[] {
  return [...pinnedVersions()]
    .filter(([name, version]) => installedVersion(name) !== version)
    .map(([name, version]) => `${name}@${version}`);
}

/**
 * Installs the packages that are compared, into a folder of their own, where one of them is not there in its version.
 *
 * @throws Error when the install fails, or leaves something out.
 */
export async function installPeers(): Promise<void> {
  const before = missing();
  if (before.length === 0) return;
  console.error(`installing ${before.join(", ")}`);
  const options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"];
  const child = spawn("npm", ["install", ...options], {
    cwd: fileURLToPath(folder),
    // Standard output is for the results.
    stdio: ["ignore", 2, 2],
    timeout: INSTALL_LIMIT_MS,
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  const after = missing();
  if (code !== 0 || after.length > 0) {
    throw new Error(
      `npm install ended with ${code}; still missing: ${after.join(", ") || "nothing"}`,
    );
  }
}
