/** RFC 6455 §7.4.1: the connection ended without a close handshake. */
export const ABNORMAL_CLOSURE = 1006;

/** Where a session connects to. */
export interface ConnectTarget {
  /** A `ws:` or `wss:` URL. */
  readonly url: string;
  /** WebSocket subprotocols to offer, most wanted first. */
  readonly subprotocols: readonly string[];
}

/**
 * Hears what happens on one connection. A transport calls `opened` at most once, then `received`
 * any number of times, then `closed` exactly once, and nothing after that.
 */
export interface ConnectionListener {
  /**
   * The WebSocket is open.
   *
   * @param subprotocol - The subprotocol that the peer chose, or `""`.
   */
  opened(subprotocol: string): void;
  /**
   * One whole message arrived.
   *
   * @param data - Text as a string, binary as bytes.
   */
  received(data: string | Uint8Array): void;
  /**
   * The connection is gone, or never came to be.
   *
   * @param code - WebSocket close code; 1006 where there was no close handshake.
   * @param reason - The peer's reason, or `""`.
   * @param cause - The system's error, where there was one.
   */
  closed(code: number, reason: string, cause?: Error): void;
}

/** One WebSocket, or what stands for it in a simulation. */
export interface Connection {
  /**
   * Hands one text message over, in order. Messages of one event-loop turn may leave together.
   * After `close` or `terminate`, or once closed, it does nothing.
   */
  send(text: string): void;
  /**
   * Starts the close handshake behind everything sent before. `closed` follows, at the latest when
   * the caller terminates.
   */
  close(code: number, reason: string): void;
  /**
   * Drops the connection at once (in a browser: detaches from it and lets it close by itself).
   * `closed(1006, …)` follows, not before this call returns.
   */
  terminate(): void;
  /** Bytes handed over that have not left the process yet, or never will, as far as the transport can tell. */
  readonly bufferedBytes: number;
  /** Stops reading from the peer, where the transport can. */
  pause?(): void;
  /** Reads on after {@link Connection.pause}. */
  resume?(): void;
}

/** Opens connections: `ws` on Node, the browser's WebSocket, or an in-memory pair. */
export interface Transport {
  /**
   * Starts to connect. What the network or the peer does is `closed`.
   *
   * @throws Whatever makes a connection impossible, such as a page's security policy. To the session that is a refused
   *   connection, with the error as its cause.
   */
  connect(target: ConnectTarget, listener: ConnectionListener): Connection;
}
