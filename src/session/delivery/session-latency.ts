import type { FeedWatcher } from "./feed-watcher.ts";
import type { LatencyFigures } from "./latency-figures.ts";

/** How long the events of a topic, or of several, took on their way; counted once an event and subscription. */
export interface SessionTopicLatency {
  /**
   * From the publish to the receipt. By the server's clock and this machine's: their difference is in it. Empty where
   * the server does not say when an event was published.
   */
  readonly publishToReceived: LatencyFigures;
  /** From the receipt to the first handler. */
  readonly receivedToStart: LatencyFigures;
  /** From there until the last handler is done. */
  readonly startToEnd: LatencyFigures;
}

/** What was measured. */
export interface SessionLatency {
  /** By topic, of those with figures of their own. */
  readonly topics: Readonly<Record<string, SessionTopicLatency>>;
  /** The others, together; null where there is none. */
  readonly otherTopics: SessionTopicLatency | null;
}

/** Measures the way of a session's events; made by `measureLatency()` on Node. */
export interface SessionLatencyMeter {
  /** Makes what follows the events of one subscription. */
  watch(): FeedWatcher;
  /** Sums up. */
  summarize(): SessionLatency;
}
