import type { Since } from "../../protocol/json-rpc/messages.ts";
import type { PositionPolicy } from "../delivery/feed-watcher.ts";
import type { Delivery } from "../delivery/thinning.ts";

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
   * From where to start, for every topic of the subscription. Where another subscription of the session has the topic
   * already, what it missed is read for it alone. A position `{epoch, seq}`, or `{last: n}`; `seq` and `n` are integers
   * from 0 up.
   *
   * @defaultValue with the next event
   */
  readonly since?: Since;
  /**
   * Which events are handled one after another: those of a `topic`, all that the `connection` brings to
   * subscriptions with this order, or `none`: handlers of up to `maxQueuedEvents` events may overlap.
   *
   * @defaultValue `topic`
   */
  readonly order?: "topic" | "connection" | "none";
  /**
   * What a handler that throws or rejects does: `isolate` reports it and goes on, `stop-subscription`
   * unsubscribes (what was received until then is still handed over, as after any unsubscribe, and a position under
   * `atLeastOnce` stays before the failure), `stop-session` brings the session to state `error`.
   *
   * @defaultValue `isolate`
   */
  readonly onHandlerFailure?: "isolate" | "stop-subscription" | "stop-session";
  /**
   * How many events may wait for this subscription's handlers. Beyond it the topic is let go on the wire (or, where
   * others have it, no longer received for this one) and resumed, from where it was left, when half of them are handled:
   * nothing is lost that the server still remembers, and of the rest a `gap` says which it was. With a `delivery` that
   * thins on the wire, the newest event of each topic may wait beyond it. What does not fit all the same (more keys of
   * `latest`, or anything where the protocol cannot resume) is dropped, and a `gap` in its place says so.
   *
   * @defaultValue 10,000
   */
  readonly maxQueuedEvents?: number;
  /**
   * How events may be thinned where the connection or the handlers are slower than the topic: `latest()`, `sample()`,
   * `dropOldest()` or `merge()`. Under each the last value arrives, and `conflated` says for how many an event stands.
   *
   * @defaultValue none: every event is delivered
   */
  readonly delivery?: Delivery;
  /**
   * When `position()` moves on: `atLeastOnce()` moves it when the handlers are done with an event.
   *
   * @defaultValue when an event is received: at most once
   */
  readonly position?: PositionPolicy;
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
