import {
  type Backplane,
  BackplaneError,
  type BackplaneListener,
  type Eventual,
  whenThere,
} from "../../backplane/index.ts";
import type { LatencyAccounting } from "../fanout/latency-accounting.ts";
import { isAbove } from "../methods/outgoing-data.ts";
import { OpeningGate } from "./opening-gates.ts";
import { Subscription, Topic, type TopicReader } from "./topic.ts";

/** What a registry is made of, beside its backplane. */
export interface TopicRegistryOptions {
  /** Bytes that may be held for one subscription while its history is read. */
  readonly maxHeldBytes: number;
  /** Bytes of one event's data, above which it is a gap. */
  readonly maxEventBytes: number;
  /** What measures events; null for nobody. */
  readonly latency: LatencyAccounting | null;
  /** Hears of an event that is above `maxEventBytes`: another process published it. */
  onOversized(topic: string, seq: number): void;
}

/** A topic that is joined, or about to be. */
interface Joined {
  readonly topic: Topic;
  /** What the backplane brings its events to. */
  readonly listener: BackplaneListener;
  /** The join that is not answered yet; null once it is. */
  joining: Promise<Topic> | null;
}

/**
 * Knows the topics that somebody in this process reads, and joins each of them on the backplane once,
 * whatever the number of its subscribers.
 */
export class TopicRegistry {
  readonly #backplane: Pick<Backplane, "join" | "leave">;
  readonly #latency: LatencyAccounting | null;
  readonly #maxEventBytes: number;
  readonly #onOversized: (topic: string, seq: number) => void;
  readonly #topics = new Map<string, Joined>();
  readonly #maxHeldBytes: number;
  #subscriptions = 0;

  constructor(backplane: Pick<Backplane, "join" | "leave">, options: TopicRegistryOptions) {
    this.#backplane = backplane;
    this.#maxHeldBytes = options.maxHeldBytes;
    this.#maxEventBytes = options.maxEventBytes;
    this.#latency = options.latency;
    this.#onOversized = options.onOversized;
  }

  /** How many subscriptions there are, over all topics. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  /** Finds a topic that somebody reads. */
  get(name: string): Topic | undefined {
    return this.#topics.get(name)?.topic;
  }

  /**
   * Adds a subscriber, whose events are held until it was told where it is. Null where the backplane has no room
   * for the topic.
   */
  subscribe<Reader extends TopicReader>(
    name: string,
    reader: Reader,
  ): Eventual<Subscription<Reader> | null> {
    let joined: Eventual<Topic>;
    try {
      joined = this.#join(name);
    } catch (error) {
      return nullWhereFull(error);
    }
    if (!(joined instanceof Promise)) return this.#add(joined, reader);
    return joined.then((topic) => this.#add(topic, reader), nullWhereFull);
  }

  /** Removes a subscriber; does nothing the second time. */
  unsubscribe(subscription: Subscription): void {
    if (subscription.index < 0) return;
    const { topic } = subscription;
    topic.subscribers.remove(subscription);
    this.#subscriptions -= 1;
    this.#leaveIfUnread(topic);
  }

  #add<Reader extends TopicReader>(topic: Topic, reader: Reader): Subscription<Reader> {
    const subscription = new Subscription(topic, reader);
    subscription.gate = new OpeningGate(this.#maxHeldBytes);
    topic.subscribers.add(subscription);
    this.#subscriptions += 1;
    return subscription;
  }

  #join(name: string): Eventual<Topic> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known.joining ?? known.topic;
    const topic = new Topic(name, this.#latency, this.#maxEventBytes);
    const listener: BackplaneListener = (event) => {
      if (isAbove(event.dataJson, this.#maxEventBytes)) this.#onOversized(name, event.seq);
      topic.fanOut(event);
    };
    const position = this.#backplane.join(name, listener);
    const joined: Joined = { topic, listener, joining: null };
    this.#topics.set(name, joined);
    const placed = whenThere(position, ({ epoch, seq }) => {
      // An event may have come before the answer to the join: where it is of another epoch, it is the newer one.
      if (topic.epoch === "") topic.epoch = epoch;
      if (topic.epoch === epoch) topic.seq = Math.max(topic.seq, seq);
      return topic;
    });
    if (!(placed instanceof Promise)) return topic;
    joined.joining = placed.then(
      () => {
        joined.joining = null;
        return topic;
      },
      (cause: unknown) => {
        // Whoever comes next must not take it for joined.
        this.#topics.delete(name);
        throw cause;
      },
    );
    return joined.joining;
  }

  #leaveIfUnread(topic: Topic): void {
    const joined = this.#topics.get(topic.name);
    if (topic.subscribers.size > 0 || joined?.topic !== topic) return;
    this.#topics.delete(topic.name);
    this.#backplane.leave(topic.name, joined.listener);
  }
}

function nullWhereFull(error: unknown): null {
  if (error instanceof BackplaneError && error.code === "BACKPLANE_FULL") return null;
  throw error;
}
