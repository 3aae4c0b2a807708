import {
  CLIENT_METHODS,
  type Position,
  type SubscribeItemResult,
  type UnsubscribeItemResult,
} from "../protocol/json-rpc/messages.ts";
import { readSubscribed, readUnsubscribed } from "../protocol/json-rpc/read-results.ts";
import type { InboundMessage } from "../protocol/protocol.ts";
import { badAnswer } from "../session/tokens/ending-error.ts";
import { SessionError } from "../session/tokens/errors.ts";
import { PASSING } from "../session/tokens/refusals.ts";
import {
  type Channel,
  isOnWire,
  lastSeqOf,
  missedUntil,
  moveTo,
  resume,
  tell,
  type UnsubscribeListener,
} from "./channel.ts";
import { advanceClose, type Core, step } from "./core.ts";
import { type Operation, submit } from "./operations.ts";
import type { Reader } from "./reader.ts";

/** PROTOCOL.md, W-5.2 and W-5.6. */
const MOST_TOPICS = 1_000;

/**
 * The number of topics being subscribed, or live, may have changed: brings the state in line with it, and lets a close that
 * waits for topics go on.
 */
export function changed(core: Core): void {
  advanceClose(core);
  const { state, authentication, channels } = core;
  const phases = [...channels].map(({ phase }) => phase);
  const hasTopics = state.startsWith("subscrib");
  const idle = authentication?.isDone ? "authenticated" : "connected";
  if (!hasTopics && state !== idle) return;
  if (phases.includes("subscribing")) step(core, "subscribing");
  else if (!phases.includes("live") && !phases.includes("unsubscribing")) step(core, idle);
  else if (hasTopics) step(core, "subscribed");
}

/** Subscribes to a subscription's topics, writing what is not on the wire yet. */
export function subscribe(core: Core, reader: Reader): void {
  const { channels, granted } = core;
  const added: Channel[] = [];
  for (const topic of reader.topics) {
    let channel = newestOf(core, topic);
    if (channel === undefined || !(isOnWire(channel) || channel.phase === "wanted")) {
      channel = {
        topic,
        phase: "wanted",
        since: reader.since,
        position: undefined,
        readers: [],
        listeners: [],
      };
      channels.add(channel);
      added.push(channel);
    }
    channel.readers = [...channel.readers, reader];
    reader.channels.set(topic, channel);
    if (granted.get(topic) === channel) resume(reader, channel);
  }
  for (const batch of batchesOf(added)) submit(core, subscribeOf(core, batch));
  changed(core);
}

function newestOf({ channels }: Core, name: string): Channel | undefined {
  let newest: Channel | undefined;
  for (const channel of channels) if (channel.topic === name) newest = channel;
  return newest;
}

function subscribeOf(core: Core, batch: readonly Channel[]): Operation {
  const wanted = (): readonly Channel[] => batch.filter(({ phase }) => phase === "wanted");
  let asked = batch;
  return {
    method: CLIENT_METHODS.subscribe,
    read: readSubscribed,
    refusedCode: "TOPIC_REFUSED",
    // A topic may have become unwanted while the operation waited.
    isMoot: () => wanted().length === 0,
    isAwaited: () => true,
    params() {
      asked = wanted();
      for (const channel of asked) channel.phase = "subscribing";
      return { topics: asked.map(({ topic, since }) => ({ topic, since })) };
    },
    done(error, results = []) {
      // After a loss they are `wanted` again: the next connection subscribes them, in one batch.
      if (error?.code === "LINK_LOST") return;
      const denied: (readonly [Channel, SessionError])[] = [];
      for (const channel of asked) {
        const { topic } = channel;
        const item = itemOf<SubscribeItemResult>(results, topic);
        if (error !== undefined || item === undefined) {
          denied.push([channel, error ?? badAnswer(topic, "the answer does not name it")]);
        } else if ("code" in item) {
          const { code, message = "" } = item;
          const peer = { code, message };
          const text = `${topic} was refused: ${code}`;
          denied.push([channel, new SessionError("TOPIC_REFUSED", text, { peer })]);
        } else {
          grant(core, channel, { epoch: item.epoch, seq: item.seq });
        }
      }
      // Last: a refused topic lets go of those that were granted with it.
      for (const [channel, reason] of denied) deny(core, channel, reason);
      changed(core);
    },
  };
}

