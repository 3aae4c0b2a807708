import { serveWs } from "./ws-server.js";

/** Speaks the JSON protocol of Centrifuge: connects, subscribes, unsubscribes. */
export async function serveCentrifuge() {
  const server = await serveWs({
    parse: (text) => text.split("\n").map((line) => JSON.parse(line)),
    answer: (command, reply) => {
      const send = (result) => reply(JSON.stringify({ id: command.id, ...result }));
      if (command.connect) send({ connect: { client: "c", version: "1", ping: 25, pong: true } });
      if (command.subscribe) send({ subscribe: { recoverable: true, epoch: "e", offset: 0 } });
      if (command.unsubscribe) send({ unsubscribe: {} });
    },
  });
  /** Publishes to everybody, under an offset. */
  server.publish = (channel, offset) =>
    server.push(JSON.stringify({ push: { channel, pub: { data: { offset }, offset } } }));
  return server;
}
