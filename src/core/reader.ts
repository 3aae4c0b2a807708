import type { Position, Since } from "../protocol/json-rpc/messages.ts";
import type { Consumer } from "../session/delivery/delivery-lane.ts";
import type { Limits } from "../session/guard.ts";
import type { PendingToken } from "../session/tokens/completion-token.ts";
import { timeoutError } from "../session/tokens/ending-error.ts";
import { SessionError } from "../session/tokens/errors.ts";
import type { SubscribeReceipt } from "../session/topics/subscription-state.ts";
import { type Channel, lastSeqOf } from "./channel.ts";
import { sinceOf } from "./checks.ts";
import { type Core, guard, settle } from "./core.ts";
import { accept, endReader, type Lane, mark, type ReaderValues } from "./lanes.ts";
import type { ReadOptions } from "./settings.ts";
import { release, subscribe } from "./topics.ts";

/** The session's half of a subscription: its token, its channels, and what waits for its handlers. */
export interface Reader {
  /** The session that it belongs to. */
  readonly core: Core;
  /** The token of its subscribe. */
  readonly token: PendingToken<SubscribeReceipt>;
  /** What it subscribes to, in the order in which that was asked for. */
  readonly topics: readonly string[];
  /** From where it wants events; undefined for those from now on. */
  readonly since: Since | undefined;
  /** How many values may wait; beyond, events become gaps. */
  readonly maxQueuedEvents: number;
  /** By topic, the channels that it still has. */
  readonly channels: Map<string, Channel>;
  /** Where each topic stood when the peer granted it, or it joined: events move on before the token is acked. */
  readonly starts: Map<string, Position>;
  /** By topic, what waits for its handlers. */
  readonly lanes: Map<string, Lane>;
  /** The application's handlers by what they hear. A new array replaces each: it may be looped over. */
  readonly consumers: Record<keyof ReaderValues, readonly Consumer[]>;
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
  /** The peer granted a channel that it waited for. */
  granted(): void;
  /** A channel ended, because of the error or, without one, because it was unsubscribed. */
  ended(channel: Channel, error?: SessionError): void;
}

/** Makes a subscription that has not begun. */
export function createReader(
  core: Core,
  token: PendingToken<SubscribeReceipt>,
  topics: readonly string[],
  { since }: ReadOptions,
  maxQueuedEvents: number,
): Reader {
  const reader: Reader = {
    core,
    token,
    topics,
    since: sinceOf(since),
    maxQueuedEvents,
    channels: new Map(),
    starts: new Map(),
    lanes: new Map(),
    consumers: { event: [], gap: [], closed: [] },
    isWanted: true,
    isParked: true,
    depth: 0,
    discarded: 0,
    granted() {
      reader.isGranted = true;
      ackIfDone(reader);
    },
    ended: (channel, error) => channelEnded(reader, channel, error),
  };
  return reader;
}

/** Begins to subscribe. */
export function startReader(reader: Reader, limits: Limits): void {
  const { core, token } = reader;
  token.guard = guard(core, limits, (by) => {
    const isWritten = waitingOf(reader).some(({ phase }) => phase === "subscribing");
    failReader(reader, timeoutError(by, "the subscribe", isWritten));
  });
  if (limits.signal?.aborted) return;
  subscribe(core, reader);
  ackIfDone(reader);
}

/** No longer wanted before it was granted: `superseded` where nothing was written of it. */
export function supersede(reader: Reader): void {
  const { core, token } = reader;
  if (waitingOf(reader).some(({ phase }) => phase !== "wanted") || !token.pending) return;
  settle(core, token, new SessionError("SUPERSEDED", "unsubscribed before it was sent"));
}

/** Channels that the peer has not answered. */
function waitingOf({ channels, starts }: Reader): readonly Channel[] {
  return [...channels.values()].filter(({ topic }) => !starts.has(topic));
}

function channelEnded(reader: Reader, channel: Channel, error?: SessionError): void {
  const { core, token, channels, topics } = reader;
  const { topic } = channel;
  channels.delete(topic);
  if (isUndecided(reader) && error !== undefined) {
    failReader(reader, error);
  } else if (error?.peer !== undefined || error?.code === "NEVER_WRITTEN") {
    // Granted once, and refused after a reconnect; or not asked for again, since connecting was given up.
    const code = error.peer?.code ?? error.code;
    accept(reader, "closed", { topic, lastSeq: lastSeqOf(channel), code });
  }
  if (channels.size > 0) {
    ackIfDone(reader);
    return;
  }
  if (isUndecided(reader))
    settle(core, token, new SessionError("ABORTED", "unsubscribed before the answer"));
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
  settle(core, token, error);
  endReader(reader);
}
