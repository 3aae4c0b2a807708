import { Centrifuge } from "centrifuge";
import { WebSocket } from "ws";

/** Connects, and subscribes to a channel whose history can be recovered. */
export async function subscribed(port, channel) {
  const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, {
    websocket: WebSocket,
  });
  client.on("error", () => {});
  const subscription = client.newSubscription(channel, { recoverable: true });
  client.connect();
  subscription.subscribe();
  await subscription.ready();
  return { client, subscription };
}
