/** A close code, and what follows from it. */
export interface CloseCode {
  /** The number in the Close frame. */
  readonly code: number;
  /** Whether a session reconnects after it, unless its options say otherwise. */
  readonly retry: boolean;
}

/** The name of a close code in {@link CLOSE_CODES}. */
export type CloseCodeName =
  | "normal"
  | "protocolError"
  | "unsupportedData"
  | "invalidPayload"
  | "tooManyParts"
  | "tooBig"
  | "internalError"
  | "restart"
  | "tryAgainLater"
  | "unauthenticated"
  | "forbidden"
  | "slow"
  | "tooManySessions"
  | "replaced"
  | "idle"
  | "rateLimited";

/**
 * Every WebSocket close code that a server of this library sends, and what a client may conclude.
 *
 * `retry` says whether a session reconnects after it by default
 * (`shouldReconnect` in the session's options overrides that).
 *
 * @see RFC 6455 §7.4 for the codes below 4000.
 */
export const CLOSE_CODES: Readonly<Record<CloseCodeName, CloseCode>> = {
  /** Normal end: the session said bye, or had nothing to say. */
  normal: { code: 1000, retry: false },
  /** The peer broke the WebSocket protocol. */
  protocolError: { code: 1002, retry: false },
  /** Binary, where `orderly.v1` is text. */
  unsupportedData: { code: 1003, retry: false },
  /** Text that is not UTF-8. */
  invalidPayload: { code: 1007, retry: false },
  /** A message of more frames than a server puts together: 16,384. */
  tooManyParts: { code: 1008, retry: false },
  /** A message above `maxMessageBytes`. */
  tooBig: { code: 1009, retry: false },
  /** The server failed: a bug, or its own application code during accept. */
  internalError: { code: 1011, retry: true },
  /** The server restarts or goes away; come back after a random delay. */
  restart: { code: 1012, retry: true },
  /** The server is at `maxSessions`, or has too many handshakes pending; come back later. */
  tryAgainLater: { code: 1013, retry: true },
  /** Credentials missing, refused, expired, or not presented in time. */
  unauthenticated: { code: 4401, retry: false },
  /** The origin or the principal may not do this. */
  forbidden: { code: 4403, retry: false },
  /** The client reads more slowly than it is sent to: over `maxPendingBytes`, or a message took over 10 s to arrive. */
  slow: { code: 4408, retry: true },
  /** Too many sessions of one user or one address. */
  tooManySessions: { code: 4409, retry: true },
  /** The same session connected anew; this older connection is replaced. */
  replaced: { code: 4410, retry: false },
  /** Nothing was heard for `idleTimeoutMs`. */
  idle: { code: 4411, retry: true },
  /** Over the request rate for too long. */
  rateLimited: { code: 4429, retry: true },
};
