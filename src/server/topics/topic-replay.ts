import { type BackplaneEvent, type Eventual, whenThere } from "../../backplane/index.ts";
import type { Since, SubscribeItemResult } from "../../protocol/json-rpc/messages.ts";
import type { LiveSession } from "../live-session.ts";
import { CatchUpGate, heldSince, OpeningGate } from "./opening-gates.ts";
import { ReplayGate } from "./replay-gate.ts";
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
  const page = session.core.backplaneCalls.read(subscription.topic.name, since);
  return whenThere(page, ({ recovered, events, position }) => {
    if (!recovered) return { subscription, replay: undefined };
    const fromSeq = position.seq - events.length;
    return { subscription, replay: { epoch: position.epoch, fromSeq, events } };
  });
}

/** Says in the answer where the subscriber is: behind it, the first event has `seq + 1`. */
export function positionOf({ subscription, replay }: Opening): SubscribeItemResult {
  const { name: topic, epoch, seq } = subscription.topic;
  // It was revoked, or its topic deleted, while the history was read.
  if (subscription.refusedWith !== null) return { topic, code: subscription.refusedWith };
  // A history that was lost while it was read is not recovered after all, nor one that too much came after.
  const isLost =
    replay?.epoch !== epoch || (isThinned(subscription) && heldOf(subscription) === null);
  if (isLost) return { topic, epoch, seq, recovered: false };
  return { topic, epoch, seq: replay.fromSeq, recovered: true };
}

/** Writes what was missed, then what was held back meanwhile, and lets live events through. */
export function goLive(opening: Opening, recovered: boolean): void {
  const { subscription, replay } = opening;
  const { topic, thinning } = subscription;
  const held = heldOf(subscription);
  subscription.gate = thinning;
  if (!recovered || replay === undefined) return;
  const { epoch, fromSeq } = replay;
  if (thinning === null || !isThinned(subscription)) {
    const gate = new ReplayGate(subscription, epoch, fromSeq);
    subscription.gate = gate;
    gate.write(replay.events, held);
    return;
  }
  // What is thinned needs no room for all of it.
  const events = replay.events.map((event) => topic.event(event));
  const replayedSeq = events.at(-1)?.seq ?? fromSeq;
  for (const event of heldSince(epoch, held ?? [])) if (event.seq > replayedSeq) events.push(event);
  thinning.takeAll(events);
  const lastSeq = events.at(-1)?.seq ?? fromSeq;
  // The history may be ahead of what was carried here: what was replayed must not come once more.
  if (topic.seq < lastSeq) subscription.gate = new CatchUpGate(subscription, lastSeq);
}

/** Whether a few events may stand for the whole replay. */
function isThinned({ thinning }: Subscription): boolean {
  return thinning?.isBounded === true;
}

/** What was held back while the history was read; null where it was too much. */
function heldOf({ gate }: Subscription): readonly TopicEvent[] | null {
  return gate instanceof OpeningGate ? gate.events : [];
}
