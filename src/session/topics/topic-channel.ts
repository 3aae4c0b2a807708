import type { DeliveryPolicy, Position, Since } from "../../protocol/json-rpc/messages.ts";
import type { FeedValues, SubscriptionFeed } from "../delivery/subscription-feed.ts";
import type { UnsubscribeOperation } from "../operations/unsubscribe-operation.ts";
import type { SessionError } from "../tokens/errors.ts";
import type { CatchUp } from "./catch-up.ts";

/**
 * Where a topic's one subscription on the wire is:
 *
 * - `wanted`: to be subscribed when a connection is ready
 * - `resting`: let go until the handlers have caught up, then `wanted`
 * - `subscribing`: written, unanswered
 * - `live`: the peer answered
 * - `unsubscribing`: the unsubscribe is written, unanswered; events still arrive, and are still delivered
 * - `abandoned`: the unsubscribe was not answered in time; events are thrown away
 * - `ended`: nothing of it is, or will be, on the wire
 */
export type ChannelPhase =
  | "wanted"
  | "resting"
  | "subscribing"
  | "live"
  | "unsubscribing"
  | "abandoned"
  | "ended";

/** A subscription, as its channels know it. */
export interface Subscriber {
  /** Whether it still wants what it subscribed to: its subscribe is pending, or was acked. */
  readonly wanted: boolean;
  /** Whether its subscribe was acked: it has its topics, and loses them to a final refusal alone. */
  readonly established: boolean;
  readonly feed: SubscriptionFeed;
  /** How the peer may thin its events; undefined where it may not. */
  readonly wirePolicy: DeliveryPolicy | undefined;
  /** The peer answered the subscribe of a channel, or what was read of its history for this subscription. */
  channelLive(channel: TopicChannel): void;
  /** The peer refused what its subscribe waits for: that fails, and what was granted of it is let go. */
  refused(error: SessionError): void;
  /** Another channel takes a channel's place. */
  channelReplaced(channel: TopicChannel, next: TopicChannel): void;
  /** A channel ended, because of the error or, without one, because it was unsubscribed. */
  channelEnded(channel: TopicChannel, error: SessionError | undefined): void;
}

/** One topic's one subscription on the wire, whatever the number of subscriptions behind it. */
export class TopicChannel {
  readonly topic: string;
  /** Written by the {@link ChannelTable} alone, which counts. */
  phase: ChannelPhase = "wanted";
  subscribers: readonly Subscriber[] = [];
  /** The last event accepted, or the position assigned at subscribe; undefined before the first answer. */
  position: Position | undefined;
  /** Where the first subscribe starts; once there is a position, that counts. */
  readonly since: Since | undefined;
  /** From where the subscribe that is unanswered, or was answered last, asked for events. */
  asked: Since | undefined;
  /** How the peer may thin; undefined where it may not. */
  delivery: DeliveryPolicy | undefined;
  /** Whether the peer has answered the subscribe on this connection: only then can events be for it. */
  granted = false;
  /** The unsubscribe under way. */
  leaving: UnsubscribeOperation | undefined;
  /** Takes what still arrives, where another policy takes the place of this one, whose subscribe was answered. */
  successor: TopicChannel | undefined;
  /** Subscriptions that are behind, and read what they miss by themselves. */
  readonly catchUps: Map<Subscriber, CatchUp> = new Map();
  /** Subscriptions that begin with the answer to the subscribe: what is told before, or of before, is for the others. */
  readonly fresh: Set<Subscriber> = new Set();
  // Whether a hole between two numbers may be closed by a later event that stands for what is missing.
  #isThinned: boolean;
  // How many events up to the position nothing has stood for yet.
  #owed = 0;
  // How many of those only the next event can stand for.
  #carried = 0;

  constructor(topic: string, since: Since | undefined, delivery: DeliveryPolicy | undefined) {
    this.topic = topic;
    this.since = since;
    this.delivery = delivery;
    this.#isThinned = delivery !== undefined;
  }

  /** Whether it should come back on the next connection. */
  get wantedAgain(): boolean {
    return (
      this.phase === "wanted" ||
      this.phase === "resting" ||
      this.phase === "subscribing" ||
      this.phase === "live"
    );
  }

  /** Number of the last event accepted; 0 before any. */
  get lastSeq(): number {
    return this.position?.seq ?? 0;
  }

  /** Number of the last event that any subscription was given or told of: all of them may be behind it, or ahead. */
  get lastTold(): number {
    if (this.subscribers.length === 0) return this.lastSeq;
    return Math.max(...this.subscribers.map((one) => this.positionOf(one)?.seq ?? 0));
  }

  /** Adds a subscription. */
  attach(subscriber: Subscriber): void {
    this.subscribers = [...this.subscribers, subscriber];
  }

  /** Takes a subscription away. */
  detach(subscriber: Subscriber): void {
    this.subscribers = this.subscribers.filter((other) => other !== subscriber);
    this.catchUps.delete(subscriber);
    this.fresh.delete(subscriber);
  }

  /** Lets go of every subscription: nothing that was still to be read comes any more. */
  letGo(error: SessionError | undefined): void {
    const { subscribers } = this;
    this.subscribers = [];
    for (const subscriber of subscribers) subscriber.channelEnded(this, error);
    // Last: until then they know where the subscriptions themselves are.
    this.catchUps.clear();
  }

