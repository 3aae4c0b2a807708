import { subscribed } from "../support/centrifuge-client.js";
import { serveCentrifuge } from "../support/centrifuge-server.js";

async function attempt(isBatched) {
  const server = await serveCentrifuge();
  const { client, subscription } = await subscribed(server.port, "quotes");
  if (isBatched) client.startBatching();
  subscription.unsubscribe();
  if (isBatched) client.stopBatching();
  client.disconnect();
  if (!(await server.sawClose())) throw new Error("the connection did not end");
  return server.messages().some(({ unsubscribe }) => unsubscribe !== undefined);
}

export async function run() {
  const isSent = await attempt(true);
  const isSentAlone = await attempt(false);
  return {
    seen: `the server saw the connection end; the unsubscribe ${isSent ? "came first" : "never came"}. Nothing to await: unsubscribe returns nothing`,
    otherwise: `without batching: the unsubscribe ${isSentAlone ? "comes" : "does not come either"}`,
  };
}
