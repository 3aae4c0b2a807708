import { connect } from "@nats-io/transport-node";
import { relayTo } from "../../support/relay.ts";
import { ended, follow } from "../../support/waiting.ts";
import { serveNats } from "../support/nats-server.js";
import { tell } from "../support/tell.js";

/** Longer than a reconnect takes by default. */
const PATIENCE_MS = 5_000;

async function attempt(operation) {
  const server = await serveNats();
  const relay = await relayTo(server.port);
  const connection = await connect({ servers: `127.0.0.1:${relay.port}` });
  const subscription = connection.subscribe("quotes", { callback: () => {} });
  await connection.flush();
  server.isMute = true;
  const isUnsub = (entry) => entry.operation.startsWith("UNSUB");
  const drain = follow(operation(connection, subscription));
  await server.log.require("the unsubscribe", isUnsub);
  server.isMute = false;
  relay.cut();
  await ended(drain, PATIENCE_MS);
  await connection.close();
  return drain;
}

export async function run() {
  const subscription = await attempt((_connection, subscribed) => subscribed.drain());
  const connection = await attempt((connected) => connected.drain());
  return {
    seen: `drain of a subscription: ${tell(subscription)} after ${subscription.afterMs} ms; of the connection: ${tell(connection)} after ${connection.afterMs} ms`,
  };
}