  /** Whether what it receives next is where a subscription wants to start: with the next event, where it says nothing. */
  startsAt(since: Since | undefined): boolean {
    // Until the peer has answered, what was missed is to come first.
    if (this.granted) return since === undefined;
    return this.position === undefined && JSON.stringify(since) === JSON.stringify(this.since);
  }

  /** Takes the place of another channel, from where that one is. */
  takeOver(other: TopicChannel): void {
    this.position = other.position;
    this.subscribers = other.subscribers;
    other.subscribers = [];
    this.#isThinned ||= other.#isThinned;
    this.#owed = other.#owed;
    for (const subscriber of this.subscribers) subscriber.channelReplaced(other, this);
  }

  /** Where a subscription is. */
  positionOf(subscriber: Subscriber): Position | undefined {
    if (this.fresh.has(subscriber)) return undefined;
    const catchUp = this.catchUps.get(subscriber);
    return catchUp === undefined ? this.position : catchUp.position;
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
    const { seq, data, at } = event;
    const missing = seq - this.lastSeq + this.#owed;
    if (seq <= this.lastSeq) return false;
    // It cannot stand for what was accepted before: the counts must add up.
    const conflated = Math.min((event.conflated ?? 1) + this.#carried, missing);
    this.#carried = 0;
    this.#owed = missing - conflated;
    // An event that stands for several leaves no gap: it says how many.
    if (!this.#isThinned) this.#tellOwed(seq - conflated);
    this.position = { epoch: this.position?.epoch ?? "", seq };
    const value = {
      topic: this.topic,
      seq,
      data,
      ...(at === undefined ? undefined : { at }),
      ...(event.conflated === undefined && conflated === 1 ? undefined : { conflated }),
    };
    this.#tell("event", value);
    return true;
  }

  /**
   * Takes a gap that the peer tells.
   *
   * @param epoch - Names the numbering that begins where `to` is null; undefined where the peer does not say.
   */
  gapReported(from: number, to: number | null, epoch?: string): void {
    if (to === null) {
      // The answer to the subscribe may have told of it already.
      if (epoch !== undefined && epoch === this.position?.epoch) return;
      const first = this.lastSeq + 1;
      this.#forget();
      this.position = { epoch: epoch ?? "", seq: 0 };
      this.gap(first, null);
      return;
    }
    const last = Math.max(to, this.lastSeq);
    const missing = last - this.lastSeq + this.#owed;
    // Where nothing is thinned the peer's is the first: everything behind the last one accepted is missing.
    const told = this.#isThinned ? Math.min(Math.max(0, to - from + 1), missing) : missing;
    this.#moveTo(last);
    this.#owed = told;
    this.#tellOwed(to);
    this.#owed = missing - told;
  }

  /** Tells every subscription which events will not come. */
  gap(from: number, to: number | null): void {
    this.#tell("gap", { topic: this.topic, from, to });
  }

  /** Takes the position of a subscribe's answer, and tells of the gap since the last event accepted. */
  positioned(answer: Position): void {
    const before = this.position ?? positionIn(this.since);
    const asked = positionIn(this.asked)?.seq ?? Infinity;
    this.#isThinned = this.delivery !== undefined;
    this.position = { ...answer };
    if (before !== undefined) {
      if (before.epoch !== answer.epoch || answer.seq < Math.min(before.seq, asked)) {
        this.#forget();
        this.gap(before.seq + 1, null);
      } else {
        // Behind it where events went on to arrive after it was asked for: they come once more, and are ignored.
        this.position = before;
        if (answer.seq > before.seq) this.#missedUntil(answer.seq);
        // What nothing stood for yet was superseded by something that follows.
        this.#carried = this.#owed;
      }
    }
  }

  /** Takes the last `seq` that the peer says it sent: what did not arrive of it is a gap. */
  endedAt(lastSeq: number): void {
    const target = this.successor ?? this;
    target.#missedUntil(Math.max(lastSeq, target.lastSeq));
    // What has a successor has not ended: a subscription that reads the history reads on.
    for (const catchUp of this.catchUps.values()) catchUp.endedAt(this.lastSeq);
  }

  #missedUntil(lastSeq: number): void {
    this.#owed += lastSeq - this.lastSeq;
    this.#carried = 0;
    this.#moveTo(lastSeq);
    this.#tellOwed(lastSeq);
  }

  #moveTo(seq: number): void {
    this.position = { epoch: this.position?.epoch ?? "", seq };
  }

  /** Tells the gap of what nothing stood for, up to a number. Which ones those are, a policy by key may hide. */
  #tellOwed(to: number): void {
    const owed = this.#owed;
    this.#owed = 0;
    if (owed > 0) this.gap(to - owed + 1, to);
  }

  #forget(): void {
    this.#owed = 0;
    this.#carried = 0;
  }

  #tell<Kind extends keyof FeedValues>(kind: Kind, value: FeedValues[Kind]): void {
    for (const subscriber of this.subscribers)
      if (!this.fresh.has(subscriber))
        (this.catchUps.get(subscriber) ?? subscriber.feed).accept(kind, value, this.position);
  }
}

/** The position that the application has kept from before, if it gave one. */
function positionIn(since: Since | undefined): Position | undefined {
  return since !== undefined && "epoch" in since ? since : undefined;
}
