import type { Position, Since } from "../protocol/json-rpc/messages.ts";
import type { SessionError } from "./errors.ts";
import type { SubscriptionFeed } from "./subscription-feed.ts";
import type { UnsubscribeOperation } from "./unsubscribe-operation.ts";

/**
 * Where a topic's one subscription on the wire is:
 *
 * - `wanted`: to be subscribed when a connection is ready
 * - `subscribing`: written, unanswered
 * - `live`: the peer answered
 * - `unsubscribing`: the unsubscribe is written, unanswered; events still arrive, and are still delivered
 * - `abandoned`: the unsubscribe was not answered in time; events are thrown away
 * - `ended`: nothing of it is, or will be, on the wire
 */
export type ChannelPhase =
  | "wanted"
  | "subscribing"
  | "live"
  | "unsubscribing"
  | "abandoned"
  | "ended";

/** A subscription, as its channels know it. */
export interface Subscriber {
  /** Whether it still wants what it subscribed to: its subscribe is pending, or was acked. */
  readonly wanted: boolean;
  readonly feed: SubscriptionFeed;
  /** The peer answered the subscribe of a channel. */
  channelLive(channel: TopicChannel): void;
  /** A channel ended, because of the error or, without one, because it was unsubscribed. */
  channelEnded(channel: TopicChannel, error: SessionError | undefined): void;
}

/** One topic's one subscription on the wire, whatever the number of subscriptions behind it. */
export class TopicChannel {
  readonly topic: string;
  /** Written by the {@link TopicBook} alone, which counts. */
  phase: ChannelPhase = "wanted";
  subscribers: readonly Subscriber[] = [];
  /** The last event accepted, or the position assigned at subscribe; undefined before the first answer. */
  position: Position | undefined;
  /** Where the first subscribe starts; once there is a position, that counts. */
  readonly since: Since | undefined;
  /** Whether the peer has answered the subscribe on this connection: only then can events be for it. */
  granted = false;
  /** The unsubscribe under way. */
  leaving: UnsubscribeOperation | undefined;

  constructor(topic: string, since: Since | undefined) {
    this.topic = topic;
    this.since = since;
  }

  /** Whether it should come back on the next connection. */
  get wantedAgain(): boolean {
    return this.phase === "wanted" || this.phase === "subscribing" || this.phase === "live";
  }

  /** Number of the last event accepted; 0 before any. */
  get lastSeq(): number {
    return this.position?.seq ?? 0;
  }

  /** Adds a subscription. */
  attach(subscriber: Subscriber): void {
    this.subscribers = [...this.subscribers, subscriber];
  }

  /** Takes a subscription away. */
  detach(subscriber: Subscriber): void {
    this.subscribers = this.subscribers.filter((other) => other !== subscriber);
  }

  /**
   * Takes an event of the topic: tells of a gap before it, and ignores what was there already.
   *
   * @returns Whether it was accepted.
   */
  accept(event: {
    readonly seq: number;
    readonly data: unknown;
    readonly at?: number;
    readonly conflated?: number;
  }): boolean {
    const lastSeq = this.lastSeq;
    const { seq, data, at } = event;
    if (seq <= lastSeq) return false;
    // It cannot stand for what was accepted before: the counts must add up.
    const conflated =
      event.conflated === undefined ? undefined : Math.min(event.conflated, seq - lastSeq);
    // An event that stands for several leaves no gap: it says how many.
    const firstSeq = seq - (conflated ?? 1) + 1;
    if (firstSeq > lastSeq + 1) this.gap(lastSeq + 1, firstSeq - 1);
    this.position = { epoch: this.position?.epoch ?? "", seq };
    const value = {
      topic: this.topic,
      seq,
      data,
      ...(at === undefined ? undefined : { at }),
      ...(conflated === undefined ? undefined : { conflated }),
    };
    for (const { feed } of this.subscribers) feed.accept("event", value);
    return true;
  }

  /** Tells every subscription which events will not come. */
  gap(from: number, to: number | null): void {
    const value = { topic: this.topic, from, to };
    for (const { feed } of this.subscribers) feed.accept("gap", value);
  }

  /** Takes the position of a subscribe's answer, and tells of the gap since the last event accepted. */
  positioned(answer: Position): void {
    const before = this.position ?? positionIn(this.since);
    this.position = { epoch: answer.epoch, seq: answer.seq };
    if (before === undefined) return;
    if (before.epoch !== answer.epoch || answer.seq < before.seq) this.gap(before.seq + 1, null);
    else if (answer.seq > before.seq) this.gap(before.seq + 1, answer.seq);
  }

  /** Takes the last `seq` that the peer says it sent: what did not arrive of it is a gap. */
  endedAt(lastSeq: number): void {
    if (lastSeq <= this.lastSeq) return;
    this.gap(this.lastSeq + 1, lastSeq);
    this.position = { epoch: this.position?.epoch ?? "", seq: lastSeq };
  }
}

/** The position that the application has kept from before, if it gave one. */
function positionIn(since: Since | undefined): Position | undefined {
  return since !== undefined && "epoch" in since ? since : undefined;
}
