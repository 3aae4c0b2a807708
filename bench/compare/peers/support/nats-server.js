import { once } from "node:events";
import { createServer } from "node:net";
import { Log } from "../../support/waiting.ts";

const INFO = {
  server_id: "S",
  server_name: "s",
  version: "2.10.0",
  proto: 1,
  max_payload: 1_048_576,
  headers: false,
};

/** Speaks as much of the NATS client protocol as a subscriber and a publisher need; keeps the operations that it got. */
export async function serveNats() {
  const log = new Log();
  const subscribers = new Map();
  const server = { log, port: 0, publish: undefined, isMute: false };

  const perform = (socket, operation, payload) => {
    log.add({ operation, payload });
    if (server.isMute) return;
    const [verb, ...args] = operation.split(" ");
    if (verb === "PING") socket.write("PONG\r\n");
    if (verb === "SUB") subscribers.set(args.at(-1), { socket, subject: args[0] });
    if (verb === "UNSUB") subscribers.delete(args[0]);
  };
  server.publish = (subject, text) => {
    for (const [sid, subscriber] of subscribers) {
      if (subscriber.subject !== subject) continue;
      subscriber.socket.write(`MSG ${subject} ${sid} ${Buffer.byteLength(text)}\r\n${text}\r\n`);
    }
  };

  const listener = createServer((socket) => {
    let rest = "";
    socket.on("error", () => {});
    socket.on("close", () => {
      for (const [sid, subscriber] of subscribers) {
        if (subscriber.socket === socket) subscribers.delete(sid);
      }
    });
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (let end = rest.indexOf("\r\n"); end !== -1; end = rest.indexOf("\r\n")) {
        const operation = rest.slice(0, end);
        const size = operation.startsWith("PUB ") ? Number(operation.split(" ").at(-1)) : -1;
        const next = end + 2 + (size === -1 ? 0 : size + 2);
        if (rest.length < next) return;
        perform(socket, operation, rest.slice(end + 2, end + 2 + Math.max(size, 0)));
        rest = rest.slice(next);
      }
    });
    socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  server.port = listener.address().port;
  return server;
}
