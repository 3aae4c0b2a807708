import type { Position, Since } from "../protocol/json-rpc/messages.ts";
import type { Consumer, LaneRun } from "../session/delivery/delivery-lane.ts";
import { isThenable } from "../session/isolate.ts";
import type { PendingToken } from "../session/tokens/completion-token.ts";
import { timeoutError } from "../session/tokens/ending-error.ts";
import { SessionError } from "../session/tokens/errors.ts";
import type { SubscribeReceipt } from "../session/topics/subscription-state.ts";
import type { TopicClosed, TopicEvent, TopicGap } from "../session/topics/topic-event.ts";
import { type Channel } from "./channel.ts";
import { type Core, guard, report, settleFailed } from "./core.ts";
import type { ReadOptions } from "./settings.ts";
import { release, subscribe } from "./topics.ts";
import type { Leave } from "./unsubscribe.ts";

/** What a subscription's handlers can hear, and what each gets. */
export interface ReaderValues {
  /** An event of a topic. */
  event: TopicEvent;
  /** Events that will not come. */
  gap: TopicGap;
  /** The end of a topic, by the peer. */
  closed: TopicClosed;
}

/** A value on its way to the handlers; or a mark, which tells that everything before it is done. */
interface LaneItem {
  readonly kind: keyof ReaderValues | "mark";
  value: TopicEvent | TopicGap | TopicClosed | undefined;
  readonly reached?: () => void;
}

/** Runs the handlers of one topic of one subscription: one at a time, each awaited, in the order in which values came. */
interface Lane {
  items: LaneItem[];
  /** The value whose turn it is. */
  current?: LaneItem | undefined;
  /** The handlers that are still to be called with it. */
  consumers: Consumer[];
  /** The handler that the lane waits for. */
  run?: LaneRun | undefined;
  isPumping?: boolean;
}

/** The session's half of a subscription: its token, its channels, and what waits for its handlers. */
export interface Reader {
  readonly core: Core;
  readonly token: PendingToken<SubscribeReceipt>;
  readonly topics: readonly string[];
  readonly since: Since | undefined;
  readonly maxQueuedEvents: number;
  readonly channels: Map<string, Channel>;
  /** Where each topic stood when the peer granted it, or it joined: events move on before the token is acked. */
  readonly starts: Map<string, Position>;
  readonly lanes: Map<string, Lane>;
  readonly consumers: Record<keyof ReaderValues, readonly Consumer[]>;
  /** The unsubscribes of it that were asked for. */
  readonly leaves: Leave[];
  /** Whether it still wants what it subscribed to. */
  isWanted: boolean;
  /** Whether nobody has listened to events yet: what comes waits. */
  isParked: boolean;
  /** Whether nothing will be delivered any more. */
  isOver?: boolean;
  /** Whether the peer granted any of it. */
  isGranted?: boolean;
  /** How many values wait for handlers or are being handled. */
  depth: number;
  /** How many events were received and not handled: they came too late, or too many at once. */
  discarded: number;
}

/** Makes a subscription that has not begun. */
export function createReader(
  core: Core,
  token: PendingToken<SubscribeReceipt>,
  topics: readonly string[],
  { since }: ReadOptions,
  maxQueuedEvents: number,
): Reader {
  return {
    core,
    token,
    topics,
    since,
    maxQueuedEvents,
    channels: new Map(),
    starts: new Map(),
    lanes: new Map(),
    consumers: { event: [], gap: [], closed: [] },
    leaves: [],
    isWanted: true,
    isParked: true,
    depth: 0,
    discarded: 0,
  };
}

