import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/mysql/cli/commands.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const text = readFileSync(`${root}docs/mysql.md`, "utf8");

/** What the compiler says of the document's code, each fence a module of its own. */
function faults(modules: ReadonlyMap<string, string>): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    `${root}tsconfig.check.json`,
    { noEmit: true, noUnusedLocals: false, noUnusedParameters: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  const host = ts.createCompilerHost(config?.options ?? {});
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (name) => modules.get(name) ?? readFile.call(host, name);
  host.fileExists = (name) => modules.has(name) || fileExists.call(host, name);
  host.getSourceFile = (name, target, ...rest) => {
    const code = modules.get(name);
    if (code === undefined) return getSourceFile.call(host, name, target, ...rest);
    return ts.createSourceFile(name, code, target);
  };
  const program = ts.createProgram([...modules.keys()], config?.options ?? {}, host);
  return [...modules.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
  });
}

describe("docs/mysql.md", () => {
  it("holds code that compiles against the library", { timeout: 60_000 }, () => {
    const fences = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
    expect(fences.length).toBeGreaterThan(3);
    const modules = new Map(
      fences.map((code, index) => [`${root}test/mysql/doc-${index}.ts`, code]),
    );
    expect(faults(modules)).toEqual([]);
    // The check itself sees what is wrong.
    const wrong = new Map([[`${root}test/mysql/doc-wrong.ts`, "export const n: number = 'text';"]]);
    expect(faults(wrong)).toHaveLength(1);
  });

  it("names every command, and none that there is not", () => {
    const named = [...text.matchAll(/orderly-mysql ((?:[a-z]+ ?)+)/g)].map(([, words = ""]) =>
      words.trim(),
    );
    expect([...new Set(named)].toSorted()).toEqual([...COMMANDS.keys()].toSorted());
  });

  it("says plainly that the crash was not reproduced", () => {
    expect(text).toContain("**not reproduced**");
  });
});
