import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const stamp = new URL(".cache/dist-fingerprint", root);
const settings = [
  "package.json",
  "tsconfig.json",
  "tsup.config.ts",
  "scripts/browser-bundle.ts",
  "scripts/internal-names.ts",
  "scripts/record-members.ts",
];

/** Hashes everything that `dist` is made of: names and contents of `src` and the settings of the build. */
export async function sourceFingerprint(): Promise<string> {
  const sources = await readdir(new URL("src/", root), { recursive: true, withFileTypes: true });
  const files = sources
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort();
  const hash = createHash("sha256");
  for (const file of [...settings.map((name) => new URL(name, root)), ...files]) {
    hash
      .update(`${file}\0`)
      .update(await readFile(file))
      .update("\0");
  }
  return hash.digest("hex");
}

/** Tells whether `dist` exists and was built from the present sources. */
export async function isFresh(): Promise<boolean> {
  try {
    await access(new URL("dist/index.js", root));
    return (await readFile(stamp, "utf8")) === (await sourceFingerprint());
  } catch {
    return false;
  }
}

/** Remembers what `dist` was built from. */
export async function recordBuild(fingerprint: string): Promise<void> {
  await mkdir(new URL(".", stamp), { recursive: true });
  await writeFile(stamp, fingerprint);
}
