import type { SharedFrame } from "../fanout/shared-frame.ts";

/**
 * What the server's core needs from a socket. The `ws` listener makes one per WebSocket; the
 * in-memory network of `orderly-ws/testing` makes one per simulated connection.
 *
 * None of the members throws, and none calls the listener before it returns.
 */
export interface ServerConnection {
  /** Hands one text message over, in order. Messages of one event-loop turn leave in one write. */
  send(text: string): void;
  /** Hands over a message that many connections get; in one order with those of `send`. */
  sendShared(frame: SharedFrame): void;
  /** Starts the close handshake behind everything sent before. */
  close(code: number, reason: string): void;
  /** Drops the connection at once; `closed(1006, "")` follows. */
  terminate(): void;
  /** Sends a WebSocket ping, where there are such; the answer is `ponged`. */
  ping(): void;
  /** Bytes handed over that the peer's side has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * Whether nothing of what was sent waits, as far as is known without a look at the socket, which a fan-out to
   * thousands of them need not take twice. False, or absent, says nothing.
   */
  readonly isDrained?: boolean;
  /**
   * Calls the listener's `drained` once, later, when at most so many bytes are buffered. Without it, that is noticed
   * at the next event or the next sweep.
   */
  awaitDrain?(maxBytes: number): void;
}

/** Hears what a client does on one connection. `closed` comes exactly once, and last. */
export interface ServerConnectionListener {
  /** One whole message arrived: text as a string, binary as bytes. */
  received(data: string | Uint8Array): void;
  /** The client answered a ping. */
  ponged(): void;
  /** So much was taken of what was sent that no more waits than `awaitDrain` asked for. */
  drained?(): void;
  /**
   * The wiring is closing the connection, with this code, because of what the peer sent: nothing more
   * can be written. `closed` follows.
   */
  failed?(code: number): void;
  /** The connection is gone. Code 1006 where there was no close handshake. */
  closed(code: number, reason: string): void;
}

/** What is known of a connection before its first message. */
export interface ConnectionInfo {
  /** The client's address, as far as proxies are trusted; `""` where there is none. */
  readonly address: string;
  /** The request's path and query. */
  readonly url: string;
  /** The `Origin` header, or null without one. */
  readonly origin: string | null;
  /** Credentials that came with the upgrade request, or null. */
  readonly credentials: Credentials | null;
}

/** A token, and how it came. */
export interface Credentials {
  /** What the client presented. */
  readonly token: string;
  /** `message`: `session.authenticate`; `header`: `Authorization: Bearer`; `cookie`: the cookie `cookieName`. */
  readonly source: "message" | "header" | "cookie";
}
