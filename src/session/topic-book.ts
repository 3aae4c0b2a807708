import type { Position, Since } from "../protocol/json-rpc/messages.ts";
import type { InboundMessage } from "../protocol/protocol.ts";
import type { SessionError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import type { Operation } from "./operation.ts";
import type { Operations } from "./operations.ts";
import { SubscribeOperation } from "./subscribe-operation.ts";
import { type ChannelPhase, type Subscriber, TopicChannel } from "./topic-channel.ts";
import { type UnsubscribeListener, UnsubscribeOperation } from "./unsubscribe-operation.ts";

/**
 * Knows every topic of the session: what is wanted, what is on the wire, and who gets what arrives.
 *
 * A topic has a list of channels, because one that is being unsubscribed may be followed by a new
 * one at once. The peer works on a topic's requests in order, so what arrives belongs to the first.
 */
export class TopicBook {
  readonly #kernel: Kernel;
  readonly #operations: Operations;
  readonly #onChange: () => void;
  readonly #channels = new Map<string, readonly TopicChannel[]>();
  readonly #phases = new Map<ChannelPhase, number>();
  // Written before, lost with the link, to be subscribed again in one batch.
  #again: TopicChannel[] = [];

  /** @param onChange - Called when the number of topics being subscribed, or live, may have changed. */
  constructor(kernel: Kernel, operations: Operations, onChange: () => void) {
    this.#kernel = kernel;
    this.#operations = operations;
    this.#onChange = onChange;
  }

  /** How many topics have an unanswered subscribe. */
  get subscribing(): number {
    return this.#phases.get("subscribing") ?? 0;
  }

  /** How many topics are live; an unsubscribe that is under way changes nothing yet. */
  get live(): number {
    return (this.#phases.get("live") ?? 0) + (this.#phases.get("unsubscribing") ?? 0);
  }

  /** Every channel that is not over. */
  *channels(): Iterable<TopicChannel> {
    for (const list of this.#channels.values()) yield* list;
  }

  /** Subscribes to topics on behalf of a subscription, writing what is not on the wire yet. */
  subscribe(
    topics: readonly string[],
    since: Since | undefined,
    subscriber: Subscriber,
  ): readonly TopicChannel[] {
    const fresh: TopicChannel[] = [];
    const channels = topics.map((topic) => {
      let channel = this.#channels.get(topic)?.at(-1);
      if (channel?.wantedAgain !== true) {
        channel = new TopicChannel(topic, since);
        this.#channels.set(topic, [...(this.#channels.get(topic) ?? []), channel]);
        this.#count("wanted", 1);
        fresh.push(channel);
      }
      channel.attach(subscriber);
      return channel;
    });
    if (fresh.length > 0) this.#operations.submit(new SubscribeOperation(this, fresh));
    this.#onChange();
    return channels;
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
      if (channel.subscribers.length > 1) {
        channel.detach(subscriber);
        listener?.unsubscribed(channel, channel.lastSeq, "local");
        subscriber.channelEnded(channel, undefined);
      } else if (onWire) {
        leaving.push(channel);
      } else if (channel.phase === "wanted") {
        listener?.unsubscribed(channel, channel.lastSeq, "local");
        this.end(channel, undefined);
      } else if (listener !== undefined) {
        channel.leaving?.follow(listener);
      }
    }
    this.unsubscribe(leaving, listener);
    this.#onChange();
  }

  /** Writes one unsubscribe for channels that are on the wire. */
  unsubscribe(channels: readonly TopicChannel[], listener?: UnsubscribeListener): void {
    if (channels.length === 0) return;
    const operation = new UnsubscribeOperation(this, channels, listener);
    for (const channel of channels) {
      this.setPhase(channel, "unsubscribing");
      channel.leaving = operation;
    }
    this.#operations.submit(operation);
  }

  /** Gives up waiting for a topic's unsubscribe: what still arrives is thrown away. */
  abandon(channel: TopicChannel): void {
    if (channel.phase !== "unsubscribing") return;
    this.setPhase(channel, "abandoned");
    const subscribers = channel.subscribers;
    channel.subscribers = [];
    for (const subscriber of subscribers) subscriber.channelEnded(channel, undefined);
    // Once more, unless that would take away what was subscribed since.
    const newest = this.#channels.get(channel.topic)?.at(-1) === channel;
    if (newest && this.#operations.ready)
      this.#operations.submit(new UnsubscribeOperation(this, [channel]));
    this.#onChange();
  }

  /** The subscribe that brings back what was lost with the last connection, if there is any. */
  takeLost(): Operation | undefined {
    const again = this.#again.filter((channel) => channel.phase === "wanted");
    this.#again = [];
    return again.length > 0 ? new SubscribeOperation(this, again) : undefined;
  }

  /** The link was lost: what was live is wanted again, what was being unsubscribed is over. */
  linkLost(): void {
    for (const channel of [...this.channels()]) {
      channel.granted = false;
      if (channel.phase === "live" || channel.phase === "subscribing") {
        this.setPhase(channel, "wanted");
        this.#again.push(channel);
      } else if (channel.leaving !== undefined) {
        channel.leaving.provedByLoss();
      } else if (channel.phase !== "wanted") {
        this.end(channel, undefined);
      }
    }
  }

  /** Ends what is wanted and not on the wire; the tokens that wait for it end with the error. */
  endUnwritten(error: SessionError): readonly TopicChannel[] {
    const unwritten = [...this.channels()].filter((channel) => channel.phase === "wanted");
    for (const channel of unwritten) this.end(channel, error);
    return unwritten;
  }

  /** The session is over: every channel ends. */
  endAll(error: SessionError): void {
    for (const channel of [...this.channels()]) this.end(channel, error);
  }

  /** The peer granted a topic. */
  granted(channel: TopicChannel, position: Position): void {
    if (channel.phase === "ended") return;
    channel.granted = true;
    channel.positioned(position);
    // The answer proves that the peer is past whatever was asked before for this topic.
    const list = this.#channels.get(channel.topic);
    if (list !== undefined && list[0] !== channel) {
      this.#channels.set(channel.topic, list.slice(list.indexOf(channel)));
    }
    if (channel.phase === "subscribing") this.setPhase(channel, "live");
    for (const subscriber of channel.subscribers) subscriber.channelLive(channel);
  }

  /** The peer denied a topic, or nobody knows whether it did. */
  denied(channel: TopicChannel, error: SessionError): void {
    if (channel.phase === "ended") return;
    if (error.outcome === "unknown" && channel.phase === "subscribing") {
      this.unsubscribe([channel]);
      for (const subscriber of channel.subscribers) subscriber.channelEnded(channel, error);
      channel.subscribers = [];
      return;
    }
    this.end(channel, error);
  }

  /** An unsubscribe had no effect: the channel is as live as it was. */
  stay(channel: TopicChannel): void {
    if (channel.phase !== "unsubscribing") return;
    // A subscription that gave up its subscribe wants the topic no more, whatever the peer thinks of it.
    if (channel.subscribers.some(({ wanted }) => wanted)) this.setPhase(channel, "live");
    else this.abandon(channel);
  }

  /** Takes an event off the wire. */
  received(message: Extract<InboundMessage, { type: "event" }>): void {
    const { counters } = this.#kernel;
    const channel = this.#receiving(message.topic);
    if (channel === undefined || channel.phase === "abandoned") {
      counters.strayEvents += 1;
    } else if (channel.accept(message)) {
      counters.eventsReceived += 1;
    } else {
      counters.duplicateEvents += 1;
    }
  }

  /** The peer says that events are missing. */
  gapReported(message: Extract<InboundMessage, { type: "gap" }>): void {
    const channel = this.#receiving(message.topic);
    if (channel === undefined || channel.phase === "abandoned") return;
    // Whatever the peer says is the first: everything behind the last one accepted is missing.
    if (message.to === null) channel.gap(channel.lastSeq + 1, null);
    else channel.endedAt(message.to);
  }

  /** The peer ended a topic. */
  closedByPeer(message: Extract<InboundMessage, { type: "topicClosed" }>): void {
    const channel = this.#receiving(message.topic);
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
    this.setPhase(channel, "ended");
    const rest = (this.#channels.get(channel.topic) ?? []).filter((other) => other !== channel);
    if (rest.length === 0) this.#channels.delete(channel.topic);
    else this.#channels.set(channel.topic, rest);
    const subscribers = channel.subscribers;
    channel.subscribers = [];
    for (const subscriber of subscribers) subscriber.channelEnded(channel, error);
  }

  /** Something on the wire was answered. */
  settled(): void {
    this.#onChange();
    this.#kernel.advanceClose();
  }

  /** Moves a channel on. */
  setPhase(channel: TopicChannel, phase: ChannelPhase): void {
    this.#count(channel.phase, -1);
    this.#count(phase, 1);
    channel.phase = phase;
  }

  #receiving(topic: string): TopicChannel | undefined {
    return this.#channels.get(topic)?.find(({ granted }) => granted);
  }

  #count(phase: ChannelPhase, change: number): void {
    this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + change);
  }
}
