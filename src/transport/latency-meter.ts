import { channel } from "node:diagnostics_channel";
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { FeedValue, FeedWatcher } from "../session/delivery/feed-watcher.ts";
import { latencyFigures } from "../session/delivery/latency-figures.ts";
import type {
  SessionLatency,
  SessionLatencyMeter,
  SessionTopicLatency,
} from "../session/delivery/session-latency.ts";
import type { FeedValues } from "../session/delivery/subscription-feed.ts";
import type { TopicEvent } from "../session/topics/topic-event.ts";

/** What a session measures of its events' way to the handlers. */
export interface MeterOptions {
  /**
   * Topics with figures of their own: the first ones that events come of. Those after them are counted together, so
   * that the memory is bounded: three histograms, some tens of kB each, for a topic.
   *
   * @defaultValue 100
   */
  readonly maxTopics?: number;
  /** Which topics are measured. @defaultValue all */
  readonly isMeasured?: (topic: string) => boolean;
  /** Milliseconds since 1970 UTC, as the server has them. @defaultValue `Date.now` */
  readonly wallNow?: () => number;
  /** Milliseconds on a monotonic clock. @defaultValue `performance.now` */
  readonly now?: () => number;
}

/**
 * What the channel `orderly-ws:event-handled` of `node:diagnostics_channel` carries: one message for each measured event
 * of each subscription, when its handlers are done.
 */
export interface EventHandledMessage {
  /** The topic's name. */
  readonly topic: string;
  /** Number of the event on the topic. */
  readonly seq: number;
  /** Milliseconds from the publish to the receipt; undefined where the server does not say when that was. */
  readonly publishToReceivedMs: number | undefined;
  /** Milliseconds from the receipt to the first handler. */
  readonly receivedToStartMs: number;
  /** Milliseconds from there until the last handler was done. */
  readonly startToEndMs: number;
}

/** Name of the `diagnostics_channel` that {@link EventHandledMessage}s are published on. */
export const EVENT_HANDLED_CHANNEL = "orderly-ws:event-handled";

const handled = channel(EVENT_HANDLED_CHANNEL);

const DEFAULT_MAX_TOPICS = 100;
/** Microseconds of an hour: what takes longer counts as an hour. */
const HIGHEST_US = 3_600_000_000;
/** Receipts that are remembered for a topic of a subscription; the oldest go, which a later event stands for. */
const MAX_WAITING = 10_000;

/**
 * Makes what measures the way of a session's events: from their publish to their receipt (by two clocks, where the
 * server measures latency and so sends the time of the publish), to the first handler and to the end of the last.
 *
 * @throws RangeError when `maxTopics` is no integer from 0 up.
 *
 * @example
 * ```ts
 * const session = new Session({ url, latency: measureLatency({ maxTopics: 20 }) });
 * // …
 * console.log(session.stats().latency?.topics["quotes:AAPL"]?.receivedToStart.p99Ms);
 * ```
 */
export function measureLatency(options: MeterOptions = {}): SessionLatencyMeter {
  return new LatencyMeter(options);
}

class LatencyMeter implements SessionLatencyMeter {
  readonly now: () => number;
  readonly wallNow: () => number;
  readonly #maxTopics: number;
  readonly #isMeasured: ((topic: string) => boolean) | undefined;
  readonly #byTopic = new Map<string, TopicHistograms>();
  #others: TopicHistograms | undefined;

  constructor(options: MeterOptions) {
    const { maxTopics = DEFAULT_MAX_TOPICS, isMeasured, wallNow, now } = options;
    if (!(Number.isInteger(maxTopics) && maxTopics >= 0))
      throw new RangeError(`maxTopics must be an integer from 0 up, got ${maxTopics}`);
    this.#maxTopics = maxTopics;
    this.#isMeasured = isMeasured;
    this.wallNow = wallNow ?? (() => Date.now());
    this.now = now ?? (() => performance.now());
  }

  watch(): FeedWatcher {
    return new LatencyWatcher(this);
  }