function itemOf<Item extends { readonly topic: string }>(
  items: unknown,
  name: string,
): Item | undefined {
  return (items as readonly Item[]).find(({ topic }) => topic === name);
}

/** The peer granted a topic. */
function grant(core: Core, channel: Channel, position: Position): void {
  if (channel.phase === "ended") return;
  const { channels, granted } = core;
  const { topic, readers } = channel;
  channel.position = position;
  if (channel.phase === "subscribing") channel.phase = "live";
  granted.set(topic, channel);
  for (const reader of readers) {
    const isFirst = !reader.starts.has(topic);
    resume(reader, channel);
    if (isFirst) reader.granted();
  }
  // The answer proves that the peer is past whatever was asked before for this topic, answered or not: who is unsubscribed
  // hears of it by the answer to that, and whose unsubscribe was refused would wait for ever.
  for (const other of channels) {
    if (other === channel) return;
    if (other.topic !== topic) continue;
    channels.delete(other);
    if (isOnWire(other)) endChannel(core, other);
  }
}

/** The peer denied a topic, or nobody knows whether it did. */
function deny(core: Core, channel: Channel, error: SessionError): void {
  if (channel.phase === "subscribing" && channel.position && PASSING.test(`${error.peer?.code}`)) {
    // It was granted before: the next connection asks again, later from one to the next.
    core.connection?.terminate();
    return;
  }
  if (error.outcome === "unknown" && channel.phase === "subscribing") {
    unsubscribe(core, [channel]);
    letGo(channel, error);
  } else {
    endChannel(core, channel, error);
  }
}

/**
 * Lets a subscription go of channels. Those that nobody else has, and that are on the wire, are
 * unsubscribed there; the rest is over at once, and proved locally.
 */
export function release(
  core: Core,
  channels: readonly Channel[],
  reader: Reader,
  listener?: UnsubscribeListener,
): void {
  const leaving: Channel[] = [];
  for (const channel of channels) {
    const { readers, phase, topic } = channel;
    if (!readers.includes(reader)) continue;
    if (readers.length > 1) {
      channel.readers = readers.filter((other) => other !== reader);
      listener?.(channel, undefined, reader.starts.has(topic) ? lastSeqOf(channel) : 0, true);
      reader.ended(channel);
    } else if (phase === "wanted") {
      listener?.(channel, undefined, lastSeqOf(channel), true);
      endChannel(core, channel);
    } else if (isOnWire(channel)) {
      leaving.push(channel);
    } else if (listener !== undefined) {
      channel.listeners.push(listener);
    }
  }
  unsubscribe(core, leaving, listener);
  changed(core);
}

/** Unsubscribes from channels that are on the wire. */
export function unsubscribe(
  core: Core,
  channels: readonly Channel[],
  listener?: UnsubscribeListener,
): void {
  for (const channel of channels) {
    channel.phase = "unsubscribing";
    if (listener !== undefined) channel.listeners.push(listener);
  }
  for (const batch of batchesOf(channels)) submit(core, unsubscribeOf(core, batch));
}

function unsubscribeOf(core: Core, batch: readonly Channel[]): Operation {
  const left = (): readonly Channel[] => batch.filter(({ phase }) => phase !== "ended");
  let asked = batch;
  return {
    method: CLIENT_METHODS.unsubscribe,
    read: readUnsubscribed,
    isMoot: () => left().length === 0,
    isAwaited: () => true,
    params() {
      asked = left();
      return { topics: asked.map(({ topic }) => topic) };
    },
    done(error, results = []) {
      // What has ended meanwhile, by the peer, is told of by this answer all the same.
      for (const channel of asked) {
        const item = itemOf<UnsubscribeItemResult>(results, channel.topic);
        if (error?.outcome === "failed") {
          // Certainly without effect: it is as live as it was.
          notUnsubscribed(core, channel, error);
        } else if (error === undefined) {
          // Where the peer does not know the topic (any more) ours is the last.
          const lastSeq = item !== undefined && "lastSeq" in item ? item.lastSeq : 0;
          unsubscribed(core, channel, lastSeq);
        } else {
          // Sent once more before anybody is told: a close goes on then, and its bye must be the last word.
          if (error.code !== "LINK_LOST") abandon(core, channel);
          tellListeners(channel, error);
          if (error.code === "LINK_LOST") endChannel(core, channel, error);
        }
      }
      if (error?.code !== "LINK_LOST") changed(core);
    },
  };
}

