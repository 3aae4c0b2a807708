import type {
  HistoryParams,
  HistoryResult,
  Position,
  Since,
} from "../../protocol/json-rpc/messages.ts";
import type { Counters } from "../counters.ts";
import type { FeedValues } from "../delivery/subscription-feed.ts";
import { HistoryOperation, type HistoryReader } from "../operations/history-operation.ts";
import type { Operations } from "../operations/operations.ts";
import type { SessionError } from "../tokens/errors.ts";
import { isPassing } from "../tokens/refusals.ts";
import type { Subscriber, TopicChannel } from "./topic-channel.ts";
import type { TopicEvent, TopicGap } from "./topic-event.ts";

/** PROTOCOL.md, W-5.12. */
const MOST_EVENTS = 1_000;
/** What tells where a topic is, and as little else as can be asked for. */
const HEAD: HistoryParams["since"] = { last: 1 };

/** What a catch-up works on. */
export interface CatchUpParts {
  readonly counters: Counters;
  readonly operations: Operations;
  /** Lets it go on in a while: the peer refused to be read now. */
  readLater(error: SessionError, refused: CatchUp): void;
}

/**
 * Brings one subscription up to where its channel is, by reading the topic's history for it alone: because it wants
 * to start elsewhere than the others, or because its handlers were too slow for them. Where it wants to start with the
 * next event, and the others still get what they missed, what is read is where the topic is.
 *
 * What its channel receives meanwhile is held back, and follows what was read: each event once, and in order.
 */
export class CatchUp implements HistoryReader {
  readonly #parts: CatchUpParts;
  readonly #channel: TopicChannel;
  readonly #subscriber: Subscriber;
  // Undefined where it starts with the next event, before it is known which that is.
  #since: Since | undefined;
  #held: TopicEvent[] = [];
  // The epoch of all of them: a gap between two epochs is not held.
  #heldEpoch: string | undefined;
  // Something that is not held came: only the history can tell what follows.
  #isMissing = false;
  // Its channel went on to a new epoch, and this one has not: what is answered may be of the one before.
  #isOutdated = false;
  #isAsking = false;
  #isStuck = false;
  // It read what its channel has not received yet.
  #isAhead = false;
  /** Whether anything was read yet: where it starts is known. */
  hasBegun = false;

  constructor(
    parts: CatchUpParts,
    channel: TopicChannel,
    subscriber: Subscriber,
    since: Since | undefined,
  ) {
    this.#parts = parts;
    this.#channel = channel;
    this.#subscriber = subscriber;
    this.#since = since;
  }

  get topic(): string {
    return this.#channel.topic;
  }

  /** Where the subscription is; undefined before anything was read of "the last so many", or of where the topic is. */
  get position(): Position | undefined {
    const since = this.#since;
    return since !== undefined && "epoch" in since ? since : undefined;
  }

  /** Reads on, if it can and does not. */
  goOn(): void {
    const { granted, phase } = this.#channel;
    const isLive = granted && phase === "live";
    if (
      this.#isAsking ||
      this.#isAhead ||
      !isLive ||
      !this.#parts.operations.ready ||
      this.#room() < 1
    )
      return;
    this.#isAsking = true;
    this.#held = [];
    this.#isMissing = false;
    this.#parts.operations.write(new HistoryOperation(this));
  }

  /** Holds back what its channel has for it, or takes of it what was not read. */
  accept<Kind extends keyof FeedValues>(
    kind: Kind,
    value: FeedValues[Kind],
    channelPosition?: Position,
  ): void {
    if (this.#isAhead) {
      if (kind === "event") this.#passBehind(value as TopicEvent, channelPosition);
      else if (kind === "gap") this.#gapBehind(value as TopicGap, channelPosition);
      return;
    }
    if (kind === "gap" && (value as TopicGap).to === null) this.#isOutdated = true;
    if (kind !== "event" || this.#held.length >= MOST_EVENTS) this.#isMissing = true;
    if (this.#isMissing || !this.#isAsking) return;
    this.#held.push(value as TopicEvent);
    this.#heldEpoch = channelPosition?.epoch;
  }

  #passBehind(event: TopicEvent, channelPosition: Position | undefined): void {
    const { seq = 0, epoch } = this.position ?? {};
    // Of an epoch that was over when the history was read.
    if (channelPosition?.epoch !== epoch) return;
    if (event.seq >= seq) this.#detach();
    this.#pass(event);
  }

  #gapBehind({ from, to }: TopicGap, channelPosition: Position | undefined): void {
    const { seq = 0, epoch } = this.position ?? {};
    const position = channelPosition ?? { epoch: epoch ?? "", seq: to ?? seq };
    const isSame = position.epoch === epoch;
    // Of an epoch that was over when the history was read.
    if (to !== null && !isSame) return;
    if (to === null && isSame) {
      // The channel comes to the epoch that this one is in, at its beginning or further on.
      if (position.seq >= seq) this.#detach();
      if (position.seq > seq) this.#tellGap(seq + 1, position.seq, position);
      return;
    }
    if (to === null || to >= seq) this.#detach();
    if (to !== null && to <= seq) return;
    this.#tellGap(to === null ? seq + 1 : Math.max(from, seq + 1), to, position);
  }