/** Begins to subscribe. */
export function startReader(reader: Reader, { deadlineMs, signal }: ReadOptions): void {
  const { core, token, channels } = reader;
  const limits = { deadlineMs: deadlineMs ?? core.settings.requestTimeoutMs, signal };
  token.guard = guard(core, limits, (by) => {
    const isWritten = waitingOf(reader).some(({ phase }) => phase === "subscribing");
    if (token.pending) failReader(reader, timeoutError(by, "the subscribe", isWritten));
  });
  if (signal?.aborted) return;
  const all = subscribe(core, reader);
  for (const channel of all) {
    // A subscribe that could not even wait for a connection has ended the channel already.
    if (channel.phase !== "ended") channels.set(channel.topic, channel);
  }
  if (token.pending) ackIfDone(reader);
  else release(core, all, reader);
}

/** No longer wanted before it was granted: `superseded` where nothing was written of it. */
export function supersede(reader: Reader): void {
  const { core, token } = reader;
  if (waitingOf(reader).some(({ phase }) => phase !== "wanted") || !token.pending) return;
  settleFailed(core, token, new SessionError("SUPERSEDED", "unsubscribed before it was sent"));
}

/** Channels that the peer has not answered. */
function waitingOf({ channels, starts }: Reader): readonly Channel[] {
  return [...channels.values()].filter(({ topic }) => !starts.has(topic));
}

/** The peer granted a channel. */
export function channelLive(reader: Reader): void {
  reader.isGranted = true;
  ackIfDone(reader);
}

/** A channel ended, because of the error or, without one, because it was unsubscribed. */
export function channelEnded(
  reader: Reader,
  channel: Channel,
  error: SessionError | undefined,
): void {
  const { core, token, channels, topics } = reader;
  const { topic, position } = channel;
  channels.delete(topic);
  if (isUndecided(reader) && error !== undefined) {
    failReader(reader, error);
  } else if (error?.peer !== undefined || error?.code === "NEVER_WRITTEN") {
    // Granted once, and refused after a reconnect; or not asked for again, since connecting was given up.
    const code = error.peer?.code ?? error.code;
    accept(reader, "closed", { topic, lastSeq: position?.seq ?? 0, code });
  }
  if (channels.size > 0) {
    ackIfDone(reader);
    return;
  }
  if (isUndecided(reader))
    settleFailed(core, token, new SessionError("ABORTED", "unsubscribed before the answer"));
  // Behind everything received before.
  let left = topics.length;
  for (const name of topics)
    mark(reader, name, () => {
      left -= 1;
      if (left === 0) endReader(reader);
    });
}

function isUndecided({ token, isWanted }: Reader): boolean {
  return token.pending && isWanted;
}

function ackIfDone(reader: Reader): void {
  if (!isUndecided(reader) || waitingOf(reader).length > 0) return;
  const positions: Record<string, Position> = Object.create(null);
  for (const topic of reader.channels.keys())
    positions[topic] = reader.starts.get(topic) as Position;
  reader.token.ack({ positions }, reader.isGranted ? "frame" : "local");
}

/** All or nothing: what was granted of it is let go again. */
function failReader(reader: Reader, error: SessionError): void {
  const { core, token, channels } = reader;
  reader.isWanted = false;
  // Before the token is settled: a close goes on then, and its bye must be the last word.
  release(core, [...channels.values()], reader);
  settleFailed(core, token, error);
  endReader(reader);
}

/** Takes what was received for a topic; in order per topic. */
export function accept<Kind extends keyof ReaderValues>(
  reader: Reader,
  kind: Kind,
  value: ReaderValues[Kind],
): void {
  if (reader.isOver) {
    if (kind === "event") reader.discarded += 1;
    return;
  }
  if (kind === "closed" || reader.depth < reader.maxQueuedEvents) {
    push(reader, { kind, value });
    return;
  }
  const { topic, seq: to, conflated = 1 } = value as TopicEvent;
  let gap: TopicGap = { topic, from: to - conflated + 1, to };
  if (kind === "event") reader.discarded += 1;
  else gap = value as TopicGap;
  const last = laneOf(reader, topic).items.at(-1);
  const waiting = last?.value as TopicGap;
  // No handler has seen the gap that waits last: it grows.
  if (last?.kind === "gap") last.value = { ...waiting, to: waiting.to === null ? null : gap.to };
  else push(reader, { kind: "gap", value: gap });
}

