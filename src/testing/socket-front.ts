import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type {
  ConnectionInfo,
  ServerConnection,
  ServerConnectionListener,
} from "../server/connections/server-connection.ts";

/** A server that listens. */
export interface ListeningFront {
  readonly host: string;
  readonly port: number;
  /** Stops to listen, and drops what is connected. */
  close(): Promise<void>;
}

/** Starts to listen. */
export async function listenOn(
  server: Server,
  port: number,
  host: string,
): Promise<ListeningFront> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Accepts real WebSockets as the in-memory network accepts simulated ones. */
export async function serveSockets(
  accept: (connection: ServerConnection, info: ConnectionInfo) => ServerConnectionListener,
  port: number,
  host: string,
): Promise<ListeningFront> {
  const http = createServer((_request, response) => response.writeHead(426).end());
  // First: a WebSocketServer would throw its server's error at nobody.
  const listening = await listenOn(http, port, host);
  const wss = new WebSocketServer({ server: http, perMessageDeflate: false });
  wss.on("connection", (socket, request) => {
    const listener = accept(connectionOf(socket), {
      address: request.socket.remoteAddress ?? "",
      url: request.url ?? "/",
      origin: request.headers.origin ?? null,
      credentials: null,
    });
    socket.on("message", (data: Buffer, isBinary: boolean) =>
      listener.received(isBinary ? new Uint8Array(data) : data.toString("utf8")),
    );
    socket.on("pong", () => listener.ponged());
    // `close` follows, with what there is to know.
    socket.on("error", () => {});
    socket.once("close", (code: number, reason: Buffer) =>
      listener.closed(code, reason.toString("utf8")),
    );
  });
  return {
    ...listening,
    close: async () => {
      for (const socket of wss.clients) socket.terminate();
      await listening.close();
    },
  };
}

function connectionOf(socket: WebSocket): ServerConnection {
  const send = (text: string): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  };
  return {
    send,
    sendShared: ({ text }) => send(text),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
  };
}
