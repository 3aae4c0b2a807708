import { serveWs } from "./ws-server.js";

const END = "\x1e";

/** Types of messages of the SignalR hub protocol. */
export const TYPE = {
  item: 2,
  completion: 3,
  invocation: 1,
  stream: 4,
  cancel: 5,
  ping: 6,
  close: 7,
};

/** Speaks the SignalR hub protocol in JSON: the handshake, one item for each stream, and an answer for each invocation. */
export async function serveSignalr() {
  return await serveWs({
    parse: (text) =>
      text
        .split(END)
        .filter((part) => part !== "")
        .map((part) => JSON.parse(part)),
    answer: ({ protocol, type, invocationId }, reply) => {
      const send = (message) => reply(JSON.stringify(message) + END);
      if (protocol !== undefined) send({});
      if (type === TYPE.stream) send({ type: TYPE.item, invocationId, item: 1 });
      if (type === TYPE.invocation && invocationId !== undefined) {
        send({ type: TYPE.completion, invocationId, result: "placed" });
      }
    },
  });
}
