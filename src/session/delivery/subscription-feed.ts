import type { Position } from "../../protocol/json-rpc/messages.ts";
import type { Counters } from "../counters.ts";
import type { TopicClosed, TopicEvent, TopicGap } from "../topics/topic-event.ts";
import type { Backlog } from "./backlog.ts";
import type { Consumer, DeliveryLane, LaneSink } from "./delivery-lane.ts";
import { EventIterator } from "./event-iterator.ts";
import type { FeedValue, FeedWatcher } from "./feed-watcher.ts";
import type { EventSlot, Thinner } from "./thinning.ts";

/** What a subscription's listeners can hear, and what each gets. */
export interface FeedValues {
  /** An event of a topic. */
  event: TopicEvent;
  /** Events that will not come. */
  gap: TopicGap;
  /** The end of a topic, by the peer. */
  closed: TopicClosed;
}

/** Settings of a {@link SubscriptionFeed}. */
export interface FeedOptions {
  /** The lane that a topic's values travel in. */
  readonly laneOf: (topic: string) => DeliveryLane;
  /** How many values may wait for this subscription's handlers. */
  readonly maxQueuedEvents: number;
  /** How many topics it has. Where events are thinned, the newest of each may wait beyond that. */
  readonly topics: number;
  /** Whether it wants every event. */
  readonly isReliable: boolean;
  /** The session's counters. */
  readonly counters: Counters;
  /** What waits for the handlers of the whole session. */
  readonly backlog: Backlog;
  /** Follow each value. */
  readonly watchers: readonly FeedWatcher[];
  /** What waits for handlers is down to half of what may. Must not throw. */
  readonly onDrained: () => void;
  /** A handler threw or rejected. Must not throw. */
  readonly onFailure: (topic: string, error: unknown) => void;
}

interface Parked {
  readonly kind: keyof FeedValues;
  readonly value: FeedValue | EventSlot;
}

/** A gap that still grows: no handler has seen it, and it is the last thing that waits for its topic. */
interface GrowingGap {
  readonly topic: string;
  from: number;
  to: number | null;
}

const NO_CONSUMERS: readonly Consumer[] = [];

/**
 * Brings what a subscription receives to the application's handlers and loops, through the lanes.
 *
 * What comes before the first `event` handler or loop is parked, so that `await subscription.token`
 * followed by `on("event", …)` misses nothing.
 */
export class SubscriptionFeed implements LaneSink {
  readonly #options: FeedOptions;
  readonly #consumers: Record<string, readonly Consumer[]> = Object.create(null);
  readonly #iterators = new Set<EventIterator<TopicEvent>>();
  readonly #growing = new Map<string, GrowingGap>();
  readonly #lanes = new Set<DeliveryLane>();
  /** Thins what waits, where the subscription wants that. Set before anything is accepted. */
  thinner: Thinner | undefined;
  #parked: Parked[] | undefined = [];
  // Behind what is parked: ends by the peer, which nobody has heard of yet.
  #parkedMarks: { readonly topic: string; readonly reached: () => void }[] = [];
  #queued = 0;
  // Since when it was drained last: who found no room waits to hear of it.
  #wasFull = false;
  #ended = false;
  #discardedEvents = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Whether nobody has ever listened, so that what came is parked. */
  get parked(): boolean {
    return this.#parked !== undefined;
  }

  /** How many events were received and not handled: they came too late, or too many at once. */
  get discardedEvents(): number {
    return this.#discardedEvents;
  }

  /** Whether nothing will be delivered any more. */
  get over(): boolean {
    return this.#ended;
  }

  /** How many values wait for handlers or are being handled. */
  get depth(): number {
    return this.#queued;
  }

  /** How many more values may wait. */
  get room(): number {
    return this.#options.maxQueuedEvents - this.#queued;
  }

  /** Whether as many values wait as may. */
  get full(): boolean {
    return this.room <= 0;
  }

  /** Whether the next event would be lost, and must not be. */
  get overflowing(): boolean {
    return this.full && this.#options.isReliable && !this.#ended;
  }

