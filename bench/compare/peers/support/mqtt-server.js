import { once } from "node:events";
import { createServer } from "node:net";
import { Log } from "../../support/waiting.ts";

// Packet types of MQTT 3.1.1, section 2.2.1.
const TYPE = { connect: 1, subscribe: 8, unsubscribe: 10, ping: 12, disconnect: 14 };

/** Reads the length of section 2.2.3. */
function readLength(buffer) {
  let length = 0;
  for (let index = 1; index < Math.min(buffer.length, 5); index += 1) {
    length += (buffer[index] & 127) * 128 ** (index - 1);
    if (buffer[index] < 128) return { length, header: index + 1 };
  }
  return undefined;
}

/** Speaks as much MQTT 3.1.1 as a subscriber needs, until `server.isMute`. */
export async function serveMqtt() {
  const log = new Log();
  const server = { log, isMute: false, port: 0 };
  const answer = (type, body) => {
    if (type === TYPE.connect) return [0x20, 2, 0, 0];
    if (type === TYPE.subscribe) return [0x90, 3, body[0], body[1], 0];
    if (type === TYPE.unsubscribe) return [0xb0, 2, body[0], body[1]];
    if (type === TYPE.ping) return [0xd0, 0];
    return undefined;
  };
  const listener = createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let size = readLength(rest); size !== undefined; size = readLength(rest)) {
        const { header, length } = size;
        if (rest.length < header + length) return;
        const type = rest[0] >> 4;
        log.add({ type });
        const bytes = server.isMute
          ? undefined
          : answer(type, rest.subarray(header, header + length));
        if (bytes !== undefined) socket.write(Buffer.from(bytes));
        rest = rest.subarray(header + length);
      }
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  server.port = listener.address().port;
  return server;
}
