/** A bare echo server: JSON-RPC over `ws`, or socket.io. It does as little as it can. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server as SocketIoServer } from "socket.io";
import { WebSocketServer } from "ws";
import { tellParent } from "../support/child.ts";

const http = createServer();
if (process.argv[2] === "socket.io") {
  const server = new SocketIoServer(http, { transports: ["websocket"], serveClient: false });
  server.on("connection", (socket) => {
    socket.on("echo", (params: unknown, answer: (result: unknown) => void) => answer(params));
  });
} else {
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on("connection", (socket, request) => {
    let corked = false;
    const uncork = (): void => {
      corked = false;
      request.socket.uncork();
    };
    socket.on("message", (data: Buffer) => {
      const { id, params } = JSON.parse(data.toString("utf8")) as { id: number; params: unknown };
      // Answers of one turn leave together, so that the server is not what limits the client.
      if (!corked) {
        corked = true;
        request.socket.cork();
        process.nextTick(uncork);
      }
      socket.send(`{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(params)}}`);
    });
  });
}
http.listen(0, "127.0.0.1", () => tellParent({ port: (http.address() as AddressInfo).port }));
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  tellParent({ cpuUs: user + system });
});
