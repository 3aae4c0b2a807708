import type { Since } from "../protocol/json-rpc/messages.ts";

/** Settings of one subscription. */
export interface SubscribeOptions {
  /**
   * Milliseconds until the subscribe must be answered.
   *
   * @defaultValue the session's `requestTimeoutMs`
   */
  readonly deadlineMs?: number;
  /** Aborts the subscribe: it is no longer wanted. */
  readonly signal?: AbortSignal;
  /**
   * From where to start, for every topic of the subscription.
   *
   * @defaultValue with the next event
   */
  readonly since?: Since;
  /**
   * Which events are handled one after another: those of a `topic`, all that the `connection` brings to
   * subscriptions with this order, or `none` (handlers may overlap).
   *
   * @defaultValue `topic`
   */
  readonly order?: "topic" | "connection" | "none";
  /**
   * What a handler that throws or rejects does: `isolate` reports it and goes on, `stop-subscription`
   * unsubscribes, `stop-session` brings the session to state `error`.
   *
   * @defaultValue `isolate`
   */
  readonly onHandlerFailure?: "isolate" | "stop-subscription" | "stop-session";
  /**
   * How many events may wait for this subscription's handlers. Beyond it events are dropped, and a
   * `gap` in their place says which.
   *
   * @defaultValue 10,000
   */
  readonly maxQueuedEvents?: number;
}

/** Settings of one unsubscribe. */
export interface UnsubscribeOptions {
  /**
   * Milliseconds until the unsubscribe must be answered and the handlers done.
   *
   * @defaultValue the session's `unsubscribeTimeoutMs`
   */
  readonly deadlineMs?: number;
  /** Stops waiting for it; the topic stays unwanted. */
  readonly signal?: AbortSignal;
}
