/** How a request ended; see {@link CompletionToken.outcome}. */
export type Outcome = "acked" | "superseded" | "failed" | "unknown";

/** An outcome that rejects. */
export type Unsuccessful = Exclude<Outcome, "acked">;

/**
 * Every code of a {@link SessionError}, with the outcome that it means for a request.
 *
 * One code means one outcome, always: whoever reads `LINK_LOST` knows that the request may have taken
 * effect. `null` marks codes that no request ends with: they reach the application as an `error`
 * event. Each has a row in `docs/errors.md`.
 */
export const SESSION_ERRORS = {
  /** `connect()` was not called yet. */
  NOT_CONNECTED: "failed",
  /** `close()` was called; nothing new is accepted. */
  SESSION_CLOSING: "failed",
  /** The session is closed. */
  SESSION_CLOSED: "failed",
  /** The session is in state `error`; `cause` says what brought it there. */
  SESSION_FAILED: "failed",
  /** The bounded queue of operations that wait for a connection is full. */
  QUEUE_FULL: "failed",
  /** The connection was refused, or ended before it was open. */
  CONNECT_REFUSED: "failed",
  /** The peer refused the credentials. */
  AUTHENTICATION_REFUSED: "failed",
  /** The application's credentials callback threw. */
  CREDENTIALS_FAILED: "failed",
  /** The peer refused a request, certainly without effect; `peer` says why. */
  REQUEST_REFUSED: "failed",
  /** The peer refused a topic; none of the subscription's topics stays subscribed. */
  TOPIC_REFUSED: "failed",
  /** The deadline passed before the request was written. */
  DEADLINE_BEFORE_WRITE: "failed",
  /** The caller's signal aborted the request before it was written. */
  ABORTED_BEFORE_WRITE: "failed",
  /** The parameters cannot be encoded (a cycle, a BigInt). */
  NOT_ENCODABLE: "failed",
  /** The protocol has no message for this operation. */
  NOT_SUPPORTED: "failed",
  /** The link was lost for good before the request was written: no reconnect follows. */
  NEVER_WRITTEN: "failed",
  /** A later request made this one moot before it was written. */
  SUPERSEDED: "superseded",
  /** The link was lost after the write. */
  LINK_LOST: "unknown",
  /** No answer came by the deadline, after the write. */
  DEADLINE_EXCEEDED: "unknown",
  /** The caller's signal aborted the wait, after the write. */
  ABORTED: "unknown",
  /** The peer's method threw or timed out half way, or its error proves nothing; `peer` says more. */
  METHOD_FAILED: "unknown",
  /** The peer's answer has a shape that the operation cannot have. */
  BAD_ANSWER: "unknown",
  /** An application's event handler threw or rejected. */
  HANDLER_FAILED: null,
  /** An application's merge function threw; both events were delivered. */
  MERGE_FAILED: null,
  /** An observer, listener or interceptor of the application threw; the message went on. */
  OBSERVER_FAILED: null,
  /** The peer sent what the protocol does not allow; the message was ignored. */
  PROTOCOL_VIOLATION: null,
  /** Nothing was heard for the ping interval and the time to answer: the connection was dropped. */
  HEARTBEAT_TIMEOUT: null,
  /** The peer closed the connection, or the network did. */
  CONNECTION_LOST: null,
  /** `waitFor` waited for a state that can no longer come. */
  STATE_UNREACHABLE: null,
  /** A state handler of this library threw: a bug of ours. */
  INTERNAL: null,
} as const;

/** A code in {@link SESSION_ERRORS}. */
export type SessionErrorCode = keyof typeof SESSION_ERRORS;

/** Every code, in the order of the documentation. */
export const SESSION_ERROR_CODES: readonly SessionErrorCode[] = /* @__PURE__ */ Object.keys(
  SESSION_ERRORS,
) as SessionErrorCode[];

// The codes that are not `failed`: all that a page needs of the list above. A test compares the two.
const UNKNOWN: readonly SessionErrorCode[] = [
  "LINK_LOST",
  "DEADLINE_EXCEEDED",
  "ABORTED",
  "METHOD_FAILED",
  "BAD_ANSWER",
];
const OF_NO_REQUEST: readonly SessionErrorCode[] = [
  "HANDLER_FAILED",
  "MERGE_FAILED",
  "OBSERVER_FAILED",
  "PROTOCOL_VIOLATION",
  "HEARTBEAT_TIMEOUT",
  "CONNECTION_LOST",
  "STATE_UNREACHABLE",
  "INTERNAL",
];

function outcomeOf(code: SessionErrorCode): Unsuccessful | null {
  if (code === "SUPERSEDED") return "superseded";
  if (UNKNOWN.includes(code)) return "unknown";
  return OF_NO_REQUEST.includes(code) ? null : "failed";
}

/** What the peer said when it refused. */
export interface PeerRefusal {
  /** The peer's stable name for it, such as `FORBIDDEN`; see `PROTOCOL.md` for those of our server. */
  readonly code: string;
  /** The peer's words, for people. */
  readonly message: string;
  /** What the peer added, if anything. */
  readonly detail?: unknown;
}

/** More about a {@link SessionError}. */
export interface SessionErrorOptions {
  /** The error behind this one. */
  readonly cause?: unknown;
  /** What the peer said. */
  readonly peer?: PeerRefusal;
  /** The WebSocket close code, where a connection ended. */
  readonly closeCode?: number;
}

/** The one error class of sessions. Its text is for people and may change; its `code` is API. */
export class SessionError extends Error {
  /** Stable identifier; see `docs/errors.md`. */
  readonly code: SessionErrorCode;
  /** The outcome that the code means for a request, or null where no request ends with it. */
  readonly outcome: Unsuccessful | null;
  /** What the peer said, where it is the peer that refused. */
  readonly peer: PeerRefusal | undefined;
  /** The WebSocket close code, where a connection ended. */
  readonly closeCode: number | undefined;

  /**
   * @param code - One of {@link SESSION_ERRORS}.
   * @param message - For people; never holds payloads or tokens. Empty (as in the bundle for browsers): the code,
   *   and where it is explained.
   * @param options - What is behind it.
   */
  constructor(code: SessionErrorCode, message: string, options: SessionErrorOptions = {}) {
    super(message || `${code}, see docs/errors.md`, options);
    this.name = "SessionError";
    this.code = code;
    this.outcome = outcomeOf(code);
    this.peer = options.peer;
    this.closeCode = options.closeCode;
  }
}
