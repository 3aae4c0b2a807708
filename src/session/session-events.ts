import type { PeerError } from "../protocol/protocol.ts";
import type { SessionError } from "./tokens/errors.ts";

/** What brought something that was requested to its end. */
export type Ending =
  /** The peer answered; `result` has the shape that the operation must return. */
  | { readonly by: "answer"; readonly result: unknown }
  /** The peer answered in a shape that the operation cannot return. */
  | { readonly by: "mismatch" }
  /** The peer answered a later request of the same order domain. */
  | { readonly by: "barrier" }
  | { readonly by: "refusal"; readonly error: PeerError }
  | { readonly by: "deadline" }
  | { readonly by: "abort" }
  /** The application's handlers are done with everything that came before. */
  | { readonly by: "handlers" }
  /** The application's credentials callback threw. */
  | { readonly by: "credentials"; readonly error: unknown };

/** What brought something to its end; see the members of a token for how it ended. */
export type EndingKind =
  | "answer"
  | "mismatch"
  | "barrier"
  | "refusal"
  | "deadline"
  | "abort"
  | "handlers"
  | "credentials";

/** Something requested that can come to an end. */
export interface Completable {
  /** Number of the token, or 0 where the session asked on its own account. */
  readonly tokenId: number;
  /** The topics, the method, or nothing: for people who watch the session's events. */
  readonly subject: readonly string[];
  /** Takes the end. Must not throw. */
  complete(ending: Ending): void;
}

/** The end of something requested. */
interface Completion {
  readonly target: Completable;
  readonly ending: Ending;
}

/** A request, ready to be carried out by the queue. */
export interface Startable {
  readonly tokenId: number;
  readonly subject: readonly string[];
  /** Carries it out. Must not throw. */
  start(): void;
}

/** The events of the session's own queue, and what each carries. */
export interface SessionQueueEvents extends Record<SessionEventType, unknown> {
  connect_request: Startable;
  connect_complete: { readonly epoch: number; readonly subprotocol: string } | Completion;
  auth_request: Startable;
  auth_complete: Completion;
  subscribe_request: Startable;
  subscribe_complete: Completion;
  unsubscribe_request: Startable;
  unsubscribe_complete: Completion;
  send_request: Startable;
  send_complete: Completion;
  recv_data: { readonly epoch: number; readonly data: string | Uint8Array };
  close_request: Startable;
  close_complete: Completion;
  connection_lost: {
    readonly epoch: number;
    readonly closeCode: number;
    readonly reason: string;
    readonly cause: Error | undefined;
  };
  error_occurred: SessionError;
}

/** An event that brings the end of something requested. */
export type CompletionEventType =
  | "connect_complete"
  | "auth_complete"
  | "subscribe_complete"
  | "unsubscribe_complete"
  | "send_complete"
  | "close_complete";

/** An event that carries out a request. */
export type RequestEventType =
  | "connect_request"
  | "auth_request"
  | "subscribe_request"
  | "unsubscribe_request"
  | "send_request"
  | "close_request";

/** The type of a session event. */
export type SessionEventType =
  | "connect_request"
  | "connect_complete"
  | "auth_request"
  | "auth_complete"
  | "subscribe_request"
  | "subscribe_complete"
  | "unsubscribe_request"
  | "unsubscribe_complete"
  | "send_request"
  | "send_complete"
  | "recv_data"
  | "close_request"
  | "close_complete"
  | "connection_lost"
  | "error_occurred";

/**
 * One event of a session's queue, for logs and debugging pages. Field names are stable; more may come.
 */
export interface SessionEventRecord {
  /** Its type. */
  readonly type: SessionEventType;
  /** Milliseconds on the session's monotonic clock. */
  readonly atMs: number;
  /** Number of the connection under the session when it was handled. */
  readonly epoch: number;
  /** Number of the token, for requests and completions that have one. */
  readonly tokenId?: number;
  /** The topics or the method. */
  readonly subject?: readonly string[];
  /** What ended it, for completions. */
  readonly ending?: EndingKind;
  /** Bytes or characters received, for `recv_data`. */
  readonly length?: number;
  /** Close code, for `connection_lost`. */
  readonly closeCode?: number;
  /** Code of the error, for `error_occurred` and refusals. */
  readonly code?: string;
}

/** Describes a queue event without payloads or tokens. */
export function describeEvent<Type extends SessionEventType>(
  type: Type,
  payload: SessionQueueEvents[Type],
  atMs: number,
  epoch: number,
): SessionEventRecord {
  const base = { type, atMs, epoch };
  if ("target" in payload) {
    const { target, ending } = payload;
    const code = ending.by === "refusal" ? { code: ending.error.code } : {};
    return {
      ...base,
      tokenId: target.tokenId,
      subject: target.subject,
      ending: ending.by,
      ...code,
    };
  }
  if ("start" in payload) return { ...base, tokenId: payload.tokenId, subject: payload.subject };
  if ("data" in payload) return { ...base, length: payload.data.length };
  if ("closeCode" in payload && "reason" in payload)
    return { ...base, closeCode: payload.closeCode };
  if ("code" in payload) return { ...base, code: payload.code };
  return base;
}
