import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import { JSON_RPC_SUBPROTOCOL } from "../../protocol/json-rpc/messages.ts";
import { WriteTurn } from "../fanout/write-turn.ts";
import type { ServerCore } from "../server-core.ts";
import { ServerError } from "../server-error.ts";
import { MAX_TIMER_MS } from "../system-clock.ts";
import { addressKey } from "./address-key.ts";
import type {
  ConnectionInfo,
  ServerConnection,
  ServerConnectionListener,
} from "./server-connection.ts";
import { Sweep } from "./sweep.ts";
import { isOriginAllowed, readUpgrade, type UpgradeOptions } from "./upgrade-request.ts";
import { SessionSocket, WsConnection, type WsShared } from "./ws-connection.ts";

/** How WebSockets are accepted. */
export interface WsListenerOptions extends UpgradeOptions {
  /** Whether to compress. */
  readonly perMessageDeflate: boolean;
  /** Milliseconds for which events wait for more. */
  readonly flushMs: number;
}

/** Makes the core's side of a connection. */
export type Acceptor = (
  connection: ServerConnection,
  info: ConnectionInfo,
) => ServerConnectionListener;

/** Milliseconds between looks for upgrade requests that take too long. */
const CHECK_INTERVAL_MS = 1_000;

/** Turns upgrade requests into connections of the core: all that is Node's and `ws`'s is here. */
export class WsListener {
  readonly #core: ServerCore;
  readonly #accept: Acceptor;
  readonly #options: WsListenerOptions;
  readonly #wss: WebSocketServer;
  readonly #shared: WsShared;
  readonly #detach: (() => void)[] = [];
  readonly #owned: HttpServer[] = [];
  /** Sockets that were accepted only to be told why they are refused. */
  readonly #refused = new Set<Duplex>();

