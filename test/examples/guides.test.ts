import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

interface Piece {
  readonly name: string;
  readonly code: string;
  readonly output: string;
}

/** Every `ts` fence of a guide, with the `text` fence behind it. */
function piecesOf(guide: string): readonly Piece[] {
  const text = readFileSync(`${root}docs/guides/${guide}`, "utf8");
  const fences = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return fences.flatMap(([, language, code = ""], index) => {
    if (language !== "ts") return [];
    const [, next, output = ""] = fences[index + 1] ?? [];
    const heading =
      text
        .slice(0, fences[index]?.index)
        .match(/^## .+$/gm)
        ?.at(-1) ?? "";
    return [{ name: `${guide} ${heading}`, code, output: next === "text" ? output : "(none)" }];
  });
}

describe("the guides' code, run as it stands against the built package", () => {
  const pieces = ["record-and-replay.md", "testing.md", "feeds.md"].flatMap(piecesOf);

  it("is found", () => {
    expect(pieces.length).toBe(7);
  });

  it.each(pieces)("prints what $name shows", async ({ code, output }) => {
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const args = ["--no-warnings", "--input-type=module", "--eval", outputText];
    const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 15_000 });
    expect(stdout).toBe(output);
  });
});
