import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "./clients.ts";
import type { Mutant } from "./mutants.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What the model is made of; everything it imports is in there. */
const COPIED: readonly string[] = ["package.json", "tsconfig.json", "src", "test/model"];

/** Which worlds the model is run in. */
interface RunOfModel {
  readonly weather: string;
  readonly runs: number;
  readonly seed: number;
}

/** What the model said of a copy of the source. */
export interface Verdict {
  readonly isRed: boolean;
  readonly output: string;
}

/**
 * Runs the model against a copy of the source with a fault in it.
 *
 * @param mutant - The fault; null for a copy as it is.
 * @throws Error when the text that it replaces is not there exactly once, or the copy cannot run at all.
 */
export async function judge(mutant: Mutant | null, run: RunOfModel): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), "orderly-mutant-"));
  try {
    for (const path of COPIED) await cp(join(ROOT, path), join(folder, path), { recursive: true });
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    if (mutant !== null) await apply(mutant, folder);
    const { code, output } = await runIn(folder, { client: mutant?.client ?? "whole", ...run });
    const isRed = code !== 0;
    // Only a broken promise counts: a copy that does not even load proves nothing.
    if (isRed && !output.includes("Violation:"))
      throw new Error(`the model did not run: ${output}`);
    return { isRed, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function apply({ file, find, replace, breaks }: Mutant, folder: string): Promise<void> {
  const path = join(folder, file);
  const source = await readFile(path, "utf8");
  const places = source.split(find).length - 1;
  if (places !== 1) {
    throw new Error(`"${breaks}" no longer applies: its text is in ${file} ${places} times`);
  }
  await writeFile(
    path,
    source.replace(find, () => replace),
  );
}

function runIn(
  folder: string,
  { weather, runs, seed, client }: RunOfModel & { readonly client: Client },
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const model = join("test", "model", "cli.ts");
    const args = ["--import", "tsx", model, weather, String(runs), String(seed), client];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, MODEL_QUICK: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
