/**
 * Runs one benchmark: `npm run bench -- <name> [--quick]`. A benchmark is a script, `bench/<name>.ts` or
 * `bench/<name>/index.ts`, that prints one JSON object a line on standard output and talks on standard error.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("./", import.meta.url);

function scripts(): ReadonlyMap<string, URL> {
  const found = new Map<string, URL>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      const index = new URL(`${entry.name}/index.ts`, folder);
      if (existsSync(index)) found.set(entry.name, index);
    } else if (entry.name.endsWith(".ts") && entry.name !== "run.ts") {
      found.set(entry.name.slice(0, -".ts".length), new URL(entry.name, folder));
    }
  }
  return found;
}

const [name = "", ...args] = process.argv.slice(2);
const script = scripts().get(name);
if (script === undefined) {
  const names = [...scripts().keys()].sort().join(", ") || "none yet";
  console.error(`usage: npm run bench -- <name> [--quick]\nbenchmarks: ${names}`);
  process.exitCode = 2;
} else {
  // `execArgv` holds the loader that lets this process run TypeScript.
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(script), ...args], {
    stdio: "inherit",
  });
  child.once("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1;
    if (signal !== null) console.error(`${name} was ended by ${signal}`);
  });
}
