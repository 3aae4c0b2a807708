import type { BackplaneEvent } from "./backplane.ts";

/** Bounds of one topic's history. */
export interface HistoryBounds {
  /** How many events to remember; 0 for none. */
  readonly maxEvents: number;
  /** For how long, in milliseconds. */
  readonly maxAgeMs: number;
}

/** Rough cost of remembering one event beside its text, in bytes: the object and its place. */
const EVENT_OVERHEAD_BYTES = 120;

/** Remembers the newest events of one topic, in order and without holes. */
export class TopicHistory {
  readonly #bounds: HistoryBounds;
  #events: BackplaneEvent[] = [];
  // Taken from the front by moving this on; the array is cut when half of it is gone.
  #first = 0;
  #bytes = 0;

  constructor(bounds: HistoryBounds) {
    this.#bounds = bounds;
  }

  /** How many events it remembers. */
  get size(): number {
    return this.#events.length - this.#first;
  }

  /** About how many bytes they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Remembers an event, whose number must be one above the last, and forgets what is too old or too many. */
  push(event: BackplaneEvent): void {
    if (this.#bounds.maxEvents === 0) return;
    this.#events.push(event);
    this.#bytes += costOf(event);
    while (this.size > this.#bounds.maxEvents) this.#shift();
    this.expire(event.atMs);
  }

  /** Forgets what is older than `maxAgeMs`. */
  expire(nowMs: number): void {
    for (;;) {
      const oldest = this.#events[this.#first];
      if (oldest === undefined || nowMs - oldest.atMs <= this.#bounds.maxAgeMs) return;
      this.#shift();
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#events = [];
    this.#first = 0;
    this.#bytes = 0;
  }

  /**
   * Returns every event after a number, or undefined where some of them are forgotten.
   *
   * @param seq - Number of the last event already known.
   * @param lastSeq - Number of the topic's newest event, remembered or not.
   */
  after(seq: number, lastSeq: number): readonly BackplaneEvent[] | undefined {
    const missing = lastSeq - seq;
    if (missing > this.size) return undefined;
    return this.#events.slice(this.#events.length - missing);
  }

  /** Returns the newest events, at most so many. */
  last(count: number): readonly BackplaneEvent[] {
    return this.#events.slice(Math.max(this.#first, this.#events.length - count));
  }

  #shift(): void {
    const oldest = this.#events[this.#first];
    if (oldest === undefined) return;
    this.#bytes -= costOf(oldest);
    this.#first += 1;
    if (this.#first * 2 < this.#events.length) return;
    this.#events.splice(0, this.#first);
    this.#first = 0;
  }
}

/** Text is kept in one byte a character where it is Latin-1, else in two: counted as two. */
function costOf(event: BackplaneEvent): number {
  return EVENT_OVERHEAD_BYTES + event.dataJson.length * 2;
}
