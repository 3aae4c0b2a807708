import { createServer } from "node:http";
import { Server } from "socket.io";
import { io } from "socket.io-client";
import { Log } from "../../support/waiting.ts";

async function attempt(send) {
  const http = createServer();
  const server = new Server(http);
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const seen = new Log();
  // Underneath the handlers: what came in, and is a message.
  server.engine.on("connection", (connection) => {
    connection.on("packet", ({ type, data }) => {
      if (type === "message") seen.add({ packet: data });
    });
  });
  server.on("connection", (socket) => {
    socket.on("order", (number, answer) => {
      seen.add({ number });
      answer?.("placed");
    });
    socket.on("disconnect", (reason) => seen.add({ reason }));
  });
  const client = io(`http://127.0.0.1:${http.address().port}`, { transports: ["websocket"] });
  await new Promise((resolve) => client.once("connect", resolve));
  await send(client);
  client.disconnect();
  await seen.require("the disconnect", ({ reason }) => reason !== undefined);
  const count = (predicate) => seen.entries.filter(predicate).length;
  return {
    handled: count(({ number }) => number !== undefined),
    // `2` is the type of an event in the Socket.IO protocol.
    received: count(({ packet }) => packet?.startsWith("2")),
  };
}

export async function run() {
  const { handled, received } = await attempt((client) => {
    client.emit("order", 1);
    client.emit("order", 2);
  });
  const acked = await attempt(async (client) => {
    await client.emitWithAck("order", 1);
    await client.emitWithAck("order", 2);
  });
  return {
    seen: `the server received ${received} of 2, its handlers saw ${handled}, then the disconnect; emit threw nothing`,
    otherwise: `await emitWithAck of each before disconnect: ${acked.handled} of 2`,
  };
}
