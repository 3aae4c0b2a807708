import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const guides = readdirSync(`${root}docs/guides`).filter((name) => name.endsWith(".md"));
const WORLD = readFileSync(`${root}test/docs/guide-world.ts`, "utf8");
const NAMES = [...WORLD.matchAll(/export (?:declare )?(?:const|function|interface) (\w+)/g)].map(
  ([, name]) => name as string,
);

/** The code of every `ts` fence, as a module that imports what it uses and does not declare. */
function pieces(): ReadonlyMap<string, string> {
  const modules = new Map<string, string>();
  for (const guide of guides) {
    const text = readFileSync(`${root}docs/guides/${guide}`, "utf8");
    for (const [index, [, code = ""]] of [...text.matchAll(/```ts\n([\s\S]*?)```/g)].entries()) {
      const used = NAMES.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
      const declared = (name: string): boolean =>
        new RegExp(`(?:const|interface|function) ${name}\\b`).test(code);
      const imports = used
        .filter((name) => !declared(name))
        .map((name) => (name === "MarketApi" ? `type ${name}` : name))
        .join(", ");
      const head = imports === "" ? "export {};" : `import { ${imports} } from "./guide-world.ts";`;
      modules.set(`${root}test/docs/${guide}-${index + 1}.ts`, `${head}\n${withImports(code)}`);
    }
  }
  return modules;
}

/** Names that a later piece takes from the imports of an earlier one. */
function withImports(code: string): string {
  const missing = [
    ["SessionServer", "orderly-ws/server"],
    ["Session", "orderly-ws"],
  ].filter(
    ([name]) =>
      new RegExp(`new ${name}\\b`).test(code) && !new RegExp(`import .*\\b${name}\\b`).test(code),
  );
  return [...missing.map(([name, from]) => `import { ${name} } from "${from}";`), code].join("\n");
}

describe("docs/guides", () => {
  it("holds code that compiles against the library", { timeout: 60_000 }, () => {
    const modules = pieces();
    expect(modules.size).toBeGreaterThan(10);
    const config = ts.getParsedCommandLineOfConfigFile(
      `${root}tsconfig.check.json`,
      { noEmit: true },
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
          throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
        },
      },
    );
    const options = { ...config?.options, noUnusedLocals: false, noUnusedParameters: false };
    const host = ts.createCompilerHost(options);
    const readFile = host.readFile.bind(host);
    const fileExists = host.fileExists.bind(host);
    const getSourceFile = host.getSourceFile.bind(host);
    host.readFile = (name) => modules.get(name) ?? readFile(name);
    host.fileExists = (name) => modules.has(name) || fileExists(name);
    host.getSourceFile = (name, target, ...rest) => {
      const code = modules.get(name);
      return code === undefined
        ? getSourceFile(name, target, ...rest)
        : ts.createSourceFile(name, code, target);
    };
    const program = ts.createProgram([...modules.keys()], options, host);
    const faults = [...modules.keys()].flatMap((name) => {
      const source = program.getSourceFile(name);
      return [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ].map(
        (diagnostic) =>
          `${name.slice(root.length)}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`,
      );
    });
    expect(faults).toEqual([]);
  });
});