  /**
   * Takes what was received for a topic; in order per topic.
   *
   * @param position - Where the topic stands with it.
   */
  accept<Kind extends keyof FeedValues>(
    kind: Kind,
    value: FeedValues[Kind],
    position?: Position,
  ): void {
    if (this.#ended) {
      if (kind === "event") this.#countDiscarded();
      return;
    }
    if (kind === "gap" && this.full) {
      this.thinner?.seal(value.topic);
      // What the handlers will get for it.
      this.#received(kind, this.#growGap(value as TopicGap), position);
      return;
    }
    this.#received(kind, value, position);
    if (kind === "event") {
      this.#acceptEvent(value as TopicEvent);
      return;
    }
    this.thinner?.seal(value.topic);
    this.#growing.delete(value.topic);
    this.#enqueue(kind, value);
  }

  #received(kind: keyof FeedValues, value: FeedValue, position: Position | undefined): void {
    for (const watcher of this.#options.watchers) watcher.received?.(kind, value, position);
  }

  #acceptEvent(event: TopicEvent): void {
    const isFull = this.full;
    const { thinner } = this;
    // Beside the newest event of each topic there may be a gap.
    const mayBegin = this.room > -2 * this.#options.topics;
    const slot = thinner === undefined ? event : thinner.accept(event, !isFull, mayBegin);
    // Something that waits stands for it too.
    if (slot === undefined) return;
    if (slot === null || (isFull && thinner === undefined)) {
      const { topic, seq, conflated = 1 } = event;
      this.#countDiscarded();
      this.#growGap({ topic, from: seq - conflated + 1, to: seq });
      return;
    }
    if (this.#growing.size > 0) this.#growing.delete(event.topic);
    this.#enqueue("event", slot);
  }

