import { WebSocketServer } from "ws";
import { Log } from "../../support/waiting.ts";

/**
 * Serves WebSockets on loopback and keeps what it got, in order: `{ kind: "frame", connection, message }` with what
 * `parse` made of each frame, and `{ kind: "closed", connection, code }`.
 *
 * @param {{
 *   parse: (text: string) => unknown[],
 *   opened?: (reply: (text: string) => void) => void,
 *   answer: (message: any, reply: (text: string) => void, connection: number) => void,
 * }} behaviour - `answer` is called for each message, until `server.isMute`.
 */
export async function serveWs({ parse, opened, answer }) {
  const listener = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  const log = new Log();
  const server = {
    log,
    isMute: false,
    port: 0,
    connections: 0,
    /** Sends a text to every client. */
    push: (text) => {
      for (const socket of listener.clients) socket.send(text);
    },
    /** Ends every connection without a close handshake. */
    cut: () => {
      for (const socket of listener.clients) socket.terminate();
    },
    messages: () =>
      log.entries.filter(({ kind }) => kind === "frame").map(({ message }) => message),
    /** Waits until the server has seen the end of a connection: what has not come by then never comes. */
    sawClose: async (options) => await log.waitFor(({ kind }) => kind === "closed", options),
    got: async (predicate, options) =>
      await log.waitFor(
        (entry) => entry.kind === "frame" && predicate(entry.message, entry.connection),
        options,
      ),
  };
  listener.on("connection", (socket) => {
    server.connections += 1;
    const connection = server.connections;
    const reply = (text) => socket.send(text);
    socket.on("message", (data) => {
      for (const message of parse(String(data))) {
        log.add({ kind: "frame", connection, message });
        if (!server.isMute) answer(message, reply, connection);
      }
    });
    socket.on("close", (code) => log.add({ kind: "closed", connection, code }));
    opened?.(reply);
  });
  await new Promise((resolve) => listener.once("listening", resolve));
  server.port = listener.address().port;
  return server;
}
