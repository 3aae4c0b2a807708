import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import ts from "typescript";

/** What the library's own objects are made of: where the names come from that nobody outside can know. */
const INTERNAL_FOLDERS = ["src/session", "src/core", "src/transport"];
/** The wire: what is written there are the names of JSON members. */
const WIRE_FOLDERS = ["src/protocol"];

/**
 * Finds the property names that the browser's bundle may shorten: those that `src/session` and `src/transport`
 * declare, and that occur nowhere in the declarations that users see, in the platform's, on the wire, or
 * in quotes. Whatever is left is reached by our own code alone, which the bundle renames as a whole.
 *
 * @param root - The repository, with a path separator at its end.
 * @param declarations - The entry's `.d.ts` file; the files that it imports are followed.
 */
export async function internalNames(root: string, declarations: string): Promise<string[]> {
  const own = await sourcesIn(root, INTERNAL_FOLDERS);
  const foreign = new Set<string>();
  const reserve = (name: string): unknown => foreign.add(name);
  for (const source of await declarationsFrom(declarations)) forEachIdentifier(source, reserve);
  for (const source of await sourcesIn(root, WIRE_FOLDERS)) forEachIdentifier(source, reserve);
  for (const source of await platformDeclarations()) forEachMember(source, reserve);
  for (const source of own) forEachText(source, reserve);

  const internal = new Set<string>();
  for (const source of own)
    forEachMember(source, (name) => {
      if (!foreign.has(name)) internal.add(name);
    });
  return [...internal].sort();
}

async function sourcesIn(root: string, folders: readonly string[]): Promise<ts.SourceFile[]> {
  const sources: ts.SourceFile[] = [];
  for (const folder of folders) {
    for (const path of await readdir(join(root, folder), { recursive: true })) {
      if (path.endsWith(".ts")) sources.push(await parse(join(root, folder, path)));
    }
  }
  return sources;
}

async function declarationsFrom(entry: string): Promise<ts.SourceFile[]> {
  const found = new Map<string, ts.SourceFile>();
  const visit = async (path: string): Promise<void> => {
    if (found.has(path)) return;
    const source = await parse(path);
    found.set(path, source);
    for (const { fileName } of ts.preProcessFile(source.text).importedFiles) {
      if (fileName.startsWith("."))
        await visit(join(dirname(path), fileName.replace(/\.js$/, ".d.ts")));
    }
  };
  await visit(entry);
  return [...found.values()];
}

/** ECMAScript and the DOM, as the TypeScript package describes them. */
async function platformDeclarations(): Promise<ts.SourceFile[]> {
  const folder = dirname(ts.getDefaultLibFilePath({}));
  const names = (await readdir(folder)).filter((name) => /^lib\.(es|dom)/.test(name));
  return await Promise.all(names.map((name) => parse(join(folder, name))));
}

async function parse(path: string): Promise<ts.SourceFile> {
  return ts.createSourceFile(path, await readFile(path, "utf8"), ts.ScriptTarget.Latest, true);
}

function forEachNode(source: ts.SourceFile, visit: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, walk);
  };
  walk(source);
}

function forEachIdentifier(source: ts.SourceFile, found: (name: string) => void): void {
  forEachNode(source, (node) => {
    if (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) found(node.text);
  });
}

function forEachText(source: ts.SourceFile, found: (name: string) => void): void {
  forEachNode(source, (node) => {
    if (ts.isStringLiteralLike(node)) found(node.text);
  });
}

/** Names of what classes, interfaces and type literals declare. */
function forEachMember(source: ts.SourceFile, found: (name: string) => void): void {
  forEachNode(source, (node) => {
    const declares = ts.isClassElement(node) || ts.isTypeElement(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) found(node.name.text);
  });
}
