import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

const root = new URL("../../", import.meta.url);

async function browserFolder(): Promise<URL> {
  const manifest = new URL("node_modules/@sparticuz/chromium/package.json", root);
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { readonly version: string };
  return new URL(`.cache/chromium-${version}/`, root);
}

/** A browser of the machine's own, for machines that the packaged one does not run on. */
const ownBrowser = process.env["BROWSER_PATH"];

/** Unpacks the browser of the tests once. Moved into its place whole: a run that was cut off leaves no half of it. */
export async function unpackBrowser(): Promise<void> {
  if (ownBrowser !== undefined) return;
  const folder = await browserFolder();
  if (existsSync(folder)) return;
  const aside = new URL(`.cache/chromium-${randomUUID()}/`, root);
  await mkdir(aside, { recursive: true });
  const unpack = fileURLToPath(new URL("./unpack-chromium.ts", import.meta.url));
  execFileSync(process.execPath, ["--import", "tsx", unpack], {
    cwd: root,
    // The name of this platform makes the package unpack the shared libraries that the browser needs.
    env: {
      ...process.env,
      TMPDIR: fileURLToPath(aside),
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  await writeFile(
    new URL("fonts/fonts.conf", aside),
    fontsConfig(fileURLToPath(new URL("fonts/", folder))),
  );
  await rename(aside, folder).catch(async (error: unknown) => {
    // Another run may have been quicker.
    await rm(aside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  });
}

/** Starts the browser that {@link unpackBrowser} has unpacked, or the one at `BROWSER_PATH`. */
export async function launchBrowser(): Promise<Browser> {
  if (ownBrowser !== undefined) {
    return chromium.launch({ executablePath: ownBrowser, args: ["--no-sandbox"] });
  }
  const folder = fileURLToPath(await browserFolder());
  return chromium.launch({
    executablePath: `${folder}chromium`,
    args: ["--no-sandbox"],
    env: {
      ...process.env,
      FONTCONFIG_PATH: `${folder}fonts`,
      LD_LIBRARY_PATH: [`${folder}al2023/lib`, process.env["LD_LIBRARY_PATH"]]
        .filter(Boolean)
        .join(":"),
    },
  });
}

/** Looks at the machine's fonts and at the browser's own, for machines that have none. */
function fontsConfig(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}cache</cachedir>
</fontconfig>
`;
}
