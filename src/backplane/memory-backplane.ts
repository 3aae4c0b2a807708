import type { Position, Since } from "../protocol/json-rpc/messages.ts";
import { Audience } from "./audience.ts";
import type {
  Backplane,
  BackplaneEvent,
  BackplaneListener,
  BackplaneStats,
  HistoryPage,
} from "./backplane.ts";
import { BackplaneError } from "./backplane-error.ts";
import { Epochs } from "./epochs.ts";
import { OldestFirst, Place } from "./oldest-first.ts";
import { type HistoryBounds, TopicHistory } from "./topic-history.ts";

/** Settings of a {@link MemoryBackplane}. */
export interface MemoryBackplaneOptions {
  /**
   * How many events of each topic to remember, and for how long; a function decides by the topic's
   * name, once, at its first event.
   *
   * @defaultValue 100 events, 60,000 ms
   */
  readonly history?: Partial<HistoryBounds> | ((topic: string) => Partial<HistoryBounds>);
  /**
   * Bytes that all histories may take, about. Beyond it, the topic that was silent for longest forgets its history;
   * its numbers go on.
   *
   * @defaultValue 64 MiB
   */
  readonly maxHistoryBytes?: number;
  /**
   * Topics to know. Beyond it, the one that was silent for longest and that nobody joined is forgotten, and its
   * epoch with it; the names of as many forgotten ones, at most 100,000, are kept, so that none of them comes back
   * under an epoch that it had. Where all are joined, a new one is refused with `BACKPLANE_FULL`.
   *
   * @defaultValue 100,000
   */
  readonly maxTopics?: number;
  /**
   * Names this life of the backplane.
   *
   * @defaultValue 64 random bits
   */
  readonly epoch?: string;
  /** Milliseconds since 1970 UTC. @defaultValue `Date.now` */
  readonly wallNow?: () => number;
}

interface KnownTopic {
  readonly epoch: string;
  readonly history: TopicHistory;
  seq: number;
  /** Who joined; null before anybody did. Outlives the topic's numbers. */
  audience: Audience | null;
  /** Its place among those with a history, and among those that nobody joined. */
  readonly remembering: Place;
  readonly idle: Place;
}

const DEFAULT_MAX_EVENTS = 100;
const DEFAULT_MAX_AGE_MS = 60_000;
const DEFAULT_MAX_HISTORY_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAX_TOPICS = 100_000;
const EPOCH_BYTES = 8;

/** Keeps everything in this process: the default, for one server. Answers at once, never with a promise. */
export class MemoryBackplane implements Backplane {
  readonly #history: (topic: string) => Partial<HistoryBounds>;
  readonly #maxHistoryBytes: number;
  readonly #maxTopics: number;
  readonly #epochs: Epochs;
  readonly #wallNow: () => number;
  readonly #topics = new Map<string, KnownTopic>();
  // At a limit there is no search among all topics: those that have something to give are known.
  /** Topics with a history, in the order of their last event. */
  #remembering = new OldestFirst();
  /** Topics that nobody joined, in the order of their last event, or of the leave. */
  #idle = new OldestFirst();
  #historyBytes = 0;
  #evicted = 0;

  /** @throws RangeError when a bound is not a number from 0 up; TypeError when `history` is of another kind. */
  constructor(options: MemoryBackplaneOptions = {}) {
    const { history = {} } = options;
    this.#history = typeof history === "function" ? history : () => history;
    if (typeof history !== "function") resolveBounds(history);
    this.#maxHistoryBytes = checkBound(
      "maxHistoryBytes",
      options.maxHistoryBytes,
      DEFAULT_MAX_HISTORY_BYTES,
    );
    this.#maxTopics = checkBound("maxTopics", options.maxTopics, DEFAULT_MAX_TOPICS);
    const maxNames = Math.min(this.#maxTopics, DEFAULT_MAX_TOPICS);
    this.#epochs = new Epochs(options.epoch ?? randomEpoch(), maxNames);
    this.#wallNow = options.wallNow ?? Date.now;
  }

  stats(): BackplaneStats {
    return {
      topics: this.#topics.size,
      topicsEvicted: this.#evicted,
      historyBytes: this.#historyBytes,
    };
  }

