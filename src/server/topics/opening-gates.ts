import type { EventGate, Subscription } from "./topic.ts";
import type { TopicEvent } from "./topic-event.ts";

/** Keeps a subscription's live events while its history is read, so that nothing overtakes it. */
export class HeldLive {
  readonly #maxBytes: number;
  #events: TopicEvent[] | null = [];
  #bytes = 0;

  /** @param maxBytes - Bytes to hold at most; beyond, the history is as good as lost. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What was held, in order; null where it was too much. */
  get events(): readonly TopicEvent[] | null {
    return this.#events;
  }

  take(event: TopicEvent): void {
    if (this.#events === null) return;
    this.#bytes += event.byteLength;
    if (this.#bytes <= this.#maxBytes || this.#events.length === 0) this.#events.push(event);
    else this.#events = null;
  }
}

/** What of the events that were held is of an epoch, or of one after it: those of epochs before it are not. */
export function heldSince(epoch: string, held: readonly TopicEvent[]): readonly TopicEvent[] {
  return held.slice(held.findLastIndex(({ newEpoch }) => newEpoch === epoch) + 1);
}

/** Holds a subscription's events back until its subscribe is answered. */
export class OpeningGate extends HeldLive implements EventGate {}

/** Keeps live events from a subscriber whose history was ahead of them, until they have reached what it got. */
export class CatchUpGate implements EventGate {
  /** Number of the last event that the subscriber got. Its topic is not there yet. */
  readonly seq: number;
  readonly #subscription: Subscription;

  /** @param replayedTo - Number of the last event that the subscriber got. */
  constructor(subscription: Subscription, replayedTo: number) {
    this.#subscription = subscription;
    this.seq = replayedTo;
  }

  take(event: TopicEvent): void {
    const isRestart = event.newEpoch !== null;
    if (event.seq <= this.seq && !isRestart) return;
    const { topic, reader, thinning } = this.#subscription;
    this.#subscription.gate = thinning;
    // The topic's own number is behind what this subscriber got.
    const next = isRestart ? topic.restart(this.seq + 1) : event;
    if (thinning === null) reader.deliver(next.frame);
    else thinning.take(next);
  }
}
