import type { Duplex } from "node:stream";
import { type RawData, WebSocket } from "ws";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import type { HeldFrames } from "../fanout/held-frames.ts";
import { SharedFrame } from "../fanout/shared-frame.ts";
import type { FrameHolder, WriteTurn } from "../fanout/write-turn.ts";
import type { ServerConnection, ServerConnectionListener } from "./server-connection.ts";
import type { Sweep, Swept } from "./sweep.ts";

/** Held frames beyond this many bytes are written early, so that the system can take them meanwhile. */
const MAX_HELD_BYTES = 65_536;

const TEXT = { binary: false } as const;

/** What stands before the payload of a client's ping or pong, its mask included: RFC 6455 §5.2. */
const CONTROL_HEAD_BYTES = 6;

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

  /**
   * Begins the close handshake behind everything that was sent. `ws` calls it as well, to echo the peer's Close
   * or to answer bytes that are no WebSocket's, before it tells anybody.
   */
  override close(code?: number, data?: string | Buffer): void {
    this.connection?.flushLast();
    super.close(code, data);
  }
}

/** Is the upgrade request's socket. */
type ConnectionSocket = Duplex & {
  readonly bytesRead?: number;
  [CONNECTION]?: WsConnection;
};

const CONNECTION = Symbol("connection");

/**
 * Is a connection over a WebSocket of `ws`.
 *
 * What is sent waits for the end of the turn and goes to the socket directly, framed once for all connections and
 * in one write: `ws` would make and write a frame for each. Answers wait in the same list as events, so there is one
 * order. Where messages are compressed, which takes time and state of each connection, `ws` sends them.
 */
export class WsConnection implements ServerConnection, Swept, FrameHolder {
  sweepIndex = -1;
  readonly #ws: WebSocket;
  readonly #socket: ConnectionSocket;
  readonly #shared: WsShared;
  readonly #isCompressed: boolean;
  #listener: ServerConnectionListener | null = null;
  /** Frames that wait. Kept when they can no longer be written, so that they count as unsent. */
  #held: HeldFrames | null = null;
  /** Whether frames may wait: no Close frame was written, and our side has not ended. */
  #isOpen = true;
  /** Whether the system took all of the last write; not known where `ws` writes. */
  #isTaken: boolean;
  /** Whether an answer is among them, for which they leave at the end of this turn. */
  #isDue = false;
  /** Messages heard, and how many at the last look. */
  #messages = 0;
  #messagesSeen = 0;
  /** How many of the bytes that were read belong to something whole. */
  #wholeBytes: number;
  /** Down to how many buffered bytes somebody awaits; null while nobody does. */
  #drainTo: number | null = null;
  /** Since when a message is under way; null while none is. */
  #partialSinceMs: number | null = null;

  /**
   * @param socket - The upgrade request's socket.
   * @param headBytes - How many bytes behind the request were read with it.
   */
  constructor(ws: SessionSocket, socket: Duplex, headBytes: number, shared: WsShared) {
    this.#ws = ws;
    this.#socket = socket;
    this.#shared = shared;
    this.#isCompressed = ws.extensions !== "";
    this.#isTaken = !this.#isCompressed;
    this.#wholeBytes = this.#bytesRead - headBytes;
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
    // Before the listener of `ws`, which ends our side as well.
    this.#socket[CONNECTION] = this;
    this.#socket.prependListener("end", onEnd);
  }

