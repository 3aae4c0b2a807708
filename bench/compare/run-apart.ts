import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Observation } from "./observation.ts";

/** Milliseconds that one process may take; the longest case waits for five seconds and for two reconnects. */
const CASE_LIMIT_MS = 30_000;

/**
 * Runs a script of this folder in a process of its own, and returns what it saw.
 *
 * @param script - Path from this folder.
 * @param name - The case, as the script knows it.
 * @throws Error when the process ends without a result, or takes longer than its limit.
 */
export async function runApart(script: string, name: string): Promise<Observation> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // `execArgv` holds the loader that lets this process run TypeScript.
  const child = fork(path, [name], {
    execArgv: process.execArgv,
    stdio: ["ignore", 2, 2, "ipc"],
  });
  return await new Promise((resolve, reject) => {
    let result: Observation | undefined;
    const timer = setTimeout(() => child.kill("SIGKILL"), CASE_LIMIT_MS);
    child.once("message", (message) => {
      result = message as Observation;
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      if (result !== undefined) resolve(result);
      else reject(new Error(`${script} ${name} ended with ${signal ?? code} and without a result`));
    });
  });
}
