import { Session, type SessionOptions } from "orderly-ws";
import { SessionServer, type SessionServerOptions } from "orderly-ws/server";
import { type Relay, relayTo } from "../support/relay.ts";
import { Log } from "../support/waiting.ts";

/** A session that is connected to a server of its own, through a relay. */
export interface World {
  readonly session: Session;
  readonly server: SessionServer;
  readonly relay: Relay;
  /** What the server saw of its sessions, in order: `opened`, `subscribed quotes`, `unsubscribed quotes`, `closed`. */
  readonly log: Log<string>;
}

/** Makes a world on loopback. */
export async function makeWorld(
  options: Partial<SessionOptions> = {},
  serverOptions: SessionServerOptions = {},
): Promise<World> {
  const server = new SessionServer({ authorize: "public", ...serverOptions });
  const log = new Log<string>();
  server.on("opened", () => log.add("opened"));
  server.on("subscribed", (_session, topic) => log.add(`subscribed ${topic}`));
  server.on("unsubscribed", (_session, topic, _lastSeq, code) => {
    // With a code it is the server's doing, or the end of the connection.
    log.add(code === null ? `unsubscribed ${topic}` : `lost ${topic}`);
  });
  server.on("closed", () => log.add("closed"));
  const { port } = await server.listen(0, "127.0.0.1");
  const relay = await relayTo(port);
  const session = new Session({ url: `ws://127.0.0.1:${relay.port}`, ...options });
  await session.connect();
  return { session, server, relay, log };
}

/** Waits for a token, whatever its outcome, and says it with its proof or its code. */
export async function outcomeOf(
  token: PromiseLike<unknown> & {
    readonly outcome: string | undefined;
    readonly proof?: string | undefined;
    readonly error?: { readonly code: string } | undefined;
  },
): Promise<string> {
  await Promise.allSettled([token]);
  return `${token.outcome} (${token.proof ?? token.error?.code})`;
}
