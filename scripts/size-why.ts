/**
 * Says what a browser's bundle of `{ Session }` is made of: minified bytes by source file, largest first. With `core`, of
 * the core client.
 */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleForBrowsers } from "./browser-bundle.ts";

const [folder, name] = process.argv.includes("core") ? ["core/", "core-browser"] : ["", "browser"];
const { code, metafile } = await bundleForBrowsers(
  `export { Session } from "./src/${folder}browser.ts";`,
  fileURLToPath(new URL(`../dist/${name}.d.ts`, import.meta.url)),
);
const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
inputs.sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput);
for (const [path, { bytesInOutput }] of inputs)
  console.log(`${String(bytesInOutput).padStart(6)} ${path}`);
console.log(
  `${String(code.length).padStart(6)} in all, ${gzipSync(code, { level: 9 }).length} gzip`,
);
