/** The servers of the `close-race` bench: ours, which counts what it saw, and a bare one. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SessionServer } from "orderly-ws/server";
import { WebSocketServer } from "ws";
import { tellParent } from "../support/child.ts";

const server = new SessionServer({
  authorize: "public",
  limits: { maxSessions: 20_000, maxSessionsPerAddress: 20_000 },
});
const seen = { subscribed: 0, unsubscribedBeforeClose: 0, clean: 0 };
server.on("subscribed", () => {
  seen.subscribed += 1;
});
server.on("unsubscribed", (_session, _topic, _lastSeq, code) => {
  // A null code means that the client asked for it; a topic that is live at the end has another.
  if (code === null) seen.unsubscribedBeforeClose += 1;
});
server.on("closed", (_session, receipt) => {
  if (receipt.clean && receipt.farewell === "bye") seen.clean += 1;
});
const { port } = await server.listen(0, "127.0.0.1");

const http = createServer();
new WebSocketServer({ server: http, perMessageDeflate: false }).on("connection", (socket) => {
  socket.on("message", () => {});
});
http.listen(0, "127.0.0.1", () => {
  tellParent({ orderly: port, bare: (http.address() as AddressInfo).port });
});
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  tellParent({ ...seen, cpuUs: user + system });
});