  publish(topic: string, dataJson: string): Position {
    const known = this.#open(topic);
    known.seq += 1;
    const { epoch, seq, history } = known;
    const event = { topic, epoch, seq, dataJson, atMs: this.#wallNow() };
    const before = history.bytes;
    history.push(event);
    this.#historyBytes += history.bytes - before;
    if (history.size > 0) this.#remembering.put(known.remembering);
    if (!isJoined(known)) this.#idle.put(known.idle);
    this.#forgetHistories();
    known.audience?.carry(event);
    return { epoch, seq };
  }

  position(topic: string): Position {
    const known = this.#topics.get(topic);
    return { epoch: known?.epoch ?? this.#epochs.of(topic), seq: known?.seq ?? 0 };
  }

  read(topic: string, since: Since): HistoryPage {
    const position = this.position(topic);
    const known = this.#topics.get(topic);
    const before = known?.history.bytes ?? 0;
    known?.history.expire(this.#wallNow());
    this.#historyBytes += (known?.history.bytes ?? 0) - before;
    const events = readFrom(known?.history, since, position);
    return { position, recovered: events !== undefined, events: events ?? [] };
  }

  join(topic: string, listener: BackplaneListener): Position {
    const known = this.#open(topic);
    known.audience ??= new Audience();
    known.audience.add(listener);
    this.#idle.delete(known.idle);
    return this.position(topic);
  }

  leave(topic: string, listener?: BackplaneListener): void {
    const known = this.#topics.get(topic);
    if (known === undefined) return;
    known.audience?.remove(listener);
    if (isJoined(known)) return;
    // A topic that nobody published to costs nothing.
    if (known.seq === 0) this.#topics.delete(topic);
    else this.#idle.put(known.idle);
  }

  delete(topic: string): void {
    const known = this.#topics.get(topic);
    if (known === undefined) return;
    this.#historyBytes -= known.history.bytes;
    this.#topics.delete(topic);
    this.#remembering.delete(known.remembering);
    this.#idle.delete(known.idle);
    this.#epochs.forget(topic);
    // Who joined goes on to hear it, from its new beginning.
    if (isJoined(known)) this.#open(topic).audience = known.audience;
  }

  close(): void {
    this.#topics.clear();
    this.#remembering = new OldestFirst();
    this.#idle = new OldestFirst();
    this.#historyBytes = 0;
    this.#epochs.forgetAll();
  }

  #open(topic: string): KnownTopic {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    if (this.#topics.size >= this.#maxTopics) this.#makeRoom();
    const history = new TopicHistory(resolveBounds(this.#history(topic)));
    const opened: KnownTopic = {
      epoch: this.#epochs.of(topic),
      history,
      seq: 0,
      audience: null,
      remembering: new Place(topic),
      idle: new Place(topic),
    };
    this.#topics.set(topic, opened);
    return opened;
  }

  #makeRoom(): void {
    const name = this.#idle.take();
    if (name === undefined) {
      const message = `all of maxTopics (${this.#maxTopics}) topics are joined`;
      throw new BackplaneError("BACKPLANE_FULL", message);
    }
    this.delete(name);
    this.#evicted += 1;
  }

  #forgetHistories(): void {
    while (this.#historyBytes > this.#maxHistoryBytes) {
      const name = this.#remembering.take();
      const known = name === undefined ? undefined : this.#topics.get(name);
      if (known === undefined) return;
      this.#historyBytes -= known.history.bytes;
      known.history.clear();
    }
  }
}

function isJoined({ audience }: KnownTopic): boolean {
  return audience !== null && audience.size > 0;
}

/** Returns the events after a place, or undefined where they cannot be told. */
function readFrom(
  history: TopicHistory | undefined,
  since: Since,
  position: Position,
): readonly BackplaneEvent[] | undefined {
  if ("last" in since) return history?.last(since.last) ?? [];
  if (since.epoch !== position.epoch || since.seq > position.seq) return undefined;
  if (since.seq === position.seq) return [];
  return history?.after(since.seq, position.seq);
}

function resolveBounds(bounds: Partial<HistoryBounds>): HistoryBounds {
  // The bounds that a text or a number has are none: it would mean the defaults.
  if (typeof bounds !== "object" || bounds === null)
    throw new TypeError(
      `history must be an object, or a function that returns one, got ${String(bounds)}`,
    );
  return {
    maxEvents: checkBound("history.maxEvents", bounds.maxEvents, DEFAULT_MAX_EVENTS),
    maxAgeMs: checkBound("history.maxAgeMs", bounds.maxAgeMs, DEFAULT_MAX_AGE_MS),
  };
}

function checkBound(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= 0) return value;
  throw new RangeError(`${name} must be a number from 0 up, got ${value}`);
}

function randomEpoch(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(EPOCH_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
