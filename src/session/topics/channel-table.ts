import type { TopicCounts } from "../states/sync-state.ts";
import type { ChannelPhase, TopicChannel } from "./topic-channel.ts";

/**
 * Keeps the channels of every topic, and counts them by their phase.
 *
 * A topic has a list of channels, because one that is being unsubscribed may be followed by a new
 * one at once. The peer works on a topic's requests in order, so what arrives belongs to the first.
 */
export class ChannelTable implements TopicCounts {
  readonly #byTopic = new Map<string, readonly TopicChannel[]>();
  readonly #counts: Partial<Record<ChannelPhase, number>> = {};

  /** How many topics have an unanswered subscribe. */
  get subscribing(): number {
    return this.#counts.subscribing ?? 0;
  }

  /** How many topics are live; an unsubscribe that is under way changes nothing yet, nor does letting go for a while. */
  get live(): number {
    const { live = 0, unsubscribing = 0, resting = 0 } = this.#counts;
    return live + unsubscribing + resting;
  }

  /** Every channel that is not over. */
  *[Symbol.iterator](): Iterator<TopicChannel> {
    for (const list of this.#byTopic.values()) yield* list;
  }

  /** The channel of a topic that was added last. */
  newest(topic: string): TopicChannel | undefined {
    return this.#of(topic).at(-1);
  }

  /** The channel of a topic whose subscribe the peer has answered. */
  grantedOf(topic: string): TopicChannel | undefined {
    return this.#of(topic).find(({ granted }) => granted);
  }

  /** The channel that what arrives is for. */
  receiving(topic: string): TopicChannel | undefined {
    const channel = this.grantedOf(topic);
    return channel?.successor ?? channel;
  }

  /** Adds a channel behind those of its topic. */
  add(channel: TopicChannel): TopicChannel {
    const { topic } = channel;
    this.#byTopic.set(topic, [...this.#of(topic), channel]);
    this.#count("wanted", 1);
    return channel;
  }

  /** Moves a channel on. */
  setPhase(channel: TopicChannel, phase: ChannelPhase): void {
    this.#count(channel.phase, -1);
    this.#count(phase, 1);
    channel.phase = phase;
  }

  /** Forgets the channels in front of one of their topic, and returns them. */
  forgetBefore(channel: TopicChannel): readonly TopicChannel[] {
    const list = this.#of(channel.topic);
    const past = list.slice(0, Math.max(0, list.indexOf(channel)));
    if (past.length > 0) this.#byTopic.set(channel.topic, list.slice(past.length));
    return past;
  }

  /** Ends a channel and forgets it. */
  end(channel: TopicChannel): void {
    const { topic } = channel;
    this.setPhase(channel, "ended");
    const rest = this.#of(topic).filter((other) => other !== channel);
    if (rest.length === 0) this.#byTopic.delete(topic);
    else this.#byTopic.set(topic, rest);
  }

  #of(topic: string): readonly TopicChannel[] {
    return this.#byTopic.get(topic) ?? [];
  }

  #count(phase: ChannelPhase, change: number): void {
    this.#counts[phase] = (this.#counts[phase] ?? 0) + change;
  }
}
