import { afterAll, beforeAll } from "vitest";
import { WebSocket } from "ws";
import type * as Server from "../../../src/server/index.ts";

/** Imports a file of `dist`, with the types of its source. */
export async function importBuilt<Module>(file: string): Promise<Module> {
  return (await import(new URL(`../../../dist/${file}`, import.meta.url).href)) as Module;
}

const { Refusal, SessionServer } = await importBuilt<typeof Server>("server.js");

/** A browser's socket keeps errors to itself; `ws` throws those that nobody listens to. */
class QuietWebSocket extends WebSocket {
  constructor(url: string, subprotocols: string[]) {
    super(url, subprotocols);
    this.on("error", () => {});
  }
}

/** Puts the WebSocket of `ws` in place of a browser's, for the tests of one file. */
export function useBrowserSocket(): void {
  const own = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  beforeAll(() => {
    Object.defineProperty(globalThis, "WebSocket", { value: QuietWebSocket, configurable: true });
  });
  afterAll(() => {
    if (own === undefined) Reflect.deleteProperty(globalThis, "WebSocket");
    else Object.defineProperty(globalThis, "WebSocket", own);
  });
}

/** A server that listens. */
export interface Served {
  readonly server: Server.SessionServer;
  readonly url: string;
  /** What was sent to its method `note`. */
  readonly seen: unknown[];
}

/**
 * Starts a server with a few methods; everybody may read everything but `secret`.
 *
 * @param options - `isOpen`: whether it asks nobody for credentials; else `good` are good, for a minute.
 */
export async function serve({ port = 0, isOpen = false } = {}): Promise<Served> {
  const seen: unknown[] = [];
  const server = new SessionServer({
    ...(!isOpen && {
      authenticate: ({ token }) =>
        token === "good" ? { userId: "ann", expiresAt: Date.now() + 60_000 } : null,
    }),
    authorize: (_session, topic) => topic !== "secret",
    limits: { requestsPerSecond: 10_000, requestBurst: 10_000 },
  });
  server.method("add", (params) => {
    const [a, b] = params as [number, number];
    return a + b;
  });
  server.method("note", (params) => {
    seen.push(params);
  });
  server.method("refuse", () => {
    throw new Refusal("NO_FUNDS", "not enough", { missing: 3 });
  });
  server.method("never", () => new Promise(() => {}));
  const address = await server.listen(port, "127.0.0.1");
  return { server, url: `ws://127.0.0.1:${address.port}`, seen };
}

/** Resolves with the values that a listener gets, once there are so many. */
export function take<T>(count: number, on: (listener: (value: T) => void) => void): Promise<T[]> {
  return new Promise((resolve) => {
    const values: T[] = [];
    on((value) => {
      values.push(value);
      if (values.length === count) resolve(values);
    });
  });
}
