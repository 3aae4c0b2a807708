import { type BackplaneEvent, type Eventual, whenThere } from "../../backplane/index.ts";
import type { Since, SubscribeItemResult } from "../../protocol/json-rpc/messages.ts";
import type { LiveSession } from "../live-session.ts";
import { CatchUpGate, OpeningGate } from "./opening-gates.ts";
import type { Subscription } from "./topic.ts";
import type { TopicEvent } from "./topic-event.ts";

/** A subscription that is about to be answered, and what its session missed. */
export interface Opening {
  readonly subscription: Subscription<LiveSession>;
  /** Where the events of the replay begin; undefined where nothing is replayed. */
  readonly replay:
    | {
        readonly epoch: string;
        readonly fromSeq: number;
        readonly events: readonly BackplaneEvent[];
      }
    | undefined;
}

/**
 * Reads what a subscriber missed. Meanwhile its topic's live events are held back, so that nothing
 * overtakes the history and nothing comes twice.
 */
export function readMissed(
  session: LiveSession,
  subscription: Subscription<LiveSession>,
  since: Since | undefined,
): Eventual<Opening> {
  if (since === undefined) return { subscription, replay: undefined };
  const page = session.core.backplane.read(subscription.topic.name, since);
  return whenThere(page, ({ recovered, events, position }) => {
    // What is thinned needs no room for all of it.
    const isTooMuch = subscription.thinning?.isBounded !== true && !fits(session, events);
    if (!recovered || isTooMuch) return { subscription, replay: undefined };
    const fromSeq = position.seq - events.length;
    return { subscription, replay: { epoch: position.epoch, fromSeq, events } };
  });
}

/** Says in the answer where the subscriber is: behind it, the first event has `seq + 1`. */
export function positionOf({ subscription, replay }: Opening): SubscribeItemResult {
  const { name: topic, epoch, seq } = subscription.topic;
  // A history that was lost while it was read is not recovered after all, nor one that too much came after.
  const isLost = replay?.epoch !== epoch || heldOf(subscription) === null;
  if (isLost) return { topic, epoch, seq, recovered: false };
  return { topic, epoch, seq: replay.fromSeq, recovered: true };
}

/** Writes what was missed, then what was held back meanwhile, and lets live events through. */
export function goLive({ subscription, replay }: Opening, recovered: boolean): void {
  const { topic, reader, thinning } = subscription;
  const held = heldOf(subscription) ?? [];
  subscription.gate = thinning;
  if (!recovered || replay === undefined) return;
  const events = replay.events.map((event) => topic.event(event));
  const replayedSeq = events.at(-1)?.seq ?? replay.fromSeq;
  for (const event of held) if (event.seq > replayedSeq) events.push(event);
  if (thinning !== null) thinning.takeAll(events);
  else for (const { frame } of events) reader.deliver(frame);
  const lastSeq = events.at(-1)?.seq ?? replay.fromSeq;
  // The history may be ahead of what was carried here: what was replayed must not come once more.
  if (topic.seq < lastSeq) subscription.gate = new CatchUpGate(subscription, lastSeq);
}

/** What was held back while the history was read; null where it was too much. */
function heldOf({ gate }: Subscription): readonly TopicEvent[] | null {
  return gate instanceof OpeningGate ? gate.events : [];
}

/** Whether a replay leaves the session below the bytes that may wait for it. */
function fits(session: LiveSession, events: readonly BackplaneEvent[]): boolean {
  let bytes = session.bufferedBytes + (session.backlog?.heldBytes ?? 0);
  // A UTF-16 code unit is at most three bytes of UTF-8; a frame around the data is about 120.
  for (const event of events) bytes += event.dataJson.length * 3 + event.topic.length * 3 + 120;
  return bytes <= session.core.limits.maxPendingBytes;
}
