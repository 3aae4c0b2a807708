import { type Backplane, BackplaneError, type Eventual, whenThere } from "../../backplane/index.ts";
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

/**
 * Knows the topics that somebody in this process reads, and joins each of them on the backplane once,
 * whatever the number of its subscribers.
 */
export class TopicRegistry {
  readonly #backplane: Backplane;
  readonly #latency: LatencyAccounting | null;
  readonly #maxEventBytes: number;
  readonly #onOversized: (topic: string, seq: number) => void;
  readonly #topics = new Map<string, Topic>();
  /** Topics whose join the backplane has not answered yet. */
  readonly #joining = new Map<Topic, Promise<Topic>>();
  readonly #maxHeldBytes: number;
  #subscriptions = 0;

  constructor(backplane: Backplane, options: TopicRegistryOptions) {
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
    return this.#topics.get(name);
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
    if (known !== undefined) return this.#joining.get(known) ?? known;
    const topic = new Topic(name, this.#latency, this.#maxEventBytes);
    const position = this.#backplane.join(name, (event) => {
      if (isAbove(event.dataJson, this.#maxEventBytes)) this.#onOversized(name, event.seq);
      topic.fanOut(event);
    });
    this.#topics.set(name, topic);
    const joined = whenThere(position, ({ epoch, seq }) => {
      topic.epoch = epoch;
      // An event may have come before the answer to the join.
      topic.seq = Math.max(topic.seq, seq);
      return topic;
    });
    if (!(joined instanceof Promise)) return topic;
    const settled = joined.then(
      () => {
        this.#joining.delete(topic);
        return topic;
      },
      (cause: unknown) => {
        // Both at once: whoever comes next must not take it for joined.
        this.#joining.delete(topic);
        this.#topics.delete(name);
        throw cause;
      },
    );
    this.#joining.set(topic, settled);
    return settled;
  }

  #leaveIfUnread(topic: Topic): void {
    if (topic.subscribers.size > 0 || this.#topics.get(topic.name) !== topic) return;
    this.#topics.delete(topic.name);
    this.#backplane.leave(topic.name);
  }
}

function nullWhereFull(error: unknown): null {
  if (error instanceof BackplaneError && error.code === "BACKPLANE_FULL") return null;
  throw error;
}