function push(reader: Reader, item: LaneItem & { value: { readonly topic: string } }): void {
  reader.depth += 1;
  const lane = laneOf(reader, item.value.topic);
  lane.items.push(item);
  pump(reader, lane);
}

/**
 * Calls back when everything that came before for a topic was handled: at once where nobody has ever
 * listened, unless the peer has ended the topic: whoever listens later is to hear that.
 */
export function mark(reader: Reader, topic: string, reached: () => void): void {
  const lane = laneOf(reader, topic);
  if (reader.isParked && !lane.items.some(({ kind }) => kind === "closed")) {
    reached();
    return;
  }
  lane.items.push({ kind: "mark", value: undefined, reached });
  pump(reader, lane);
}

/** Adds a handler; returns what removes it. */
export function listen(
  reader: Reader,
  kind: keyof ReaderValues,
  consumer: Consumer,
): () => void {
  const { consumers, lanes } = reader;
  consumers[kind] = [...consumers[kind], consumer];
  if (kind === "event") {
    reader.isParked = false;
    for (const lane of lanes.values()) pump(reader, lane);
  }
  return () => {
    consumers[kind] = consumers[kind].filter((other) => other !== consumer);
  };
}

/**
 * Throws away and counts what waits for a topic, or for all where none is given; handlers that run are not waited for
 * any more.
 */
export function discard(reader: Reader, topic?: string): void {
  for (const [name, lane] of reader.lanes) {
    if (topic !== undefined && topic !== name) continue;
    const { items } = lane;
    lane.items = items.filter(({ kind }) => kind === "mark");
    lane.consumers = [];
    reader.depth -= items.length - lane.items.length;
    reader.discarded += items.filter(({ kind }) => kind === "event").length;
    lane.run?.yieldPlace();
    pump(reader, lane);
  }
}

/** Delivers nothing any more. */
export function endReader(reader: Reader): void {
  if (reader.isOver) return;
  reader.isOver = true;
  discard(reader);
  reader.core.readers.delete(reader);
}

/** How many handlers run and are waited for. */
export function runningOf({ lanes }: Reader): number {
  return [...lanes.values()].filter(({ run }) => run !== undefined).length;
}

function laneOf({ lanes }: Reader, topic: string): Lane {
  let lane = lanes.get(topic);
  if (lane === undefined) {
    lane = { items: [], consumers: [] };
    lanes.set(topic, lane);
  }
  return lane;
}

function pump(reader: Reader, lane: Lane): void {
  if (lane.isPumping) return;
  lane.isPumping = true;
  while (lane.run === undefined) {
    const consumer = lane.consumers.shift();
    if (consumer !== undefined) {
      call(reader, lane, consumer);
      continue;
    }
    if (lane.current !== undefined) reader.depth -= 1;
    lane.current = undefined;
    const item = reader.isParked ? undefined : lane.items.shift();
    if (item === undefined) break;
    if (item.kind === "mark") {
      item.reached?.();
    } else {
      lane.current = item;
      lane.consumers = [...reader.consumers[item.kind]];
    }
  }
  lane.isPumping = false;
}

function call(reader: Reader, lane: Lane, consumer: Consumer): void {
  const { core } = reader;
  const value = lane.current?.value;
  const run = {
    done: false,
    yieldPlace() {
      if (lane.run !== run) return;
      lane.run = undefined;
      pump(reader, lane);
    },
  };
  lane.run = run;
  const finished = (): void => {
    run.done = true;
    run.yieldPlace();
  };
  const failed = (cause: unknown): void => {
    report(core, new SessionError("HANDLER_FAILED", `a handler of ${value?.topic} failed`, { cause }));
    finished();
  };
  try {
    const result: unknown = core.scope.run(run, consumer, value as never);
    if (isThenable(result)) result.then(finished, failed);
    else finished();
  } catch (cause) {
    failed(cause);
  }
}
