import { type BackplaneEvent, type Eventual, whenThere } from "../backplane/index.ts";
import type { Since, SubscribeItemResult } from "../protocol/json-rpc/messages.ts";
import type { LiveSession } from "./live-session.ts";
import type { Subscription } from "./topic.ts";

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
    if (!recovered || !fits(session, events)) return { subscription, replay: undefined };
    const fromSeq = position.seq - events.length;
    return { subscription, replay: { epoch: position.epoch, fromSeq, events } };
  });
}

/** Says in the answer where the subscriber is: behind it, the first event has `seq + 1`. */
export function positionOf({ subscription, replay }: Opening): SubscribeItemResult {
  const { name: topic, epoch, seq } = subscription.topic;
  // A history that was lost while it was read is not recovered after all.
  if (replay === undefined || replay.epoch !== epoch)
    return { topic, epoch, seq, recovered: false };
  return { topic, epoch, seq: replay.fromSeq, recovered: true };
}

/** Writes what was missed, then what was held back meanwhile, and lets live events through. */
export function goLive({ subscription, replay }: Opening, recovered: boolean): void {
  const { topic, reader, held } = subscription;
  subscription.held = null;
  if (!recovered || replay === undefined) return;
  let { fromSeq: seq } = replay;
  for (const event of replay.events) {
    reader.deliver(topic.frame(event.seq, event.dataJson, event.atMs));
    seq = event.seq;
  }
  for (const event of held ?? []) {
    if (event.seq <= seq) continue;
    reader.deliver(event.frame);
    seq = event.seq;
  }
  // The history may be ahead of what was carried here: what was replayed must not come once more.
  if (topic.seq >= seq) return;
  subscription.held = [];
  subscription.replayedTo = seq;
}

/** Whether a replay leaves the session below the bytes that may wait for it. */
function fits(session: LiveSession, events: readonly BackplaneEvent[]): boolean {
  let bytes = session.bufferedBytes;
  // A UTF-16 code unit is at most three bytes of UTF-8; a frame around the data is about 120.
  for (const event of events) bytes += event.dataJson.length * 3 + event.topic.length * 3 + 120;
  return bytes <= session.core.limits.maxPendingBytes;
}
