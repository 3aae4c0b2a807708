import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A child process that answers over the IPC channel. */
export interface BenchChild {
  /** Resolves with the next message of the child's; rejects when it exits first. */
  next<Message>(): Promise<Message>;
  send(message: object): void;
  stop(): void;
}

/**
 * Starts a script of this folder in a process of its own, so that what it uses can be told from what
 * the others use.
 */
export function startChild(script: string, args: readonly string[]): BenchChild {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child: ChildProcess = fork(path, [...args], {
    execArgv: process.execArgv,
    stdio: ["ignore", 2, 2, "ipc"],
  });
  const messages: unknown[] = [];
  const waiting: { resolve: (message: never) => void; reject: (error: Error) => void }[] = [];
  let exit: Error | undefined;
  child.on("message", (message) => {
    const waiter = waiting.shift();
    if (waiter === undefined) messages.push(message);
    else waiter.resolve(message as never);
  });
  child.once("exit", (code, signal) => {
    exit = new Error(`${script} exited with ${signal ?? code}`);
    for (const { reject } of waiting.splice(0)) reject(exit);
  });
  return {
    next: <Message>() =>
      new Promise<Message>((resolve, reject) => {
        if (messages.length > 0) resolve(messages.shift() as Message);
        else if (exit === undefined) waiting.push({ resolve, reject });
        else reject(exit);
      }),
    send: (message) => child.send(message),
    stop: () => {
      child.kill();
    },
  };
}

/** Sends a message to the process that started this one. */
export function tellParent(message: object): void {
  process.send?.(message);
}
