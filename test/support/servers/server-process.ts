import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { access, constants, mkdtemp, rm, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ServerBinary } from "./find-binary.ts";

/** How long a server may take to stop before it is killed. */
const STOP_LIMIT_MS = 10_000;

/** How much of what a server said is kept for the message when it does not start. */
const KEPT_LINES = 20;

/** A running server that nobody else uses. */
export interface ServerProcess {
  /** The operating system's process id. */
  readonly pid: number;
  /**
   * Stops the server; resolves when its process has ended. May be called again.
   *
   * @param signal - What to ask it with; SIGTERM unless told.
   */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** What to start and how to tell that it is up. */
export interface ServerCommand {
  /** The program. */
  readonly binary: ServerBinary;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Matches the line, on either output, that says the server takes connections. */
  readonly ready: RegExp;
}

/**
 * Starts a server and waits for the line that says it is ready.
 *
 * @throws Error with the server's last lines if it ends before that.
 */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  const { binary, args, ready } = command;
  const child = spawn(binary.path, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...binary.env },
  });
  // A test process that dies must not leave a server behind.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  const ended = once(child, "exit").then(() => {
    process.removeListener("exit", kill);
  });

  const lines: string[] = [];
  const up = new Promise<void>((resolve) => {
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on("line", (line) => {
        if (lines.push(line) > KEPT_LINES) lines.shift();
        if (ready.test(line)) resolve();
      });
    }
  });
  await Promise.race([
    up,
    ended.then(() => {
      throw new Error(`${binary.path} ended before it was ready:\n${lines.join("\n")}`);
    }),
  ]);
  return { pid: child.pid as number, stop: (signal) => stop(child, ended, signal) };
}

async function stop(
  child: ChildProcess,
  ended: Promise<void>,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

/** A folder that goes away again. */
export interface TemporaryFolder {
  /** Its path, short enough for a Unix socket. */
  readonly path: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/** Makes a new folder among the system's temporary ones. */
export function temporaryFolder(prefix: string): Promise<TemporaryFolder> {
  return folderIn(tmpdir(), prefix);
}

/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";

/** What must be free there: several servers with their data at once. A container has 64 MiB unless told otherwise. */
const ENOUGH_BYTES = 2 ** 31;

/**
 * Makes a new folder in memory where there is room, else among the system's temporary ones. For what waits for the disk
 * again and again, and would not miss what is lost with the machine.
 */
export async function memoryFolder(prefix: string): Promise<TemporaryFolder> {
  return folderIn((await hasRoom(MEMORY)) ? MEMORY : tmpdir(), prefix);
}

async function hasRoom(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    return false;
  }
}

async function folderIn(parent: string, prefix: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, prefix));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Below the ports that systems hand to outgoing connections, which a load test takes by the thousand. */
const PORTS = { from: 20_000, count: 12_000 } as const;

const PORT_ATTEMPTS = 100;

/** Returns a TCP port that was free on 127.0.0.1 a moment ago. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const port = PORTS.from + randomInt(PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found from ${PORTS.from} up`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
