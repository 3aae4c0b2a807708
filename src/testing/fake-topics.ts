import type {
  HistoryParams,
  HistoryResult,
  SubscribeParams,
  SubscribeResult,
  UnsubscribeParams,
  UnsubscribeResult,
} from "../protocol/json-rpc/messages.ts";

/** The one epoch of every topic of a fake server. */
const EPOCH = "e";

/** Who is subscribed to what on a fake server, and how far each topic is. */
export class FakeTopics {
  readonly #lastSeq = new Map<string, number>();
  /** Numbers that were sent without being published: an unsubscribe's answer must not be behind them. */
  readonly #sentSeq = new Map<string, number>();
  readonly #subscribers = new Map<string, Set<number>>();

  /** Returns the topic's next number. */
  next(topic: string): number {
    const seq = this.#seqOf(topic) + 1;
    this.#lastSeq.set(topic, seq);
    return seq;
  }

  /** Notes a number that is sent all the same. */
  sent(topic: string, seq: number): void {
    this.#sentSeq.set(topic, Math.max(seq, this.#sentSeq.get(topic) ?? 0));
  }

  /** Returns the connections that are subscribed. */
  subscribers(topic: string): readonly number[] {
    return [...(this.#subscribers.get(topic) ?? [])];
  }

  /** Answers a subscribe: every topic, from its newest event on. */
  subscribe({ topics }: SubscribeParams, connection: number): SubscribeResult {
    return {
      topics: topics.map(({ topic }) => {
        const subscribers = this.#subscribers.get(topic) ?? new Set();
        this.#subscribers.set(topic, subscribers.add(connection));
        return { topic, epoch: EPOCH, seq: this.#newestOf(topic), recovered: false };
      }),
    };
  }

  /** Answers a reading of the history: there is none. */
  history({ topic }: HistoryParams): HistoryResult {
    const seq = this.#newestOf(topic);
    return { topic, epoch: EPOCH, seq, recovered: false, events: [], more: false };
  }

  /** Answers an unsubscribe. */
  unsubscribe({ topics }: UnsubscribeParams, connection: number): UnsubscribeResult {
    return {
      topics: topics.map((topic) => {
        this.#subscribers.get(topic)?.delete(connection);
        return { topic, lastSeq: this.#newestOf(topic) };
      }),
    };
  }

  /** A connection is gone. */
  leave(connection: number): void {
    for (const subscribers of this.#subscribers.values()) subscribers.delete(connection);
  }

  #newestOf(topic: string): number {
    return Math.max(this.#seqOf(topic), this.#sentSeq.get(topic) ?? 0);
  }

  #seqOf(topic: string): number {
    return this.#lastSeq.get(topic) ?? 0;
  }
}
