import type { SessionServerOptions } from "../../../src/server/session-server.ts";
import { SessionServer } from "../../../src/server/session-server.ts";

const servers: SessionServer[] = [];

/** A server on a port of its own, closed by {@link closeServers}. */
export interface Served {
  readonly server: SessionServer;
  readonly port: number;
  readonly url: string;
}

/** Starts a server on loopback that lets everyone read everything, unless the options say otherwise. */
export async function serve(options: SessionServerOptions = {}): Promise<Served> {
  const server = new SessionServer({ authorize: "public", ...options });
  servers.push(server);
  const { port } = await server.listen(0, "127.0.0.1");
  return { server, port, url: `ws://127.0.0.1:${port}/` };
}

/** Closes every server that a test started. */
export async function closeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close({ deadlineMs: 500 })));
}

/** Waits, turn by turn, for what is about to be. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
