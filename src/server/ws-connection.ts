import type { Duplex } from "node:stream";
import { type RawData, WebSocket } from "ws";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { ServerConnection, ServerConnectionListener } from "./server-connection.ts";
import type { SharedFrame } from "./shared-frame.ts";
import type { Sweep, Swept } from "./sweep.ts";
import type { WriteTurn } from "./write-turn.ts";

/** Held writes beyond this many bytes are let go early, so that the system can take them meanwhile. */
const MAX_CORKED_BYTES = 65_536;

const TEXT = { binary: false } as const;

/** Is what the connections of one listener share. */
export interface WsShared {
  readonly turn: WriteTurn;
  readonly messageTimeoutMs: number;
  /** Who looks for messages that do not get whole. */
  readonly sweep: Sweep<WsConnection>;
}

/** Is a WebSocket that knows its connection, so that all sockets share their listeners. */
export class SessionSocket extends WebSocket {
  connection: WsConnection | null = null;
}

/** Is a connection over a WebSocket of `ws`. */
export class WsConnection implements ServerConnection, Swept {
  sweepIndex = -1;
  readonly #ws: WebSocket;
  readonly #socket: Duplex & { readonly bytesRead?: number };
  readonly #shared: WsShared;
  #listener: ServerConnectionListener | null = null;
  #isCorked = false;
  #corkedBytes = 0;
  /** Frames heard, and what was heard at the last look. */
  #frames = 0;
  #framesSeen = 0;
  #bytesSeen = 0;
  /** Since when a message is under way; null while none is. */
  #partialSinceMs: number | null = null;

  /** @param socket - The upgrade request's socket. */
  constructor(ws: SessionSocket, socket: Duplex, shared: WsShared) {
    this.#ws = ws;
    this.#socket = socket;
    this.#shared = shared;
    ws.connection = this;
    shared.sweep.add(this);
  }

  /** Begins to hear the socket. */
  open(listener: ServerConnectionListener): void {
    this.#listener = listener;
    this.#ws.on("message", onMessage);
    this.#ws.on("ping", onSign);
    this.#ws.on("pong", onSign);
    this.#ws.on("error", onError);
    this.#ws.on("close", onClose);
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  send(text: string): void {
    if (!this.#cork(text.length)) return;
    this.#ws.send(text, TEXT);
  }

  sendShared(frame: SharedFrame): void {
    const { bytes } = frame;
    if (!this.#cork(bytes.length)) return;
    this.#ws.send(bytes, TEXT);
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }

  ping(): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
  }

  /** Lets the held writes go. */
  uncork(): void {
    this.#isCorked = false;
    this.#socket.uncork();
  }

  /** Closes the connection when a message has been under way for too long. */
  sweep(nowMs: number): void {
    const bytes = this.#socket.bytesRead ?? 0;
    const isNew = bytes !== this.#bytesSeen;
    this.#bytesSeen = bytes;
    if (this.#frames !== this.#framesSeen) {
      this.#framesSeen = this.#frames;
      this.#partialSinceMs = null;
    } else if (isNew) {
      this.#partialSinceMs ??= nowMs;
    }
    if (this.#partialSinceMs === null) return;
    if (nowMs - this.#partialSinceMs < this.#shared.messageTimeoutMs) return;
    this.#partialSinceMs = null;
    this.#listener?.failed?.(CLOSE_CODES.slow.code);
    this.#ws.close(CLOSE_CODES.slow.code, "a message took too long to arrive");
  }

  /** A whole message arrived. */
  received(data: RawData, isBinary: boolean): void {
    this.#frames += 1;
    // The socket's binary type is "nodebuffer", so every message is one Buffer.
    const bytes = data as Buffer;
    this.#listener?.received(isBinary ? bytes : bytes.toString("utf8"));
  }

  /** A ping or a pong arrived. */
  heard(): void {
    this.#frames += 1;
    this.#listener?.ponged();
  }

  /** `ws` gave up on the peer's bytes, and closes by itself. */
  failed(error: Error & { readonly code?: string }): void {
    const code = FAILURES.get(error.code ?? "");
    if (code !== undefined) this.#listener?.failed?.(code);
  }

  /** The socket is gone. */
  gone(code: number, reason: string): void {
    this.#shared.sweep.delete(this);
    this.#listener?.closed(code, reason);
  }

  /** @returns Whether anything may be written. */
  #cork(bytes: number): boolean {
    // A write behind our Close frame would break the protocol.
    if (this.#ws.readyState !== WebSocket.OPEN) return false;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#corkedBytes = 0;
      this.#socket.cork();
      this.#shared.turn.add(this);
    } else if (this.#corkedBytes > MAX_CORKED_BYTES) {
      this.#corkedBytes = 0;
      this.#socket.uncork();
      this.#socket.cork();
    }
    this.#corkedBytes += bytes;
    return true;
  }
}

/** What `ws` closes with for an error of the peer's, by the error's documented code. */
const FAILURES: ReadonlyMap<string, number> = new Map([
  ["WS_ERR_EXPECTED_FIN", CLOSE_CODES.protocolError.code],
  ["WS_ERR_EXPECTED_MASK", CLOSE_CODES.protocolError.code],
  ["WS_ERR_INVALID_CLOSE_CODE", CLOSE_CODES.protocolError.code],
  ["WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH", CLOSE_CODES.protocolError.code],
  ["WS_ERR_INVALID_OPCODE", CLOSE_CODES.protocolError.code],
  ["WS_ERR_INVALID_UTF8", CLOSE_CODES.invalidPayload.code],
  ["WS_ERR_TOO_MANY_BUFFERED_PARTS", 1008],
  ["WS_ERR_UNEXPECTED_RSV_1", CLOSE_CODES.protocolError.code],
  ["WS_ERR_UNEXPECTED_RSV_2_3", CLOSE_CODES.protocolError.code],
  ["WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH", CLOSE_CODES.tooBig.code],
  ["WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", CLOSE_CODES.tooBig.code],
]);

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  (this as SessionSocket).connection?.received(data, isBinary);
}

function onSign(this: WebSocket): void {
  (this as SessionSocket).connection?.heard();
}

function onError(this: WebSocket, error: Error): void {
  (this as SessionSocket).connection?.failed(error);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  (this as SessionSocket).connection?.gone(code, reason.toString("utf8"));
}
