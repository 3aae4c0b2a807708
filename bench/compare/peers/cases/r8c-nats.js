import { connect } from "@nats-io/transport-node";
import { relayTo } from "../../support/relay.ts";
import { atRate } from "../../support/waiting.ts";
import { serveNats } from "../support/nats-server.js";

const PUBLISHES = 330;
const EVERY_MS = 5;

async function attempt(options) {
  const server = await serveNats();
  const relay = await relayTo(server.port);
  const connection = await connect({ servers: `127.0.0.1:${relay.port}`, ...options });
  let thrown = 0;
  await atRate(PUBLISHES, EVERY_MS, (index) => {
    if (index === 100) {
      relay.isRefusing = true;
      relay.cut();
    }
    if (index === 200) relay.isRefusing = false;
    try {
      connection.publish("orders", String(index));
    } catch {
      thrown += 1;
    }
  });
  // The last one shows that the connection is back and everything before it has left.
  connection.publish("orders", "last");
  const isLast = ({ payload }) => payload === "last";
  let isBack = false;
  for (let index = 0; index < 20 && !isBack; index += 1) {
    isBack = await server.log.waitFor(isLast, { limitMs: 500 });
    if (!isBack) connection.publish("orders", "last");
  }
  await connection.drain();
  const arrived = new Set(
    server.log.entries
      .filter(({ operation }) => operation.startsWith("PUB orders"))
      .map(({ payload }) => payload),
  );
  arrived.delete("last");
  return { lost: PUBLISHES - arrived.size, thrown, isBack };
}

export async function run() {
  const byDefault = await attempt({});
  const fast = await attempt({ reconnectTimeWait: 100 });
  return {
    seen: `${byDefault.lost} of ${PUBLISHES} publishes lost, ${byDefault.thrown} threw`,
    otherwise: `reconnectTimeWait 100 ms instead of 2 s: ${fast.lost} lost, ${fast.thrown} threw`,
  };
}
