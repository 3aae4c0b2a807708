/**
 * Says which folder of `src` may import what, and fails where one imports more: `npm run lint`. Types count, and so does
 * every depth of folders; a folder that is not listed here may import nothing.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/**
 * By folder, what it may import beside itself: other folders, single files, packages, and all of Node (`node:`). The longest
 * folder that a file is in counts.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  // The entries of the whole client.
  "": ["session", "protocol", "transport"],
  session: ["protocol", "eventemitter3"],
  protocol: ["session"],
  transport: ["session", "protocol", "node:", "ws"],
  core: [
    "session",
    "protocol",
    "transport/browser-environment.ts",
    "transport/node-environment.ts",
  ],
  backplane: ["protocol"],
  server: ["session", "protocol", "backplane", "node:", "ws", "eventemitter3"],
  feeds: ["session", "decimal", "transport/system-clock.ts"],
  decimal: ["big.js"],
  recording: ["session", "protocol", "transport"],
  mysql: ["decimal", "node:", "mysql2", "umzug"],
  // Pure text.
  "mysql/sql": ["mysql/mysql-error.ts"],
  testing: [
    "session",
    "protocol",
    "server",
    "decimal",
    "transport/system-clock.ts",
    "node:",
    "ws",
    "eventemitter3",
  ],
};

/**
 * Lists what a file imports and may not.
 *
 * @param path - From `src` on, with slashes.
 */
export function forbiddenImports(path: string, text: string): readonly string[] {
  const layer = Object.keys(LAYERS)
    .filter((folder) => isIn(path, folder))
    .sort((a, b) => b.length - a.length)[0];
  const allowed = layer === undefined ? [] : [layer, ...(LAYERS[layer] ?? [])];
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => {
      const target = name.startsWith(".") ? posix.join(posix.dirname(path), name) : name;
      return !allowed.some((one) => isIn(target, one));
    });
}

/** Whether a file is in a folder or is that file, or a module belongs to a package. What is in no folder is in `""`. */
function isIn(path: string, place: string): boolean {
  if (place === "") return !path.includes("/") && path.endsWith(".ts");
  if (place.endsWith(":")) return path.startsWith(place);
  return path === place || path.startsWith(`${place}/`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const src = `${dirname(dirname(fileURLToPath(import.meta.url)))}${sep}src`;
  for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".ts")) continue;
    const file = `${entry.parentPath}${sep}${entry.name}`;
    const path = relative(src, file).replaceAll(sep, "/");
    for (const name of forbiddenImports(path, readFileSync(file, "utf8"))) {
      console.error(`src/${path} imports ${name}: its layer may not (scripts/layers.ts)`);
      process.exitCode = 1;
    }
  }
}
