import type { Position } from "../protocol/json-rpc/messages.ts";
import { Subscription, Topic, type TopicReader } from "./topic.ts";

/** What a registry counts. */
export interface TopicCounters {
  /** Topics forgotten to keep within the limit. */
  topicsEvicted: number;
}

/**
 * Knows the topics that somebody reads or that were published to.
 *
 * A topic that nobody published to is forgotten with its last subscriber. One that was is kept for
 * its position; at the limit the one that was idle for longest goes, and with it its epoch: no
 * later topic of that name can be taken for it.
 */
export class TopicRegistry {
  readonly #topics = new Map<string, Topic>();
  /** Topics with a position and without subscribers, the longest idle first. */
  readonly #idle = new Set<Topic>();
  readonly #maxTopics: number;
  readonly #epoch: string;
  readonly #counters: TopicCounters;
  #forgotten = 0;
  #subscriptions = 0;

  /**
   * @param epoch - Unguessable and new in each life of the server.
   * @param maxTopics - Topics to know at most.
   */
  constructor(epoch: string, maxTopics: number, counters: TopicCounters) {
    this.#epoch = epoch;
    this.#maxTopics = maxTopics;
    this.#counters = counters;
  }

  /** How many topics are known. */
  get size(): number {
    return this.#topics.size;
  }

  /** How many subscriptions there are, over all topics. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  /** Finds a topic that is known. */
  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** Tells where a topic is, known or not. */
  position(name: string): Position {
    const topic = this.#topics.get(name);
    return { epoch: topic?.epoch ?? this.#nextEpoch, seq: topic?.seq ?? 0 };
  }

  /** Numbers a topic's next event. Null at the limit, where every known topic has subscribers. */
  advance(name: string): Topic | null {
    const topic = this.#open(name);
    if (topic === null) return null;
    topic.seq += 1;
    if (topic.subscribers.size === 0) {
      this.#idle.delete(topic);
      this.#idle.add(topic);
    }
    return topic;
  }

  /** Adds a subscriber. Null at the limit, where every known topic has subscribers. */
  subscribe<Reader extends TopicReader>(name: string, reader: Reader): Subscription<Reader> | null {
    const topic = this.#open(name);
    if (topic === null) return null;
    const subscription = new Subscription(topic, reader);
    topic.subscribers.add(subscription);
    this.#idle.delete(topic);
    this.#subscriptions += 1;
    return subscription;
  }

  /** Removes a subscriber; does nothing the second time. */
  unsubscribe(subscription: Subscription): void {
    if (subscription.index < 0) return;
    const { topic } = subscription;
    topic.subscribers.remove(subscription);
    this.#subscriptions -= 1;
    if (topic.subscribers.size > 0 || this.#topics.get(topic.name) !== topic) return;
    if (topic.seq === 0) this.#topics.delete(topic.name);
    else this.#idle.add(topic);
  }

  /** Forgets a topic and its epoch. Its subscriptions are the caller's to end. */
  forget(topic: Topic): void {
    if (!this.#topics.delete(topic.name)) return;
    this.#idle.delete(topic);
    this.#forgotten += 1;
  }

  get #nextEpoch(): string {
    return this.#forgotten === 0 ? this.#epoch : `${this.#epoch}-${this.#forgotten.toString(36)}`;
  }

  #open(name: string): Topic | null {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    if (this.#topics.size >= this.#maxTopics && !this.#evict()) return null;
    const topic = new Topic(name, this.#nextEpoch);
    this.#topics.set(name, topic);
    return topic;
  }

  #evict(): boolean {
    for (const topic of this.#idle) {
      this.forget(topic);
      this.#counters.topicsEvicted += 1;
      return true;
    }
    return false;
  }
}
