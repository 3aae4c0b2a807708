import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import { minify } from "terser";
import ts from "typescript";
import { internalNames } from "./internal-names.ts";
import { MARKED_MEMBER, markRecordMembers } from "./record-members.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** A bundle for browsers, and what it is made of. */
export interface BrowserBundle {
  readonly code: string;
  readonly map: string;
  readonly metafile: Metafile;
}

/**
 * Bundles source text for browsers into one minified file: internal property names shortened, the texts of
 * errors left out, eventemitter3 replaced by what is used of it.
 *
 * @param contents - A module, importing relative to the repository.
 * @param declarations - The built `.d.ts` file of the browser's entry: the names that must stay.
 * @param name - Of the file that it will be, without its ending.
 */
export async function bundleForBrowsers(
  contents: string,
  declarations: string,
  name = "browser",
): Promise<BrowserBundle> {
  const names = await internalNames(root, declarations);
  const bundle = await build({
    stdin: { contents, resolveDir: root, sourcefile: "browser.ts" },
    outfile: `dist/${name}.js`,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    sourcemap: "external",
    metafile: true,
    write: false,
    mangleProps: new RegExp(`^(?:${names.join("|")}|${MARKED_MEMBER})$`),
    alias: { eventemitter3: `${root}src/transport/browser-emitter.ts` },
    plugins: [withoutErrorTexts],
  });
  const [map, code] = bundle.outputFiles.map(({ text }) => text);
  if (map === undefined || code === undefined) throw new Error("bug: esbuild wrote no bundle");
  const small = await minify(
    { [`${name}.js`]: code },
    {
      module: true,
      ecma: 2020,
      compress: {
        passes: 3,
        // A function that is used once stays where it is: inside another one its variables have rarer names, since a bundler
        // that renames once more numbers them on from those around it.
        reduce_funcs: false,
        // Longer, and smaller once it is compressed.
        sequences: false,
        pure_getters: true,
        keep_fargs: false,
        unsafe_arrows: true,
        unsafe_methods: true,
      },
      sourceMap: { content: map, filename: `${name}.js`, url: `${name}.js.map` },
    },
  );
  if (small.code === undefined) throw new Error("bug: terser wrote no code");
  return { code: small.code, map: String(small.map), metafile: bundle.metafile };
}

/** The entries that browsers load, by the name of their file in `dist`. */
const BROWSER_ENTRIES = {
  browser: "src/browser.ts",
  "core-browser": "src/core/browser.ts",
  "core-with-authentication-browser": "src/core/with-authentication-browser.ts",
};

/** Writes the entries of browsers into a folder, `/` at its end, where their declarations are already. */
export async function writeBrowserEntries(folder: string): Promise<void> {
  for (const [name, source] of Object.entries(BROWSER_ENTRIES)) {
    const { code, map } = await bundleForBrowsers(
      `export * from "./${source}";`,
      `${folder}${name}.d.ts`,
      name,
    );
    await writeFile(`${folder}${name}.js`, code);
    await writeFile(`${folder}${name}.js.map`, map);
  }
}

/**
 * Leaves out what errors say to people, which is a twentieth of the bundle: an error without a text says its
 * code, and where that is explained. Nothing in a text may matter to the program.
 */
const withoutErrorTexts: Plugin = {
  name: "without-error-texts",
  setup(bundler) {
    bundler.onLoad({ filter: /\/src\/(core|session|protocol)\/.*\.ts$/ }, async ({ path }) => ({
      contents: withoutTexts(path, await sourceOf(path)),
      loader: "ts",
    }));
  },
};

let markedSources: ReadonlyMap<string, string> | undefined;

async function sourceOf(path: string): Promise<string> {
  if (path.startsWith(`${root}src/core/`)) markedSources ??= markRecordMembers(root);
  return markedSources?.get(path) ?? (await readFile(path, "utf8"));
}

/** What is given a text for people, and in which argument. */
const TEXT_ARGUMENTS: ReadonlyMap<string, number> = new Map([
  ["SessionError", 1],
  ["badAnswer", 1],
  ["invalid", 0],
]);

function withoutTexts(path: string, text: string): string {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const spans: (readonly [start: number, end: number, instead: string])[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      ts.isIdentifier(node.expression)
    ) {
      const index = TEXT_ARGUMENTS.get(node.expression.text) ?? Infinity;
      const message = node.arguments?.[index];
      const before = node.arguments?.[index - 1];
      const isLast = message === node.arguments?.at(-1);
      // An error takes none for an empty one; what a function makes of a text is a text.
      if (message !== undefined && before !== undefined && isLast && ts.isNewExpression(node))
        spans.push([before.end, message.end, ""]);
      else if (message !== undefined) spans.push([message.getStart(), message.end, '""']);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let result = text;
  for (const [start, end, instead] of spans.toReversed())
    result = result.slice(0, start) + instead + result.slice(end);
  return result;
}