function notUnsubscribed(core: Core, channel: Channel, error: SessionError): void {
  if (channel.phase === "unsubscribing") {
    // A subscription that gave up its subscribe wants the topic no more, whatever the peer thinks of it.
    if (channel.readers.some(({ isWanted }) => isWanted)) channel.phase = "live";
    else abandon(core, channel);
  }
  tellListeners(channel, error);
}

/** A topic is unsubscribed; by the number of its last event, what did not arrive is a gap. */
function unsubscribed(core: Core, channel: Channel, lastSeq: number, isLocal?: boolean): void {
  missedUntil(channel, lastSeq);
  tellListeners(channel, undefined, isLocal);
  endChannel(core, channel);
}

function tellListeners(channel: Channel, error: SessionError | undefined, isLocal?: boolean): void {
  for (const listener of channel.listeners.splice(0))
    listener(channel, error, lastSeqOf(channel), isLocal);
}

/** Gives up waiting for a topic's unsubscribe: what still arrives is thrown away. */
export function abandon(core: Core, channel: Channel): void {
  if (channel.phase !== "unsubscribing") return;
  channel.phase = "abandoned";
  letGo(channel);
  // Once more, unless that would take away what was subscribed since.
  if (newestOf(core, channel.topic) === channel && core.isReady)
    submit(core, unsubscribeOf(core, [channel]));
  changed(core);
}

/**
 * The link was lost: what was live is wanted again, in front of all that waits, and what was being unsubscribed is over.
 */
export function loseTopics(core: Core): void {
  const lost: Channel[] = [];
  core.granted.clear();
  for (const channel of [...core.channels]) {
    channel.since = channel.position ?? channel.since;
    if (isOnWire(channel)) {
      channel.phase = "wanted";
      lost.push(channel);
    } else if (channel.phase !== "wanted") {
      // Its unsubscribe was not written: nothing of the topic is on any wire.
      unsubscribed(core, channel, 0, true);
    }
  }
  core.held.unshift(...batchesOf(lost).map((batch) => subscribeOf(core, batch)));
}

/** Ends what is wanted and not on the wire, or all; the tokens that wait for it end with the error. */
export function endChannels(core: Core, error: SessionError, isAll?: boolean): readonly Channel[] {
  const ending = [...core.channels].filter(({ phase }) => isAll || phase === "wanted");
  for (const channel of ending) endChannel(core, channel, error);
  return ending;
}

/** Ends a channel and forgets it. */
function endChannel(core: Core, channel: Channel, error?: SessionError): void {
  if (channel.phase === "ended") return;
  const { channels, granted } = core;
  channel.phase = "ended";
  channels.delete(channel);
  if (granted.get(channel.topic) === channel) granted.delete(channel.topic);
  letGo(channel, error);
}

function letGo(channel: Channel, error?: SessionError): void {
  const { readers } = channel;
  channel.readers = [];
  for (const reader of readers) reader.ended(channel, error);
}

/** Takes what the peer says of a topic. */
export function received(
  core: Core,
  message: Extract<InboundMessage, { readonly topic: string }>,
): void {
  const { topic } = message;
  const channel = core.granted.get(topic);
  if (!channel?.readers.length) return;
  if (message.type === "gap") {
    missedUntil(channel, message.to, message.epoch);
  } else if (message.type === "topicClosed") {
    const { lastSeq, code } = message;
    missedUntil(channel, lastSeq);
    tell(channel, "closed", { topic, lastSeq, code });
    endChannel(core, channel);
    changed(core);
  } else {
    const { type, conflated = 1, ...event } = message;
    const { seq } = event;
    // It cannot stand for what was accepted before.
    const missed = Math.max(seq - conflated, lastSeqOf(channel));
    if (seq <= missed) return;
    missedUntil(channel, missed);
    moveTo(channel, seq);
    tell(channel, "event", conflated > 1 ? { ...event, conflated: seq - missed } : event);
  }
}

/** No request may be about more topics. */
function batchesOf(channels: readonly Channel[]): readonly (readonly Channel[])[] {
  const batches: (readonly Channel[])[] = [];
  for (let start = 0; start < channels.length; start += MOST_TOPICS)
    batches.push(channels.slice(start, start + MOST_TOPICS));
  return batches;
}