  /**
   * Adds a handler; each value is given to the handlers in the order in which they were added.
   *
   * @returns Removes it.
   */
  on(kind: keyof FeedValues, consumer: Consumer): () => void {
    this.#consumers[kind] = [...(this.#consumers[kind] ?? NO_CONSUMERS), consumer];
    if (kind === "event") this.#unpark();
    return () => {
      this.#consumers[kind] = (this.#consumers[kind] ?? NO_CONSUMERS).filter(
        (one) => one !== consumer,
      );
    };
  }

  /** Makes a loop over the events from here on. */
  iterate(): EventIterator<TopicEvent> {
    let remove = (): void => {};
    const iterator = new EventIterator<TopicEvent>(() => {
      this.#iterators.delete(iterator);
      remove();
    });
    if (this.#ended) {
      iterator.end();
      return iterator;
    }
    this.#iterators.add(iterator);
    remove = this.on("event", (event: TopicEvent) => iterator.offer(event));
    return iterator;
  }

  /**
   * Remembers where the loops are now.
   *
   * @returns Tells whether the body of a loop has been running ever since: it may well be the one that
   *   waits for what the caller is about to do.
   */
  watchLoops(): () => boolean {
    const running = [...this.#iterators]
      .filter((iterator) => !iterator.waiting)
      .map((iterator) => ({ iterator, asked: iterator.asked }));
    return () => running.some(({ iterator, asked }) => iterator.asked === asked);
  }

  /**
   * Calls back when everything that came before for a topic was handled: at once where nobody has ever
   * listened, unless the peer has ended the topic: whoever listens later is to hear that.
   */
  mark(topic: string, reached: () => void): void {
    this.thinner?.seal(topic);
    if (this.#parked === undefined) this.#options.laneOf(topic).mark(reached);
    else if (this.#parked.some(({ kind, value }) => kind === "closed" && value.topic === topic))
      this.#parkedMarks.push({ topic, reached });
    else reached();
  }

  /**
   * Throws away and counts what waits for a topic, or for all where none is given; handlers that run
   * are neither interrupted nor waited for.
   */
  discardWaiting(topic?: string): void {
    const matches = (value: unknown): boolean =>
      topic === undefined || (value as { readonly topic: string }).topic === topic;
    for (const lane of this.#lanes) lane.discard((sink, value) => sink === this && matches(value));
    if (this.#parked !== undefined) {
      const parked = this.#parked;
      this.#parked = parked.filter(({ value }) => !matches(value));
      for (const { kind, value } of parked) if (matches(value)) this.discarded(kind, value);
    }
    for (const iterator of this.#iterators) this.#letGo(iterator.withdraw(matches));
    if (this.thinner !== undefined) this.#letGo(this.thinner.discard(topic));
    if (topic === undefined) this.#growing.clear();
    else this.#growing.delete(topic);
  }

  /** Puts what stands for a waiting event at the end of its topic's lane. */
  enqueueSlot(slot: EventSlot): void {
    this.#enqueue("event", slot);
  }

  /** Ends the feed: what waits and what comes later is thrown away and counted, and the loops end. */
  end(): void {
    if (this.#ended) return;
    if (this.#queued > 0 || this.thinner !== undefined) this.discardWaiting();
    this.#ended = true;
    for (const iterator of this.#iterators) this.#letGo(iterator.end());
    this.#iterators.clear();
  }

  take(kind: string, value: unknown): unknown {
    return kind === "event" && this.thinner !== undefined ? (value as EventSlot).take() : value;
  }

  consumersOf(kind: string, value: unknown): readonly Consumer[] {
    // A handler is about to see it: what is missing from now on is another gap.
    if (kind === "gap") this.#stopGrowing(value as GrowingGap);
    for (const watcher of this.#options.watchers)
      watcher.started?.(kind as keyof FeedValues, value as FeedValue);
    return this.#consumers[kind] ?? NO_CONSUMERS;
  }

  consumerFailed(_kind: string, value: unknown, error: unknown): void {
    for (const watcher of this.#options.watchers) watcher.failed?.(value as FeedValue);
    this.#options.onFailure((value as FeedValue).topic, error);
  }

  handled(kind: string, value: unknown): void {
    for (const watcher of this.#options.watchers)
      watcher.ended?.(kind as keyof FeedValues, value as FeedValue);
    this.#count(-1);
  }

  discarded(kind: string, _value: unknown): void {
    if (kind === "event") this.#countDiscarded();
    this.#count(-1);
  }

  /** Offered to a loop that never took them. */
  #letGo(events: number): void {
    for (let left = events; left > 0; left -= 1) this.#countDiscarded();
  }

  #countDiscarded(): void {
    this.#discardedEvents += 1;
    this.#options.counters.discardedEvents += 1;
  }

  #count(change: 1 | -1): void {
    const { backlog, maxQueuedEvents, onDrained } = this.#options;
    this.#queued += change;
    backlog.size += change;
    this.#wasFull ||= this.full;
    if (change > 0) return;
    backlog.onFall();
    if (!this.#wasFull || this.#queued > maxQueuedEvents / 2) return;
    this.#wasFull = false;
    onDrained();
  }

  #enqueue(kind: keyof FeedValues, value: FeedValue | EventSlot): void {
    this.#count(1);
    if (this.#parked === undefined) this.#push(kind, value);
    else this.#parked.push({ kind, value });
  }

  #push(kind: keyof FeedValues, value: FeedValue | EventSlot): void {
    const lane = this.#options.laneOf(value.topic);
    this.#lanes.add(lane);
    lane.push(this, kind, value);
  }

  #unpark(): void {
    const parked = this.#parked;
    if (parked === undefined) return;
    this.#parked = undefined;
    for (const { kind, value } of parked) this.#push(kind, value);
    for (const { topic, reached } of this.#parkedMarks.splice(0)) this.mark(topic, reached);
  }

  /**
   * There is no room: what is missing joins the gap that waits last, or is one of its own. By a key, numbers of the one may
   * lie between those of the other: it grows by how many are missing, and which those are it may hide.
   */
  #growGap({ topic, from, to }: TopicGap): TopicGap {
    const growing = this.#growing.get(topic);
    if (growing === undefined) {
      const gap: GrowingGap = { topic, from, to };
      this.thinner?.seal(topic);
      this.#growing.set(topic, gap);
      this.#enqueue("gap", gap);
      return gap;
    }
    if (to === null || growing.to === null) {
      growing.to = null;
    } else {
      const missing = growing.to - growing.from + to - from + 2;
      growing.to = Math.max(growing.to, to);
      growing.from = growing.to - missing + 1;
    }
    return growing;
  }

  #stopGrowing(gap: GrowingGap): void {
    if (this.#growing.get(gap.topic) === gap) this.#growing.delete(gap.topic);
  }
}
