import type { Position, Since } from "../../protocol/json-rpc/messages.ts";
import type { InboundMessage } from "../../protocol/protocol.ts";
import type { Kernel } from "../kernel.ts";
import type { Operation } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import { PlainOperation } from "../operations/plain-operation.ts";
import { SubscribeOperation } from "../operations/subscribe-operation.ts";
import {
  type UnsubscribeListener,
  UnsubscribeOperation,
} from "../operations/unsubscribe-operation.ts";
import type { SessionError } from "../tokens/errors.ts";
import { isPassing } from "../tokens/refusals.ts";
import { AskingAgain } from "./asking-again.ts";
import { CatchUp } from "./catch-up.ts";
import { ChannelTable } from "./channel-table.ts";
import { type Subscriber, TopicChannel } from "./topic-channel.ts";

/** PROTOCOL.md, W-5.2 and W-5.6. */
const MOST_TOPICS = 1_000;

/** Knows every topic of the session: what is wanted, what is on the wire, and who gets what arrives. */
export class TopicBook {
  /** What there is of each topic. */
  readonly channelTable: ChannelTable = new ChannelTable();
  readonly #kernel: Kernel;
  readonly #operations: Operations;
  readonly #onChange: () => void;
  // Written before and lost with the link, or refused for now: to be subscribed again in one batch.
  #again: TopicChannel[] = [];
  readonly #doubtful: string[] = [];
  readonly #askingAgain: AskingAgain;

