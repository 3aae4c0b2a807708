import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type {
  Connection,
  ConnectionListener,
  ConnectTarget,
  Transport,
} from "../session/connection/transport.ts";
import { WriteBatch } from "./write-batch.ts";

/** Settings of {@link createWsTransport}. */
export interface WsTransportOptions {
  /** Headers of the upgrade request, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Largest message accepted, in bytes; a larger one ends the connection with 1009. By default that is not retried:
   * what is subscribed would bring the same message again.
   *
   * @defaultValue 16 MiB
   */
  readonly maxMessageBytes?: number;
}

const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** What `ws` counts up to; it takes more, and what is no number, for no limit. */
const LARGEST_MAX_MESSAGE_BYTES = 2_147_483_647;

/**
 * Makes the transport of Node: the `ws` package, without permessage-deflate.
 *
 * @throws RangeError when `maxMessageBytes` is not an integer from 1 to 2,147,483,647.
 */
export function createWsTransport(options: WsTransportOptions = {}): Transport {
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  const isInRange = maxMessageBytes >= 1 && maxMessageBytes <= LARGEST_MAX_MESSAGE_BYTES;
  if (!(Number.isInteger(maxMessageBytes) && isInRange)) {
    throw new RangeError(
      `maxMessageBytes must be an integer from 1 to ${LARGEST_MAX_MESSAGE_BYTES}, got ${maxMessageBytes}`,
    );
  }
  return {
    connect: (target, listener) => new WsConnection(target, listener, options),
  };
}

/** How `ws` names a message above its `maxPayload`. */
const MESSAGE_TOO_BIG = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";

/** A WebSocket whose messages are framed and written by the turn. */
class BatchingSocket extends WebSocket {
  batch: WriteBatch | undefined;

  /**
   * Begins the close handshake behind everything that was sent. `ws` calls it as well, to echo the peer's Close, before
   * it tells anybody.
   */
  override close(code?: number, data?: string | Buffer): void {
    this.batch?.flush();
    super.close(code, data);
  }
}

class WsConnection implements Connection {
  readonly #socket: BatchingSocket;
  #cause: Error | undefined;

  constructor(target: ConnectTarget, listener: ConnectionListener, options: WsTransportOptions) {
    const socket = new BatchingSocket(target.url, [...target.subprotocols], {
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      ...(options.headers === undefined ? undefined : { headers: { ...options.headers } }),
    });
    this.#socket = socket;
    // The upgrade's own socket is public; the one inside `ws` is not.
    socket.once("upgrade", (response: IncomingMessage) => {
      const isOpen = () => socket.readyState === WebSocket.OPEN;
      socket.batch = new WriteBatch(response.socket, isOpen);
    });
    socket.once("open", () => listener.opened(socket.protocol));
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      listener.received(isBinary ? new Uint8Array(data) : data.toString("utf8"));
    });
    // `close` always follows an error; it is told there.
    socket.on("error", (error: Error) => {
      this.#cause ??= error;
    });
    socket.once("close", (code: number, reason: Buffer) => {
      listener.closed(this.#ownCode ?? code, reason.toString("utf8"), this.#cause);
    });
  }

  /** With what this side ended the connection; `ws` tells a close that the peer did not begin as 1006. */
  get #ownCode(): number | undefined {
    const { code } = (this.#cause ?? {}) as { readonly code?: string };
    return code === MESSAGE_TOO_BIG ? CLOSE_CODES.tooBig.code : undefined;
  }

  get bufferedBytes(): number {
    return this.#socket.batch?.unsentBytes ?? 0;
  }

  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.batch?.add(text);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}
