import { Realtime } from "ably";
import { ended, follow, LIMIT_MS } from "../../support/waiting.ts";
import { tell } from "../support/tell.js";
import { serveWs } from "../support/ws-server.js";

// Actions of the Ably realtime protocol.
const ACTION = { connected: 4, close: 7, closed: 8, attach: 10, attached: 11, detach: 12 };

async function attempt(isClosing) {
  const server = await serveWs({
    parse: (text) => [JSON.parse(text)],
    opened: (reply) =>
      reply(
        JSON.stringify({
          action: ACTION.connected,
          connectionId: "c",
          connectionDetails: {
            connectionKey: "k",
            connectionStateTtl: 120_000,
            maxIdleInterval: 15_000,
          },
        }),
      ),
    answer: ({ action, channel }, reply) => {
      if (action === ACTION.attach) reply(JSON.stringify({ action: ACTION.attached, channel }));
      if (action === ACTION.close) reply(JSON.stringify({ action: ACTION.closed }));
    },
  });
  const client = new Realtime({
    token: "token",
    endpoint: "127.0.0.1",
    port: server.port,
    tls: false,
    useBinaryProtocol: false,
    transports: ["web_socket"],
    logLevel: 0,
  });
  const channel = client.channels.get("quotes");
  await channel.attach();
  const detach = follow(channel.detach());
  if (isClosing) client.close();
  await ended(detach);
  await server.got(({ action }) => action === ACTION.detach);
  const isSent = server.messages().some(({ action }) => action === ACTION.detach);
  return { fate: { ...detach }, isSent };
}

export async function run() {
  const { fate, isSent } = await attempt(true);
  const { fate: alone } = await attempt(false);
  return {
    seen: `detach ${fate.state} after ${fate.afterMs} ms, with no DETACHED from the server, which ${isSent ? "got" : "never got"} the DETACH`,
    otherwise: `no close: detach ${tell(alone)} after ${LIMIT_MS / 1000} s`,
  };
}
