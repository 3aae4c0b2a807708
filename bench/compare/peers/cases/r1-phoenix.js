import { Socket } from "phoenix";
import { WebSocket } from "ws";
import { ended, follow, LIMIT_MS } from "../../support/waiting.ts";
import { serveWs } from "../support/ws-server.js";

/** Phoenix's push has callbacks by status. */
const answered = (push) =>
  new Promise((resolve) => {
    for (const status of ["ok", "error", "timeout"]) push.receive(status, () => resolve(status));
  });

export async function run() {
  const server = await serveWs({
    parse: (text) => [JSON.parse(text)],
    answer: ([joinRef, ref, topic], reply) =>
      reply(JSON.stringify([joinRef, ref, topic, "phx_reply", { status: "ok", response: {} }])),
  });
  const socket = new Socket(`ws://127.0.0.1:${server.port}/socket`, { transport: WebSocket });
  socket.connect();
  const channel = socket.channel("room:1", {});
  const joined = await answered(channel.join());
  if (joined !== "ok") throw new Error(`join: ${joined}`);

  server.isMute = true;
  const leave = follow(answered(channel.leave(LIMIT_MS)));
  await ended(leave, 2 * LIMIT_MS);
  const isSent = await server.got(([, , , event]) => event === "phx_leave");
  return {
    seen: `leave: "${leave.value}" after ${leave.afterMs} ms, with no answer; the server ${isSent ? "got" : "did not get"} the frame`,
  };
}
