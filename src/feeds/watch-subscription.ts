import type { Clock } from "../session/clock.ts";
import type { MessageInterceptor } from "../session/connection/interceptors.ts";
import type { StateChange } from "../session/states/session-machine.ts";
import { isFinal } from "../session/states/states.ts";
import type { CompletionToken } from "../session/tokens/completion-token.ts";
import { systemClock } from "../transport/system-clock.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** A session, as far as watching goes. */
export interface WatchedSession {
  /** Shows each inbound message; returns what ends that. */
  intercept(interceptor: MessageInterceptor): () => void;
  /** Tells each step of its state; returns what ends that. */
  on(type: "state", listener: (change: StateChange) => void): () => void;
}

/** A subscription, as far as watching goes. */
export interface WatchedSubscription<Topic extends string = string> {
  /** Its topics. */
  readonly topics: readonly Topic[];
  /** Acked once they are subscribed. */
  readonly token: CompletionToken<unknown>;
  /** Tells whether a topic is over: nothing of it is to come. */
  isOver(topic: Topic): boolean;
}

/** Settings of {@link watchSubscription}. */
export interface WatchOptions<Topic extends string> {
  /** Silence on one topic, in milliseconds, after which it is stale. */
  readonly expectEveryMs: number;
  /** A topic is subscribed, and nothing has come for the interval; the link may be lost, too. Must not throw. */
  readonly onStale: (topic: Topic, silentMs: number) => void;
  /** Something came again. Must not throw. */
  readonly onFresh?: (topic: Topic, silentMs: number) => void;
  /** The session's clock. @defaultValue the system's */
  readonly clock?: Clock;
}

/**
 * Watches every topic of a subscription for silence, from its ack on until it is over.
 *
 * It looks at what arrives, not at what was handled: a slow handler does not make a topic stale, and watching takes
 * no event from the application. A handler so slow that the session lets go of the topic (`maxQueuedEvents`) does, until
 * it is resumed: nothing arrives meanwhile, and nobody knows whether anything would.
 *
 * @returns Stops watching. Needed only to stop early: a topic that is over is watched no more.
 * @throws RangeError when `expectEveryMs` is not a finite number above 0.
 *
 * @example
 * ```ts
 * const quotes = session.subscribe(["quotes:AAPL", "quotes:MSFT"]);
 * watchSubscription(session, quotes, {
 *   expectEveryMs: 5_000,
 *   onStale: (topic) => page.grey(topic),
 *   onFresh: (topic) => page.show(topic),
 * });
 * ```
 */
export function watchSubscription<Topic extends string>(
  session: WatchedSession,
  subscription: WatchedSubscription<Topic>,
  options: WatchOptions<Topic>,
): () => void {
  const { expectEveryMs, clock = systemClock } = options;
  if (!(expectEveryMs > 0 && expectEveryMs < Infinity)) {
    throw new RangeError(`expectEveryMs must be a finite number above 0, got ${expectEveryMs}`);
  }
  const watches = new Map<string, SilenceWatch>();
  const removers: (() => void)[] = [];
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    for (const watch of watches.values()) watch.stop();
    watches.clear();
    for (const remove of removers.splice(0)) remove();
  };
  const watch = (topic: Topic): SilenceWatch =>
    new SilenceWatch(clock, expectEveryMs, {
      stale: (silentMs) => options.onStale(topic, silentMs),
      fresh: (silentMs) => options.onFresh?.(topic, silentMs),
      isOver: () => {
        // Unsubscribed, or ended by the peer: silence is what it should be.
        const isOver = subscription.isOver(topic);
        if (isOver) watches.delete(topic);
        if (watches.size === 0) stop();
        return isOver;
      },
    });
  const begin = (): void => {
    if (isStopped) return;
    removers.push(
      session.intercept((message) => {
        if (message.type === "event") watches.get(message.topic)?.heard();
      }),
      session.on("state", ({ to }) => {
        if (isFinal(to)) stop();
      }),
    );
    for (const topic of subscription.topics) watches.set(topic, watch(topic));
  };
  subscription.token.then(begin, () => {});
  return stop;
}