  get isDrained(): boolean {
    return this.#held === null && this.#isTaken;
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount + (this.#held?.byteLength ?? 0);
  }

  send(text: string): void {
    if (this.#isCompressed) this.#sendCompressed(text);
    else if (this.#hold(new SharedFrame(text)) !== "refused" && !this.#isDue) {
      this.#isDue = true;
      this.#shared.turn.add(this);
    }
  }

  sendShared(frame: SharedFrame): void {
    if (this.#isCompressed) {
      this.#sendCompressed(frame.bytes);
      return;
    }
    const held = this.#hold(frame);
    if (held === "first") this.#shared.turn.addPatient(this);
    if (frame.timing !== null && held !== "refused") this.#shared.turn.time(frame.timing);
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

  /** Writes the frames that wait. */
  flush(): void {
    const held = this.#held;
    // A write behind a Close frame would break the protocol.
    if (held === null || this.#ws.readyState !== WebSocket.OPEN) return;
    this.#held = null;
    this.#isDue = false;
    if (this.#drainTo === null) this.#socket.write(held.bytes);
    else this.#writeAwaited(held.bytes);
    this.#isTaken = this.#socket.writableLength === 0;
  }

  awaitDrain(maxBytes: number): void {
    if (this.#drainTo === null) this.#socket.once("drain", onDrain);
    this.#drainTo = maxBytes;
  }

  // Apart, because a function with a closure in it costs something even where the closure is not made.
  #writeAwaited(bytes: Buffer): void {
    this.#socket.write(bytes, () => this.written());
  }

  /** Something that was sent has been taken. */
  written(): void {
    if (this.#drainTo === null || this.bufferedBytes > this.#drainTo) return;
    this.#drainTo = null;
    this.#socket.removeListener("drain", onDrain);
    this.#listener?.drained?.();
  }

  /** Writes the frames that wait, and takes no more: the connection's end follows. */
  flushLast(): void {
    this.flush();
    this.#isOpen = false;
  }

  /** Closes the connection when a message has been under way for too long. */
  sweep(nowMs: number): void {
    const isPartial = this.#bytesRead > this.#wholeBytes;
    if (!isPartial || this.#messages !== this.#messagesSeen) this.#partialSinceMs = null;
    this.#messagesSeen = this.#messages;
    if (!isPartial) return;
    this.#partialSinceMs ??= nowMs;
    if (nowMs - this.#partialSinceMs < this.#shared.messageTimeoutMs) return;
    this.#partialSinceMs = null;
    this.#listener?.failed?.(CLOSE_CODES.slow.code);
    this.#ws.close(CLOSE_CODES.slow.code, "a message took too long to arrive");
  }

  /** A whole message arrived. */
  received(data: RawData, isBinary: boolean): void {
    this.#messages += 1;
    // In how many frames it came is not known. What was read with it counts as whole, too.
    this.#wholeBytes = this.#bytesRead;
    // The socket's binary type is "nodebuffer", so every message is one Buffer.
    const bytes = data as Buffer;
    this.#listener?.received(isBinary ? bytes : bytes.toString("utf8"));
  }

  /** A ping or a pong arrived, perhaps between the parts of a message. */
  heard(payload: Buffer): void {
    this.#wholeBytes += CONTROL_HEAD_BYTES + payload.length;
    // It may have been counted already, with a message before it.
    this.#wholeBytes = Math.min(this.#wholeBytes, this.#bytesRead);
    this.#listener?.ponged();
  }

  /** `ws` gave up on the peer's bytes, and closes by itself. */
  failed(error: Error & { readonly code?: string }): void {
    const code = FAILURES.get(error.code ?? "");
    if (code !== undefined) this.#listener?.failed?.(code);
  }

  /** The socket is gone. */
  gone(code: number, reason: string): void {
    this.#isOpen = false;
    this.#shared.sweep.delete(this);
    this.#listener?.closed(code, reason);
  }

  get #bytesRead(): number {
    return this.#socket.bytesRead ?? 0;
  }

  /** @returns Whether the frame waits, and as the first. */
  #hold(frame: SharedFrame): "first" | "behind" | "refused" {
    if (!this.#isOpen) return "refused";
    const held = this.#held;
    if (held === null) {
      this.#held = this.#shared.turn.begin(frame);
      return "first";
    }
    if (held.byteLength < MAX_HELD_BYTES) {
      this.#held = held.followedBy(frame);
      return "behind";
    }
    this.flush();
    this.#held = this.#shared.turn.begin(frame);
    return "first";
  }

  #sendCompressed(message: string | Buffer): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (this.#drainTo === null) this.#ws.send(message, TEXT);
    else this.#ws.send(message, TEXT, () => this.written());
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
  ["WS_ERR_TOO_MANY_BUFFERED_PARTS", CLOSE_CODES.tooManyParts.code],
  ["WS_ERR_UNEXPECTED_RSV_1", CLOSE_CODES.protocolError.code],
  ["WS_ERR_UNEXPECTED_RSV_2_3", CLOSE_CODES.protocolError.code],
  ["WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH", CLOSE_CODES.tooBig.code],
  ["WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", CLOSE_CODES.tooBig.code],
]);

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  (this as SessionSocket).connection?.received(data, isBinary);
}

function onSign(this: WebSocket, payload: Buffer): void {
  (this as SessionSocket).connection?.heard(payload);
}

function onError(this: WebSocket, error: Error): void {
  (this as SessionSocket).connection?.failed(error);
}

/** All that was written to the socket has been taken. */
function onDrain(this: ConnectionSocket): void {
  this[CONNECTION]?.written();
}

/** The peer has no more to say, and said no Close. */
function onEnd(this: ConnectionSocket): void {
  this[CONNECTION]?.flushLast();
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  (this as SessionSocket).connection?.gone(code, reason.toString("utf8"));
}
