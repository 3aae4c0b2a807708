import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Clock } from "../../session/clock.ts";
import { type LatencyFigures, latencyFigures } from "../../session/delivery/latency-figures.ts";
import { FrameTiming } from "./frame-timing.ts";
import type { SharedFrame } from "./shared-frame.ts";

/** What a server measures of its events' way to the sockets. */
export interface LatencyOptions {
  /**
   * Topics with figures of their own: the first ones that are published to. Those after them are counted
   * together, so that the memory is bounded. @defaultValue 100
   */
  readonly maxTopics?: number;
  /** Which topics are measured. @defaultValue all */
  readonly isMeasured?: (topic: string) => boolean;
}

/** How long the events of a topic, or of several, took on their way. */
export interface TopicLatency {
  /**
   * From the publish to the write that handed the event to the last of the sockets, or of a subscriber
   * without a socket to its connection. Counted once an event.
   */
  readonly publishToWritten: LatencyFigures;
}

/** What was measured. */
export interface ServerLatency {
  /** By topic, of those with figures of their own. */
  readonly topics: Readonly<Record<string, TopicLatency>>;
  /** The others, together; null where there is none. */
  readonly otherTopics: TopicLatency | null;
}

const DEFAULT_MAX_TOPICS = 100;
/** Microseconds of an hour: what takes longer counts as an hour. */
const HIGHEST_US = 3_600_000_000;

/** Measures how long events take from their publish to their write, by topic. */
export class LatencyAccounting {
  readonly #clock: Clock;
  readonly #wallNow: () => number;
  readonly #maxTopics: number;
  readonly #isMeasured: ((topic: string) => boolean) | null;
  readonly #byTopic = new Map<string, RecordableHistogram>();
  #others: RecordableHistogram | null = null;

  /** @throws RangeError when `maxTopics` is no integer from 0 up. */
  constructor(options: LatencyOptions, clock: Clock, wallNow: () => number) {
    const { maxTopics = DEFAULT_MAX_TOPICS, isMeasured } = options;
    if (!(Number.isInteger(maxTopics) && maxTopics >= 0)) {
      throw new RangeError(`latency.maxTopics must be an integer from 0 up, got ${maxTopics}`);
    }
    this.#maxTopics = maxTopics;
    this.#isMeasured = isMeasured ?? null;
    this.#clock = clock;
    this.#wallNow = wallNow;
  }

  /** Tells whether a topic's events are measured, and so carry the time of their publish. */
  measures(topic: string): boolean {
    return this.#isMeasured?.(topic) ?? true;
  }

  /**
   * Begins to measure an event.
   *
   * @param atMs - When it was published, by the wall clock of whoever numbered it; on another machine that clock
   *   may be another one.
   */
  begin(frame: SharedFrame, topic: string, seq: number, atMs: number): FrameTiming {
    const sinceMs = Math.max(0, this.#wallNow() - atMs);
    const timing = new FrameTiming(this, topic, seq, this.#clock.now() - sinceMs);
    frame.timing = timing;
    return timing;
  }

  /** Counts an event whose last write was made; returns the milliseconds that it took. */
  count(topic: string, publishedMs: number): number {
    const latencyMs = this.#clock.now() - publishedMs;
    const latencyUs = Math.round(latencyMs * 1_000);
    this.#histogram(topic).record(Math.min(HIGHEST_US, Math.max(1, latencyUs)));
    return latencyMs;
  }

  /** Sums up. */
  summarize(): ServerLatency {
    const topics = [...this.#byTopic].map(([topic, histogram]) => [topic, toLatency(histogram)]);
    return {
      topics: Object.fromEntries(topics) as Record<string, TopicLatency>,
      otherTopics: this.#others === null ? null : toLatency(this.#others),
    };
  }

  #histogram(topic: string): RecordableHistogram {
    const known = this.#byTopic.get(topic);
    if (known !== undefined) return known;
    if (this.#byTopic.size >= this.#maxTopics) {
      this.#others ??= newHistogram();
      return this.#others;
    }
    const histogram = newHistogram();
    this.#byTopic.set(topic, histogram);
    return histogram;
  }
}

function newHistogram(): RecordableHistogram {
  // Two digits of a value: a histogram takes some tens of kB, with three about ten times as many.
  return createHistogram({ lowest: 1, highest: HIGHEST_US, figures: 2 });
}

function toLatency(histogram: RecordableHistogram): TopicLatency {
  return { publishToWritten: latencyFigures(histogram) };
}