  /** The channel ends: what was not read will not come. */
  endedAt(lastSeq: number): void {
    const { position } = this;
    if (position === undefined) return;
    const { position: channelPosition = position } = this.#channel;
    const isOther = channelPosition.epoch !== position.epoch;
    // Ahead of it: there it stays.
    if (isOther ? this.#isAhead : lastSeq < position.seq) return;
    this.#detach();
    if (isOther) {
      this.#tellGap(position.seq + 1, null, channelPosition);
      return;
    }
    if (lastSeq === position.seq) return;
    this.#tellGap(position.seq + 1, lastSeq, { ...position, seq: lastSeq });
  }

  next(): HistoryParams | undefined {
    if (!this.#isCurrent) return undefined;
    const limit = Math.min(MOST_EVENTS, Math.max(1, this.#room()));
    return { topic: this.topic, since: this.#since ?? HEAD, limit };
  }

  lost(): void {
    this.#isAsking = false;
  }

  refused(error: SessionError): void {
    this.#isAsking = false;
    if (!this.#isCurrent) return;
    if (isPassing(error)) {
      // Before anything was read it is its subscribe that the peer refused, as it may refuse the first one of a topic.
      if (this.hasBegun || this.#subscriber.established) this.#parts.readLater(error, this);
      else this.#subscriber.refused(error);
      return;
    }
    this.#skipToChannel();
    this.hasBegun = true;
    this.#subscriber.channelLive(this.#channel);
    this.#join();
  }

  answered({ epoch, seq, recovered, events, more }: HistoryResult): void {
    this.#isAsking = false;
    if (!this.#isCurrent) return;
    if (!recovered || this.#since === undefined) this.#skipTo({ epoch, seq });
    else if (!("epoch" in this.#since))
      this.#since = { epoch, seq: (events[0]?.seq ?? seq + 1) - 1 };
    this.hasBegun = true;
    this.#subscriber.channelLive(this.#channel);
    for (const { seq: number, data, at } of events) {
      if (number <= (this.position?.seq ?? 0)) continue;
      this.#parts.counters.eventsReceived += 1;
      const time = at === undefined ? undefined : { at };
      this.#missUntil(number - 1);
      this.#pass({ topic: this.topic, seq: number, data, ...time });
    }
    if (recovered && !more) this.#missUntil(seq);
    // Twice nothing, where there should be something: nobody knows more about it.
    if (this.#isStuck && events.length === 0) this.#skipToChannel();
    this.#isStuck = events.length === 0;
    if (more && !this.#isStuck) this.goOn();
    else this.#join();
  }

  /** What the history leaves out, up to a number, will not come: it was too large to be sent. */
  #missUntil(seq: number): void {
    const { position } = this;
    if (position !== undefined && seq > position.seq) this.#skipTo({ ...position, seq });
  }

  /** What was held back follows what was read. */
  #join(): void {
    const held = this.#heldEpoch === this.position?.epoch ? this.#held : [];
    this.#held = [];
    for (const event of held) {
      const first = event.seq - (event.conflated ?? 1) + 1;
      const isNext = first <= (this.position?.seq ?? 0) + 1;
      if (!isNext || this.#subscriber.feed.overflowing) break;
      this.#pass(event);
    }
    // Not there yet: there was no room for all, or what was held back does not follow.
    const { lastSeq, position } = this.#channel;
    const isOther = position !== undefined && position.epoch !== this.position?.epoch;
    if (isOther && this.#isOutdated) this.#skipTo({ ...position, seq: 0 });
    this.#isOutdated = false;
    const { seq = 0 } = this.position ?? {};
    if (isOther && this.position?.epoch !== position.epoch) this.#isAhead = true;
    else if (lastSeq > seq) this.goOn();
    else if (lastSeq === seq) this.#detach();
    else this.#isAhead = true;
  }

  /** Nobody knows more about what lies between. */
  #skipToChannel(): void {
    const { position = { epoch: "", seq: 0 } } = this.#channel;
    const isOther = this.position?.epoch !== position.epoch;
    if (isOther || (this.position?.seq ?? 0) < position.seq) this.#skipTo(position);
  }

  #pass(event: TopicEvent): void {
    const before = this.position ?? { epoch: "", seq: 0 };
    if (event.seq <= before.seq) return;
    const position = { epoch: before.epoch, seq: event.seq };
    this.#since = position;
    const { conflated } = event;
    // It cannot stand for what was read before.
    const trimmed =
      conflated === undefined
        ? event
        : { ...event, conflated: Math.min(conflated, event.seq - before.seq) };
    this.#subscriber.feed.accept("event", trimmed, position);
  }

  /** What lies between will not come. */
  #skipTo(position: Position): void {
    const before = this.position;
    this.#since = position;
    if (before === undefined) return;
    if (before.epoch !== position.epoch || position.seq < before.seq)
      this.#tellGap(before.seq + 1, null, position);
    else if (position.seq > before.seq) this.#tellGap(before.seq + 1, position.seq, position);
  }

  #tellGap(from: number, to: number | null, position: Position): void {
    this.#subscriber.feed.accept("gap", { topic: this.topic, from, to }, position);
  }

  #room(): number {
    return this.#subscriber.feed.room;
  }

  get #isCurrent(): boolean {
    return this.#channel.catchUps.get(this.#subscriber) === this;
  }

  #detach(): void {
    this.#channel.catchUps.delete(this.#subscriber);
  }
}
