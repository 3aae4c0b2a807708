import type { RequestOptions } from "./operations/request.ts";
import type { SessionEventRecord } from "./session-events.ts";
import type { StateChange } from "./states/session-machine.ts";
import type { SessionError } from "./tokens/errors.ts";

/** What a session's listeners can hear. */
export interface SessionEvents {
  /** The session stepped from one state to another. */
  state: StateChange;
  /** Something went wrong: a token that was not acked, a handler that threw, a peer that broke the protocol. */
  error: SessionError;
  /** An event of the session's queue is about to be handled; for logs and debugging pages. */
  event: SessionEventRecord;
}

/** Settings of `connect()` and `authenticate()`. */
export interface AttemptOptions {
  /**
   * Milliseconds until it must be done.
   *
   * @defaultValue the session's `connectTimeoutMs` (`Infinity` under `retryFirst`), or its `requestTimeoutMs`
   */
  readonly deadlineMs?: number;
  /** Aborts it. */
  readonly signal?: AbortSignal;
}

/** Settings of `close()`. */
export interface CloseOptions {
  /**
   * Milliseconds until the token settles, whatever the peer does. At most half of what is left when the answers
   * are in is given to handlers.
   *
   * @defaultValue the session's `closeTimeoutMs`
   */
  readonly deadlineMs?: number;
  /**
   * WebSocket close code: 1000, or 3000 to 4999.
   *
   * @defaultValue 1000
   */
  readonly code?: number;
  /**
   * WebSocket close reason, at most 123 bytes of UTF-8.
   *
   * @defaultValue `""`
   */
  readonly reason?: string;
}

/** Arguments of `request()` behind the method; `params` may be left out where the method takes none. */
export type RequestArguments<Params> = undefined extends Params
  ? [params?: Params, options?: RequestOptions]
  : [params: Params, options?: RequestOptions];

/** Arguments of `notify()` behind the method; `params` may be left out where the method takes none. */
export type NotifyArguments<Params> = undefined extends Params
  ? [params?: Params]
  : [params: Params];
