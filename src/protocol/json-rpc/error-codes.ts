import type { ErrorCertainty } from "./error-outcome.ts";

/** A name in {@link WIRE_ERRORS}. */
export type WireErrorCode =
  | "PARSE_ERROR"
  | "INVALID_REQUEST"
  | "METHOD_NOT_FOUND"
  | "INVALID_PARAMS"
  | "METHOD_FAILED"
  | "REFUSED"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "UNKNOWN_TOPIC"
  | "NOT_SUBSCRIBED"
  | "ALREADY_SUBSCRIBED"
  | "TOO_MANY_TOPICS"
  | "METHOD_TIMEOUT"
  | "TOO_MANY_PENDING"
  | "RATE_LIMITED"
  | "GOING_AWAY"
  | "TOO_MANY_SESSIONS"
  | "IDEMPOTENCY_UNKNOWN"
  | "IDEMPOTENCY_MISMATCH";

/** An error answer of the wire's own. */
export interface WireErrorEntry {
  /** The `code` of the JSON-RPC error. */
  readonly number: number;
  /** What it lets the requester conclude. */
  readonly outcome: ErrorCertainty;
}

/**
 * Every error that a server of `orderly.v1` answers: the JSON-RPC number and whether the request
 * certainly had no effect (`failed`) or may have had one (`unknown`).
 *
 * The name travels as `error.data.code`; an application's own `Refusal` travels with its own
 * name there under the number of `REFUSED`.
 *
 * @see JSON-RPC 2.0 §5.1 for the numbers from -32700 to -32600.
 */
export const WIRE_ERRORS: Readonly<Record<WireErrorCode, WireErrorEntry>> = {
  /** The message is not JSON. */
  PARSE_ERROR: { number: -32_700, outcome: "failed" },
  /** The JSON is not a request of JSON-RPC 2.0, or an `id` is in use already. */
  INVALID_REQUEST: { number: -32_600, outcome: "failed" },
  /** No such method. */
  METHOD_NOT_FOUND: { number: -32_601, outcome: "failed" },
  /** The parameters have the wrong shape. */
  INVALID_PARAMS: { number: -32_602, outcome: "failed" },
  /** The method threw something else than a refusal: it may have done part of its work. */
  METHOD_FAILED: { number: -32_603, outcome: "unknown" },
  /** The method itself refused before it did anything. */
  REFUSED: { number: -32_000, outcome: "failed" },
  /** The session must authenticate first, or the credentials were refused. */
  UNAUTHENTICATED: { number: -32_001, outcome: "failed" },
  /** The principal may not do this. */
  FORBIDDEN: { number: -32_003, outcome: "failed" },
  /** The topic's name is malformed, or the server has no such topic. */
  UNKNOWN_TOPIC: { number: -32_004, outcome: "failed" },
  /** The session has no subscription to this topic. */
  NOT_SUBSCRIBED: { number: -32_005, outcome: "failed" },
  /** The session subscribes to this topic already. */
  ALREADY_SUBSCRIBED: { number: -32_006, outcome: "failed" },
  /** The session, or the server, holds as many topics as it may. */
  TOO_MANY_TOPICS: { number: -32_007, outcome: "failed" },
  /** The method did not end in time; it may still do its work. */
  METHOD_TIMEOUT: { number: -32_008, outcome: "unknown" },
  /** As many requests of this session wait as may. */
  TOO_MANY_PENDING: { number: -32_009, outcome: "failed" },
  /** More requests a second than the session may send. */
  RATE_LIMITED: { number: -32_029, outcome: "failed" },
  /** The server or the session is closing and takes no new work. */
  GOING_AWAY: { number: -32_012, outcome: "failed" },
  /** The server, the user or the address has as many sessions as it may; the connection is closed. */
  TOO_MANY_SESSIONS: { number: -32_013, outcome: "failed" },
  /** The server cannot prove that it never saw this idempotency key. */
  IDEMPOTENCY_UNKNOWN: { number: -32_010, outcome: "unknown" },
  /** The idempotency key was used with another body. */
  IDEMPOTENCY_MISMATCH: { number: -32_011, outcome: "failed" },
};
