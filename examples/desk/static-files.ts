import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file as it is served. */
export interface StaticFile {
  /** Its MIME type. */
  readonly type: string;
  /** Its bytes. */
  readonly body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Reads everything that is ever served into memory, by its URL path. A path that is not among them does not exist,
 * whatever it says, so none can lead outside.
 *
 * @returns The page under `/`, and the library's build, its entry for browsers among it, under `/orderly-ws/`. The page has
 *   no build step: its import map says where the package is.
 */
export async function loadStaticFiles(): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  await addFolder(files, "/", fileURLToPath(new URL("page/", import.meta.url)));
  const library = new URL(".", import.meta.resolve("orderly-ws"));
  await addFolder(files, "/orderly-ws/", fileURLToPath(library));
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return files;
}

async function addFolder(
  files: Map<string, StaticFile>,
  prefix: string,
  folder: string,
): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const url = prefix + path.slice(folder.length).replaceAll("\\", "/");
    files.set(url, { type, body: await readFile(path) });
  }
}