  /** @param onChange - Called when the number of topics being subscribed, or live, may have changed. */
  constructor(kernel: Kernel, operations: Operations, onChange: () => void) {
    this.#kernel = kernel;
    this.#operations = operations;
    this.#onChange = onChange;
    this.#askingAgain = new AskingAgain(kernel, operations, () => {
      for (const operation of this.takeLost()) operations.write(operation);
      this.#onChange();
    });
  }

  /** Subscribes to topics on behalf of a subscription, writing what is not on the wire yet. */
  subscribe(
    topics: readonly string[],
    since: Since | undefined,
    subscriber: Subscriber,
  ): readonly TopicChannel[] {
    const fresh: TopicChannel[] = [];
    const channels = topics.map((topic) => {
      const newest = this.channelTable.newest(topic);
      if (newest?.wantedAgain === true) return this.#join(newest, since, subscriber);
      const channel = this.channelTable.add(new TopicChannel(topic, since, subscriber.wirePolicy));
      channel.attach(subscriber);
      fresh.push(channel);
      return channel;
    });
    for (const operation of this.#subscribesOf(fresh)) this.#operations.submit(operation);
    this.#onChange();
    return channels;
  }

  /** Gives a subscription a share in a channel that is there already. */
  #join(newest: TopicChannel, since: Since | undefined, subscriber: Subscriber): TopicChannel {
    const { wirePolicy } = subscriber;
    const startsWithIt = newest.startsAt(since);
    // Where both start together and let the peer thin in one way, it may; else each gets all and thins for itself.
    const mustChange =
      newest.delivery !== undefined &&
      !(startsWithIt && JSON.stringify(newest.delivery) === JSON.stringify(wirePolicy));
    const channel = mustChange ? this.#changePolicy(newest) : newest;
    channel.attach(subscriber);
    if (!startsWithIt) this.#catchUp(channel, subscriber, since);
    // What still arrives under the policy that was live is for the others.
    else if (newest.granted && mustChange) channel.fresh.add(subscriber);
    this.resume(channel);
    return channel;
  }

  #catchUp(channel: TopicChannel, subscriber: Subscriber, since: Since | undefined): void {
    const { counters } = this.#kernel;
    const parts = {
      counters,
      operations: this.#operations,
      readLater: (error: SessionError, refused: CatchUp) =>
        this.#askingAgain.refused(error, refused),
    };
    const catchUp = new CatchUp(parts, channel, subscriber, since);
    channel.catchUps.set(subscriber, catchUp);
    catchUp.goOn();
  }

  /** From here on the peer sends every event. */
  #changePolicy(channel: TopicChannel): TopicChannel {
    if (channel.phase === "wanted") {
      channel.delivery = undefined;
      return channel;
    }
    const next = this.#replace(channel);
    // What still arrives under the old policy is for the new one, and what comes twice is told by its number. Of one
    // that is unanswered nothing has come, and all that will comes once more: the answer that counts is the new one's.
    if (channel.granted) channel.successor = next;
    this.#subscribeAgain(next);
    return next;
  }

  /** Puts another channel, that lets the peer thin nothing, in the place of one that is on the wire. */
  #replace(channel: TopicChannel): TopicChannel {
    const next = this.channelTable.add(new TopicChannel(channel.topic, channel.since, undefined));
    next.takeOver(channel);
    this.unsubscribe([channel]);
    return next;
  }

  #subscribeAgain(...channels: readonly TopicChannel[]): void {
    // They were accepted before: no limit counts any more.
    if (this.#operations.ready) this.#operations.write(new SubscribeOperation(this, channels));
    else this.#again.push(...channels);
    this.#onChange();
  }

  /**
   * There is no room for a subscription's next event: it goes on later from where it is. The peer sends nothing
   * meanwhile, unless others want it.
   */
  #letGo(channel: TopicChannel, subscriber: Subscriber): void {
    if (channel.subscribers.length === 1) {
      this.channelTable.setPhase(this.#replace(channel), "resting");
    } else if (channel.position !== undefined) {
      this.#catchUp(channel, subscriber, channel.position);
    }
  }

  /** There is room again: what was let go is subscribed again, or read. */
  drained(channel: TopicChannel, subscriber: Subscriber): void {
    this.resume(channel);
    channel.catchUps.get(subscriber)?.goOn();
  }

  /** Subscribes again to what was let go. */
  resume(channel: TopicChannel): void {
    if (channel.phase !== "resting") return;
    this.channelTable.setPhase(channel, "wanted");
    this.#subscribeAgain(channel);
  }

  #subscribesOf(channels: readonly TopicChannel[]): readonly Operation[] {
    return batchesOf(channels).map((batch) => new SubscribeOperation(this, batch));
  }

  /**
   * Lets a subscription go of channels. Those that nobody else has, and that are on the wire, are
   * unsubscribed there; the rest is over at once, and proved locally.
   */
  release(
    channels: readonly TopicChannel[],
    subscriber: Subscriber,
    listener?: UnsubscribeListener,
  ): void {
    const leaving: TopicChannel[] = [];
    for (const channel of channels) {
      if (!channel.subscribers.includes(subscriber)) continue;
      const onWire = channel.phase === "subscribing" || channel.phase === "live";
      // It may be behind its channel, and what it did not read will not come.
      const { seq = 0 } = channel.positionOf(subscriber) ?? {};
      if (channel.subscribers.length > 1) {
        listener?.unsubscribed(channel, seq, "local");
        subscriber.channelEnded(channel, undefined);
        // Last: until then it knows where the subscription itself is.
        channel.detach(subscriber);
      } else if (onWire) {
        leaving.push(channel);
      } else if (channel.phase === "wanted" || channel.phase === "resting") {
        listener?.unsubscribed(channel, seq, "local");
        this.end(channel, undefined);
      } else if (listener !== undefined) {
        channel.leaving?.follow(listener);
      }
    }
    this.unsubscribe(leaving, listener);
    this.#onChange();
  }

  /** Unsubscribes from channels that are on the wire. */
  unsubscribe(channels: readonly TopicChannel[], listener?: UnsubscribeListener): void {
    for (const batch of batchesOf(channels)) {
      const operation = new UnsubscribeOperation(this, batch, listener);
      for (const channel of batch) {
        this.channelTable.setPhase(channel, "unsubscribing");
        channel.leaving = operation;
      }
      this.#operations.submit(operation);
    }
  }

  /** Gives up waiting for a topic's unsubscribe: what still arrives is thrown away. */
  abandon(channel: TopicChannel): void {
    if (channel.phase !== "unsubscribing") return;
    this.channelTable.setPhase(channel, "abandoned");
    channel.letGo(undefined);
    // Once more, unless that would take away what was subscribed since.
    const newest = this.channelTable.newest(channel.topic) === channel;
    if (newest && this.#operations.ready)
      this.#operations.submit(new UnsubscribeOperation(this, [channel]));
    this.#onChange();
  }

  /** Whether something was lost with the last connection and is to be brought back. */
  get hasLost(): boolean {
    return this.#again.length > 0;
  }

  /** The subscribes that bring back what was lost with the last connection. */
  takeLost(): readonly Operation[] {
    const again = this.#again.filter((channel) => channel.phase === "wanted");
    this.#again = [];
    return this.#subscribesOf(again);
  }

  /** The link was lost: what was live is wanted again, what was being unsubscribed is over. */
  linkLost(): void {
    this.#askingAgain.stop();
    for (const channel of [...this.channelTable]) {
      channel.granted = false;
      if (channel.phase === "live" || channel.phase === "subscribing") {
        this.channelTable.setPhase(channel, "wanted");
        this.#again.push(channel);
      } else if (channel.leaving !== undefined) {
        channel.leaving.provedByLoss();
      } else if (channel.phase !== "wanted" && channel.phase !== "resting") {
        this.end(channel, undefined);
      }
    }
  }

  /**
   * Ends what is wanted and not on the wire; the tokens that wait for it end with such an error.
   *
   * @returns Each topic, and the last event that was given or told of it.
   */
  endUnwritten(
    why: () => SessionError,
  ): readonly { readonly topic: string; readonly lastSeq: number }[] {
    const unwritten = [...this.channelTable].filter(
      ({ phase }) => phase === "wanted" || phase === "resting",
    );
    return unwritten.map((channel) => {
      const { topic, lastTold } = channel;
      this.end(channel, why());
      return { topic, lastSeq: lastTold };
    });
  }

  /** The session is over: every channel ends. */
  endAll(why: () => SessionError): void {
    this.#askingAgain.stop();
    for (const channel of [...this.channelTable]) this.end(channel, why());
  }

  /** The peer granted a topic. */
  granted(channel: TopicChannel, position: Position): void {
    if (channel.phase === "ended") return;
    channel.granted = true;
    channel.positioned(position);
    channel.fresh.clear();
    // The answer proves that the peer is past whatever was asked before for this topic.
    const past = this.channelTable.forgetBefore(channel);
    if (channel.phase === "subscribing") this.channelTable.setPhase(channel, "live");
    for (const subscriber of channel.subscribers)
      if (!channel.catchUps.has(subscriber)) subscriber.channelLive(channel);
    for (const catchUp of channel.catchUps.values()) catchUp.goOn();
    // Whose unsubscribe was refused would wait for ever; the others end with theirs.
    for (const other of past) if (other.wantedAgain) this.end(other, undefined);
  }

  /** The peer denied a topic, or nobody knows whether it did. */
  denied(channel: TopicChannel, error: SessionError): void {
    if (channel.phase === "ended") return;
    if (isPassing(error) && channel.subscribers.some(({ established }) => established)) {
      // Where it is wanted already, the link was lost since: the next connection is asked for it.
      if (channel.phase === "wanted") return;
      if (channel.phase === "subscribing") {
        this.#postpone(channel, error);
        return;
      }
    }
    if (error.outcome === "unknown" && channel.phase === "subscribing") {
      this.unsubscribe([channel]);
      channel.letGo(error);
      return;
    }
    this.end(channel, error);
  }

  /** Whoever had the topic before keeps it, and it is asked for again. Whoever is new to it hears of the refusal. */
  #postpone(channel: TopicChannel, error: SessionError): void {
    if (error.outcome === "unknown") this.#doubtful.push(channel.topic);
    this.channelTable.setPhase(channel, "wanted");
    this.#again.push(channel);
    for (const subscriber of channel.subscribers)
      if (!subscriber.established) subscriber.refused(error);
    this.#askingAgain.refused(error);
  }

  /** What may be subscribed in spite of the answer is let go of, or the peer would not subscribe it again. */
  #unsubscribeDoubtful(): void {
    const topics = this.#doubtful.splice(0);
    if (topics.length === 0 || !this.#operations.ready) return;
    this.#operations.write(
      new PlainOperation("unsubscribe", (codec, id) => codec.encodeUnsubscribe(id, topics)),
    );
  }

  /**
   * The peer refused a request for the shape of one of its topics, and with it all the others: asks for each half alone,
   * until who is to blame stands alone.
   */
  askByHalves(channels: readonly TopicChannel[]): void {
    const wanted = channels.filter(({ phase }) => phase === "subscribing");
    for (const channel of wanted) this.channelTable.setPhase(channel, "wanted");
    const middle = Math.ceil(wanted.length / 2);
    for (const half of [wanted.slice(0, middle), wanted.slice(middle)])
      if (half.length > 0) this.#subscribeAgain(...half);
  }

  /** An unsubscribe had no effect: the channel is as live as it was. */
  stay(channel: TopicChannel): void {
    if (channel.phase !== "unsubscribing") return;
    // A subscription that gave up its subscribe wants the topic no more, whatever the peer thinks of it.
    if (channel.subscribers.some(({ wanted }) => wanted))
      this.channelTable.setPhase(channel, "live");
    else this.abandon(channel);
  }

  /** Takes an event off the wire. */
  received(message: Extract<InboundMessage, { type: "event" }>): void {
    const { counters } = this.#kernel;
    const channel = this.channelTable.receiving(message.topic);
    if (channel === undefined || !this.#hasReader(channel)) {
      counters.strayEvents += 1;
    } else if (channel.accept(message)) {
      counters.eventsReceived += 1;
    } else {
      counters.duplicateEvents += 1;
    }
  }

  /** Whether anybody gets the next event of a channel. Lets go of subscriptions that have no room for it. */
  #hasReader(channel: TopicChannel): boolean {
    if (channel.phase === "live" && this.#operations.hasHistory)
      for (const subscriber of channel.subscribers)
        if (subscriber.feed.overflowing && !channel.catchUps.has(subscriber))
          this.#letGo(channel, subscriber);
    return channel.subscribers.length > 0;
  }

  /** The peer says that events are missing. */
  gapReported({ topic, from, to, epoch }: Extract<InboundMessage, { type: "gap" }>): void {
    const channel = this.channelTable.receiving(topic);
    if (channel !== undefined && channel.phase !== "abandoned")
      channel.gapReported(from, to, epoch);
  }

  /** The peer ended a topic. */
  closedByPeer(message: Extract<InboundMessage, { type: "topicClosed" }>): void {
    const channel = this.channelTable.grantedOf(message.topic);
    if (channel === undefined) return;
    channel.endedAt(message.lastSeq);
    const { topic, lastSeq, code } = message;
    for (const { feed } of channel.subscribers) feed.accept("closed", { topic, lastSeq, code });
    this.end(channel, undefined);
    this.settled();
  }

  /** Ends a channel and forgets it. */
  end(channel: TopicChannel, error: SessionError | undefined): void {
    if (channel.phase === "ended") return;
    this.channelTable.end(channel);
    channel.letGo(error);
  }

  /** Something on the wire was answered. */
  settled(): void {
    this.#unsubscribeDoubtful();
    this.#onChange();
    this.#kernel.advanceClose();
  }
}

/** No request may be about more topics. */
function batchesOf(channels: readonly TopicChannel[]): readonly (readonly TopicChannel[])[] {
  const batches: (readonly TopicChannel[])[] = [];
  for (let start = 0; start < channels.length; start += MOST_TOPICS)
    batches.push(channels.slice(start, start + MOST_TOPICS));
  return batches;
}
