import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = new URL("../../../", import.meta.url);

/** Reads a file of the repository. */
export function readText(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** An example that runs in a process of its own, as a stranger would run it. */
export class ExampleProcess implements AsyncDisposable {
  /** What it has printed so far, line by line. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #onLine: (() => void)[] = [];

  /** @param path - Of the example, from the root of the repository. */
  constructor(path: string, environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, ["--import", "tsx", path], {
      cwd: fileURLToPath(root),
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#exit = once(child, "close");
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => this.#printed(line));
    }
    void this.#exit.then(() => this.#wake());
  }

  /** Ends it at once, or however the signal says. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves to its exit code when it has ended; null where a signal ended it. */
  async exitCode(): Promise<number | null> {
    await this.#exit;
    return this.#child.exitCode;
  }

  /**
   * Waits for a line.
   *
   * @returns What the pattern matched, in the first line that it matches.
   * @throws Error when it ended without one.
   */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.lines) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`ended without ${pattern}:\n${this.lines.join("\n")}`);
      }
      await new Promise<void>((resolve) => this.#onLine.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#exit;
  }

  #printed(line: string): void {
    this.lines.push(line);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#onLine.splice(0)) resolve();
  }
}
