import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

/** Every file path named under an entry of `exports`, whatever the conditions. */
function targets(entry: unknown): string[] {
  if (typeof entry === "string") return [entry];
  return Object.values(entry as Readonly<Record<string, unknown>>).flatMap(targets);
}

/** The modules outside `dist` that a file of `dist` loads, directly or through its chunks. */
function externals(file: string): string[] {
  const seen = new Set<string>();
  const found = new Set<string>();
  const visit = (url: URL): void => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    for (const { fileName } of ts.preProcessFile(readFileSync(url, "utf8")).importedFiles) {
      if (fileName.startsWith(".")) visit(new URL(fileName, url));
      else found.add(fileName);
    }
  };
  visit(new URL(file, root));
  return [...found].sort();
}

describe("the built package", () => {
  it.each(Object.entries(manifest.exports))(
    "has every file that the entry %s names",
    (_name, entry) => {
      const files = targets(entry);
      expect(files).not.toEqual([]);
      for (const file of files) expect(readFileSync(new URL(file, root), "utf8")).not.toBe("");
    },
  );

  it.each(["dist/browser.js", "dist/protocol.js", "dist/recording-browser.js"])(
    "keeps ws and Node out of %s",
    (file) => {
      expect(externals(file).filter((name) => name !== "eventemitter3")).toEqual([]);
    },
  );

  it.each(["dist/core-browser.js", "dist/core-with-authentication-browser.js"])(
    "keeps everything out of %s: ws, Node, and eventemitter3, too",
    (file) => {
      expect(externals(file)).toEqual([]);
      // Nor are they bundled, or what stands for an emitter in the whole session's bundle.
      const map = readFileSync(new URL(`${file}.map`, root), "utf8");
      const { sources } = JSON.parse(map) as { readonly sources: readonly string[] };
      const ours = /^\.\.\/src\/(?:core|protocol|session|transport)\/(?!browser-emitter|ws-|node-)/;
      expect(sources.filter((source) => !ours.test(source))).toEqual([]);
    },
  );

  it("keeps everything but big.js out of dist/decimal.js", () => {
    expect(externals("dist/decimal.js").filter((name) => name !== "big.js")).toEqual([]);
  });

  it.each([
    "dist/index.js",
    "dist/core.js",
    "dist/core-with-authentication.js",
    "dist/server.js",
    "dist/testing.js",
  ])("loads in %s only Node and what package.json depends on", (file) => {
    const declared = new Set(Object.keys(manifest.dependencies));
    const foreign = externals(file).filter(
      (name) => !name.startsWith("node:") && !declared.has(name),
    );
    expect(foreign).toEqual([]);
  });

  it.each(["ES2022", "ES2023"])(
    "compiles for a page by its declarations alone: lib %s and the DOM, no types of Node's",
    { timeout: 60_000 },
    (lib) => {
      const file = fileURLToPath(new URL("test/page.ts", root));
      const code = [
        "",
        "/core",
        "/core/with-authentication",
        "/protocol",
        "/recording",
        "/feeds",
        "/decimal",
      ]
        .map((entry, index) => `export * as e${index} from "orderly-ws${entry}";`)
        .join("\n");
      const options: ts.CompilerOptions = {
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: [],
        lib: [`lib.${lib.toLowerCase()}.d.ts`, "lib.dom.d.ts"],
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        customConditions: ["browser"],
      };
      const host = ts.createCompilerHost(options);
      const { readFile, fileExists, getSourceFile } = host;
      host.readFile = (name) => (name === file ? code : readFile.call(host, name));
      host.fileExists = (name) => name === file || fileExists.call(host, name);
      host.getSourceFile = (name, target, ...rest) =>
        name === file
          ? ts.createSourceFile(name, code, target)
          : getSourceFile.call(host, name, target, ...rest);
      const faults = ts
        .getPreEmitDiagnostics(ts.createProgram([file], options, host))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
      expect(faults).toEqual([]);
    },
  );

  it("gives require() the very objects that import gives", () => {
    const program = `
      const { createRequire } = await import("node:module");
      const require = createRequire(import.meta.url);
      for (const name of ["", "/core", "/core/with-authentication", "/protocol", "/server", "/testing", "/decimal", "/feeds", "/recording"]) {
        const imported = await import("orderly-ws" + name);
        const required = require("orderly-ws" + name);
        for (const key of Object.keys(imported)) {
          if (imported[key] !== required[key]) throw new Error(name + " differs in " + key);
        }
      }
      console.log("same");`;
    const output = execFileSync(
      process.execPath,
      ["--no-warnings", "--input-type=module", "--eval", program],
      { cwd: fileURLToPath(root), encoding: "utf8" },
    );
    expect(output).toBe("same\n");
  });
});
