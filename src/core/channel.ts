import type { Position, Since } from "../protocol/json-rpc/messages.ts";
import type { SessionError } from "../session/tokens/errors.ts";
import { accept, type ReaderValues } from "./lanes.ts";
import type { Reader } from "./reader.ts";

/**
 * Hears how the unsubscribe of a topic ended: without an error it is unsubscribed, and `lastSeq` was the last event for
 * us; by the peer's answer, or `isLocal`: nothing is, or can be, on the wire.
 */
export type UnsubscribeListener = (
  channel: Channel,
  error: SessionError | undefined,
  lastSeq: number,
  isLocal?: boolean,
) => void;

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
type ChannelPhase = "wanted" | "subscribing" | "live" | "unsubscribing" | "abandoned" | "ended";

/** One topic's one subscription on the wire, whatever the number of subscriptions behind it. */
export interface Channel {
  /** Its name on the wire. */
  readonly topic: string;
  /** Where it is. */
  phase: ChannelPhase;
  /** From where the next subscribe asks for events. */
  since: Since | undefined;
  /** The last event accepted, or the position assigned at subscribe; undefined before the first answer. */
  position: Position | undefined;
  /** The subscriptions behind it. A new array replaces it: it may be looped over. */
  readers: readonly Reader[];
  /** Who waits for its unsubscribe. */
  readonly listeners: UnsubscribeListener[];
}

/** Number of the last event accepted; 0 before any. */
export function lastSeqOf({ position }: Channel): number {
  return position?.seq ?? 0;
}

/** Whether it is, or may be, subscribed at the peer, and is to stay so. */
export function isOnWire({ phase }: Channel): boolean {
  return phase === "live" || phase === "subscribing";
}

/** Tells every subscription something, but for those that begin with the next answer. */
export function tell<Kind extends keyof ReaderValues>(
  { topic, readers }: Channel,
  kind: Kind,
  value: ReaderValues[Kind],
): void {
  for (const reader of readers) if (reader.starts.has(topic)) accept(reader, kind, value);
}

/**
 * Everything up to a number that has not come will not; null where nobody can say which that is, and the numbers begin
 * anew in an epoch that the peer may name.
 */
export function missedUntil(channel: Channel, to: number | null, epoch?: string): void {
  const { topic } = channel;
  const from = lastSeqOf(channel) + 1;
  // The answer to the subscribe may have told of the epoch already.
  if (to === null ? epoch === channel.position?.epoch : to < from) return;
  moveTo(channel, to ?? 0, epoch);
  tell(channel, "gap", { topic, from, to });
}

/** The event with this number was accepted, or will not come. */
export function moveTo(channel: Channel, seq: number, epoch?: string): void {
  channel.position = { epoch: epoch ?? channel.position?.epoch ?? "", seq };
}

/** A subscription begins, or goes on, where the topic stands: tells what is missing since where it was. */
export function resume(reader: Reader, { topic, position, since }: Channel): void {
  const { starts } = reader;
  const before = starts.has(topic) ? since : reader.since;
  if (position === undefined) return;
  if (!starts.has(topic)) starts.set(topic, position);
  if (before === undefined || !("epoch" in before)) return;
  const from = before.seq + 1;
  const { epoch, seq } = position;
  const isOther = epoch !== before.epoch || seq < before.seq;
  if (isOther || seq >= from) accept(reader, "gap", { topic, from, to: isOther ? null : seq });
}
