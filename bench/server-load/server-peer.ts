/** The three servers that are measured, each behind the same few members. */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SessionServer } from "orderly-ws/server";
import { Server as SocketIoServer } from "socket.io";
import { type WebSocket, WebSocketServer } from "ws";
import type { PeerName } from "./messages.ts";

/** Is a server that clients subscribe to topics of. */
export interface ServerPeer {
  readonly port: number;
  /** Sessions that are there. */
  sessions(): number;
  /** Publishes one event. */
  publish(topic: string, data: object): void;
  /** How many subscribe to a topic. */
  subscribers(topic: string): number;
}

/** Milliseconds beyond every bench: where nothing is said of heartbeats, no server sends any. */
const NEVER_MS = 3_600_000;

/** Starts a server on a free port. */
export async function startPeer(name: PeerName, heartbeats: boolean): Promise<ServerPeer> {
  switch (name) {
    case "orderly":
      return startOrderly(heartbeats);
    case "ws":
      return startWs();
    case "socket.io":
      return startSocketIo(heartbeats);
  }
}

async function startOrderly(heartbeats: boolean): Promise<ServerPeer> {
  const server = new SessionServer({
    authorize: "public",
    limits: {
      maxSessions: 20_000,
      maxSessionsPerAddress: 20_000,
      ...(heartbeats ? {} : { pingIntervalMs: NEVER_MS, idleTimeoutMs: 2 * NEVER_MS }),
    },
  });
  const { port } = await server.listen(0, "0.0.0.0");
  return {
    port,
    sessions: () => server.stats().sessions,
    publish: (topic, data) => server.topic(topic).publish(data),
    subscribers: (topic) => server.topic(topic).subscribers,
  };
}

/** The loop that everybody writes first: the text made once, and `ws.send(text)` for each socket. */
async function startWs(): Promise<ServerPeer> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  const topics = new Map<string, { readonly sockets: Set<WebSocket>; seq: number }>();
  server.on("connection", (socket) => {
    socket.on("message", (data) => {
      const topic = String(data);
      const entry = topics.get(topic) ?? { sockets: new Set<WebSocket>(), seq: 0 };
      topics.set(topic, entry);
      entry.sockets.add(socket);
      socket.send("ok");
    });
  });
  return {
    port: await listen(http),
    sessions: () => server.clients.size,
    publish: (topic, data) => {
      const entry = topics.get(topic);
      if (entry === undefined) return;
      entry.seq += 1;
      const params = { topic, seq: entry.seq, data };
      const text = JSON.stringify({ jsonrpc: "2.0", method: "topic.event", params });
      for (const socket of entry.sockets) socket.send(text);
    },
    subscribers: (topic) => topics.get(topic)?.sockets.size ?? 0,
  };
}

async function startSocketIo(heartbeats: boolean): Promise<ServerPeer> {
  const http = createServer();
  const server = new SocketIoServer(http, {
    transports: ["websocket"],
    serveClient: false,
    ...(heartbeats ? {} : { pingInterval: NEVER_MS }),
  });
  server.on("connection", (socket) => {
    socket.on("subscribe", (topic: string) => {
      void socket.join(topic);
      socket.emit("ok");
    });
  });
  return {
    port: await listen(http),
    sessions: () => server.engine.clientsCount,
    publish: (topic, data) => {
      server.to(topic).emit("event", data);
    },
    subscribers: (topic) => server.of("/").adapter.rooms.get(topic)?.size ?? 0,
  };
}

function listen(http: HttpServer): Promise<number> {
  return new Promise((resolve) => {
    http.listen({ port: 0, host: "0.0.0.0", backlog: 4_096 }, () => {
      resolve((http.address() as AddressInfo).port);
    });
  });
}