  summarize(): SessionLatency {
    const topics = [...this.#byTopic].map(([topic, histograms]) => [topic, histograms.summarize()]);
    return {
      topics: Object.fromEntries(topics) as Record<string, SessionTopicLatency>,
      otherTopics: this.#others?.summarize() ?? null,
    };
  }

  /** Where a topic's figures go; undefined where it is not measured. */
  histograms(topic: string): TopicHistograms | undefined {
    const known = this.#byTopic.get(topic);
    if (known !== undefined) return known;
    if (this.#isMeasured?.(topic) === false) return undefined;
    if (this.#byTopic.size >= this.#maxTopics) {
      this.#others ??= new TopicHistograms();
      return this.#others;
    }
    const histograms = new TopicHistograms();
    this.#byTopic.set(topic, histograms);
    return histograms;
  }
}

interface Started {
  readonly atMs: number;
  readonly publishToReceivedMs: number | undefined;
  readonly receivedToStartMs: number;
}

/** Follows the events of one subscription. */
class LatencyWatcher implements FeedWatcher {
  readonly #meter: LatencyMeter;
  // By topic and number: what reaches the handlers may be another object, which stands for several.
  readonly #received = new Map<string, Map<number, number>>();
  readonly #started = new WeakMap<FeedValue, Started>();

  constructor(meter: LatencyMeter) {
    this.#meter = meter;
  }

  received(kind: keyof FeedValues, value: FeedValue): void {
    if (kind !== "event") return;
    const { topic, seq, at } = value as TopicEvent;
    const histograms = this.#meter.histograms(topic);
    if (histograms === undefined) return;
    if (at !== undefined) record(histograms.publishToReceived, this.#meter.wallNow() - at);
    let waiting = this.#received.get(topic);
    if (waiting === undefined) {
      waiting = new Map();
      this.#received.set(topic, waiting);
    }
    if (waiting.size >= MAX_WAITING) forgetFirst(waiting);
    waiting.set(seq, this.#meter.now());
  }

  started(kind: keyof FeedValues, value: FeedValue): void {
    if (kind !== "event") return;
    const { topic, seq, at } = value as TopicEvent;
    const waiting = this.#received.get(topic);
    const receivedAtMs = waiting?.get(seq);
    const histograms = this.#meter.histograms(topic);
    if (waiting === undefined || receivedAtMs === undefined || histograms === undefined) return;
    // Those before it have been handled, or it stands for them.
    for (const number of waiting.keys()) {
      if (number > seq) break;
      waiting.delete(number);
    }
    const atMs = this.#meter.now();
    const receivedToStartMs = atMs - receivedAtMs;
    record(histograms.receivedToStart, receivedToStartMs);
    const receivedAgoMs = this.#meter.wallNow() - receivedToStartMs;
    const publishToReceivedMs = at === undefined ? undefined : Math.max(0, receivedAgoMs - at);
    this.#started.set(value, { atMs, receivedToStartMs, publishToReceivedMs });
  }

  ended(_kind: keyof FeedValues, value: FeedValue): void {
    const started = this.#started.get(value);
    if (started === undefined) return;
    const { topic, seq } = value as TopicEvent;
    const { atMs, publishToReceivedMs, receivedToStartMs } = started;
    const startToEndMs = this.#meter.now() - atMs;
    const histograms = this.#meter.histograms(topic);
    if (histograms !== undefined) record(histograms.startToEnd, startToEndMs);
    if (!handled.hasSubscribers) return;
    const message: EventHandledMessage = {
      topic,
      seq,
      publishToReceivedMs,
      receivedToStartMs,
      startToEndMs,
    };
    handled.publish(message);
  }
}

class TopicHistograms {
  readonly publishToReceived = newHistogram();
  readonly receivedToStart = newHistogram();
  readonly startToEnd = newHistogram();

  summarize(): SessionTopicLatency {
    return {
      publishToReceived: latencyFigures(this.publishToReceived),
      receivedToStart: latencyFigures(this.receivedToStart),
      startToEnd: latencyFigures(this.startToEnd),
    };
  }
}

function forgetFirst(waiting: Map<number, number>): void {
  for (const seq of waiting.keys()) {
    waiting.delete(seq);
    return;
  }
}

function newHistogram(): RecordableHistogram {
  // Two digits of a value: with three a histogram takes about ten times as much.
  return createHistogram({ lowest: 1, highest: HIGHEST_US, figures: 2 });
}

/** Below a microsecond, and before the publish by another machine's clock, counts as a microsecond. */
function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.min(HIGHEST_US, Math.max(1, Math.round(ms * 1_000))));
}
