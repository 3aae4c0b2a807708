import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { FaultLink, ProxyEnd } from "./fault-link.ts";
import type { FaultProxy, FaultProxyAddress, ListeningProxy } from "./fault-proxy.ts";
import type { Direction } from "./memory-link.ts";
import { listenOn } from "./socket-front.ts";

/** RFC 6455 §7.4.1: a Close without a code. */
const NO_STATUS = 1005;

/** Request headers of this hop; the server behind the proxy may decide by any other. RFC 9110 §7.6.1, RFC 6455 §4.1. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Runs a proxy on sockets. A client is accepted once the server behind has accepted, with the subprotocol that it chose. */
export async function proxySockets(
  proxy: FaultProxy,
  { upstream, port = 0, host = "127.0.0.1" }: FaultProxyAddress,
): Promise<ListeningProxy> {
  const { protocol } = new URL(upstream);
  if (protocol !== "ws:" && protocol !== "wss:") {
    throw new TypeError(`upstream must begin with ws: or wss:, got ${protocol}`);
  }
  const chosen = new WeakMap<IncomingMessage, string>();
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols: (_offered, request) => chosen.get(request) ?? false,
  });
  const servers = new Set<WebSocket>();
  const http = createServer((_request, response) => response.writeHead(426).end());
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const server = connect(upstream, request);
    if (server === undefined) {
      refuse(socket, 400);
      return;
    }
    servers.add(server);
    const link = proxy.open();
    let isAccepted = false;
    follow(server, link, "toClient");
    server.once("close", () => servers.delete(server));
    server.once("open", () => {
      chosen.set(request, server.protocol);
      link.attach("toServer", endOf(server));
      wss.handleUpgrade(request, socket, head, (client) => {
        isAccepted = true;
        follow(client, link, "toServer");
        link.attach("toClient", endOf(client));
      });
    });
    server.once("unexpected-response", (_request, response: IncomingMessage) => {
      refuse(socket, response.statusCode ?? 502);
      server.terminate();
    });
    // Refused, or ended before it was open.
    server.once("close", () => {
      if (chosen.has(request)) return;
      refuse(socket, 502);
      link.cut();
    });
    // Left before it was accepted, or never was, because its request was no handshake.
    socket.once("close", () => {
      if (isAccepted) return;
      server.terminate();
      link.cut();
    });
  });
  const listening = await listenOn(http, port, host);
  return {
    url: `ws://${listening.host}:${listening.port}/`,
    close: async () => {
      proxy.cut();
      for (const server of servers) server.terminate();
      await listening.close();
    },
  };
}

/** Returns undefined where the client's request cannot be made of the server behind. */
function connect(upstream: string, request: IncomingMessage): WebSocket | undefined {
  const offered = request.headers["sec-websocket-protocol"];
  const protocols = offered === undefined ? [] : offered.split(",").map((each) => each.trim());
  const headers = Object.entries(request.headers).filter(
    ([name]) => !OWN_HEADERS.has(name) && !name.startsWith("sec-websocket-"),
  );
  // Put in their place, not resolved: a path such as "//host" would name another server.
  const url = new URL(upstream);
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  url.pathname = path;
  url.search = query.join("?");
  try {
    return new WebSocket(url, protocols, {
      perMessageDeflate: false,
      headers: Object.fromEntries(headers),
    });
  } catch {
    // Subprotocols that are empty, none, or offered twice.
    return undefined;
  }
}

/** Hands on what a socket brings. */
function follow(socket: WebSocket, link: FaultLink, direction: Direction): void {
  socket.on("message", (data: Buffer, isBinary: boolean) =>
    link.message(direction, isBinary ? new Uint8Array(data) : data.toString("utf8")),
  );
  // `close` follows, with what there is to know.
  socket.on("error", () => {});
  socket.once("close", (code: number, reason: Buffer) =>
    link.closed(direction, code, reason.toString("utf8")),
  );
}

function endOf(socket: WebSocket): ProxyEnd {
  return {
    send: (data) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    close: (code, reason) => {
      if (code === NO_STATUS) socket.close();
      else socket.close(code, reason);
    },
    terminate: () => socket.terminate(),
  };
}

function refuse(socket: Duplex, status: number): void {
  if (!socket.writable) return;
  // Not left to the client, which might never end its side.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\n\r\n`);
}