  constructor(core: ServerCore, options: WsListenerOptions, accept: Acceptor) {
    this.#core = core;
    this.#accept = accept;
    this.#options = options;
    const { limits } = core;
    const wsOptions = {
      noServer: true,
      clientTracking: false,
      maxPayload: limits.maxMessageBytes,
      perMessageDeflate: options.perMessageDeflate,
      // Ours ends the wait as well; this one is for sockets that the core has never seen.
      closeTimeout: limits.closeTimeoutMs,
      handleProtocols: (offered: Set<string>): string | false =>
        offered.has(JSON_RPC_SUBPROTOCOL) ? JSON_RPC_SUBPROTOCOL : false,
      WebSocket: SessionSocket,
    };
    this.#wss = new WebSocketServer(wsOptions);
    this.#shared = {
      turn: new WriteTurn(core.clock, options.flushMs),
      messageTimeoutMs: limits.messageTimeoutMs,
      sweep: new Sweep(core.clock, limits.sweepIntervalMs, () => {}),
    };
  }

  /** Listens on a port of its own. A request that is no upgrade is answered 426. */
  listen(port: number, host?: string): Promise<AddressInfo> {
    const { limits } = this.#core;
    const handshakeTimeoutMs = nodeTimeout(limits.handshakeTimeoutMs);
    const server = createServer(
      {
        headersTimeout: handshakeTimeoutMs,
        requestTimeout: handshakeTimeoutMs,
        connectionsCheckingInterval: Math.min(
          CHECK_INTERVAL_MS,
          handshakeTimeoutMs || CHECK_INTERVAL_MS,
        ),
      },
      answerUpgradeRequired,
    );
    // One who is told why it is refused still needs a socket; who comes on top of those gets none.
    server.maxConnections = Math.min(
      limits.maxSessions + 2 * limits.maxPendingHandshakes,
      Number.MAX_SAFE_INTEGER,
    );
    this.#owned.push(server);
    this.attach(server, null);
    return new Promise((resolve, reject) => {
      const failed = (cause: Error): void => {
        reject(new ServerError("LISTENER_FAILED", `cannot listen on port ${port}`, { cause }));
      };
      server.once("error", failed);
      // Node does not tell of a port that was given up before it was there.
      server.once("close", () => reject(new ServerError("SERVER_CLOSED", "the server is closed")));
      server.listen(port, host, () => {
        server.off("error", failed);
        server.on("error", (cause) => {
          this.#core.report("LISTENER_FAILED", "the HTTP server failed", null, cause);
        });
        resolve(server.address() as AddressInfo);
      });
    });
  }

  /**
   * Takes the upgrade requests of a server that is somebody else's.
   *
   * @param path - Which path's; null for all. Others are left to other listeners, or answered 404
   *   where there are none.
   */
  attach(server: HttpServer, path: string | null): void {
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (path !== null && (request.url ?? "").split("?")[0] !== path) {
        if (server.listenerCount("upgrade") === 1) refuse(socket, 404);
        return;
      }
      this.handleUpgrade(request, socket, head);
    };
    server.on("upgrade", onUpgrade);
    this.#detach.push(() => server.off("upgrade", onUpgrade));
  }

  /** Makes a connection of one upgrade request, or refuses it. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const core = this.#core;
    const info = readUpgrade(request, this.#options);
    if (core.isClosing) {
      this.#refuse(socket, info, 503);
      return;
    }
    if (!this.#isAllowed(request, info)) {
      this.#refuseReadably(request, socket, head, info);
      return;
    }
    const isCrowded = core.provisional + this.#refused.size >= core.limits.maxPendingHandshakes;
    if (isCrowded && core.admission.isFull(addressKey(info.address))) {
      this.#refuse(socket, info, 503);
      return;
    }
    this.#wss.handleUpgrade(request, socket, head, (ws) => {
      const connection = new WsConnection(ws as SessionSocket, socket, head.length, this.#shared);
      connection.open(this.#accept(connection, info));
    });
  }

  /** A function of the application's that throws says no: an upgrade has nobody above it to catch. */
  #isAllowed(request: IncomingMessage, info: ConnectionInfo): boolean {
    try {
      return isOriginAllowed(request, info, this.#options.allowedOrigins);
    } catch (cause) {
      this.#core.report("AUTHORIZE_THREW", "allowedOrigins threw", null, cause);
      return false;
    }
  }

  /** Stops to accept; the connections that there are stay. */
  stop(): void {
    for (const detach of this.#detach.splice(0)) detach();
    // Answers that come after `close()` must still be refused, not left hanging.
    for (const server of this.#owned) {
      server.on("upgrade", (_request, socket: Duplex) => refuse(socket, 503));
      server.close();
    }
  }

  /** Lets go of what is left when every session is gone. */
  release(): void {
    for (const server of this.#owned.splice(0)) server.closeAllConnections();
    for (const socket of this.#refused) socket.destroy();
  }

  /** Tells a browser why: it reads close codes, but no HTTP status of an upgrade. */
  #refuseReadably(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    info: ConnectionInfo,
  ): void {
    if (this.#refused.size >= this.#core.limits.maxPendingHandshakes) {
      this.#refuse(socket, info, 403);
      return;
    }
    this.#refused.add(socket);
    socket.once("close", () => this.#refused.delete(socket));
    this.#wss.handleUpgrade(request, socket, head, (ws: WebSocket) => {
      const { code } = CLOSE_CODES.forbidden;
      this.#count(info, code);
      ws.on("error", () => {});
      ws.close(code, "the origin is not allowed");
    });
  }

  #refuse(socket: Duplex, info: ConnectionInfo, status: number): void {
    this.#count(info, status);
    refuse(socket, status);
  }

  #count(info: ConnectionInfo, code: number): void {
    const core = this.#core;
    core.counters.refusedUpgrades += 1;
    core.observe(() => core.emitter.emit("refused", info.address, code), null);
  }
}

/** Node's timeouts are whole numbers; 0 turns one off. */
function nodeTimeout(timeoutMs: number): number {
  return timeoutMs > MAX_TIMER_MS ? 0 : Math.ceil(timeoutMs);
}

function answerUpgradeRequired(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, {
    Connection: "Upgrade, close",
    Upgrade: "websocket",
    "Content-Type": "text/plain",
  });
  response.end("Upgrade Required: this is a WebSocket server\n");
}

function refuse(socket: Duplex, status: number): void {
  socket.on("error", () => {});
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
