import type { TopicEvent } from "../topics/topic-event.ts";
import { type Delivery, type EventSlot, standFor, type Thinner } from "./thinning.ts";
import { WaitingTopics } from "./waiting-events.ts";

const MOST_EVENTS = 1_000_000;

/**
 * Makes a policy for subscriptions that need the newest events of each topic: where more than `maxEvents` wait, on
 * the server for a slow connection or here for a slow handler, the oldest one goes, and the next one says so in
 * `conflated`.
 *
 * @param maxEvents - How many may wait for each topic: 1 to 1,000,000.
 * @throws RangeError when it is none of these.
 */
export function dropOldest(maxEvents: number): Delivery {
  if (!(Number.isInteger(maxEvents) && maxEvents >= 1 && maxEvents <= MOST_EVENTS))
    throw new RangeError(`maxEvents must be an integer from 1 to ${MOST_EVENTS}, got ${maxEvents}`);
  return {
    wire: { type: "drop-oldest", maxEvents },
    spec: { type: "drop-oldest", settings: [maxEvents] },
    thin: () => new DropOldestThinner(maxEvents),
  };
}

class DropOldestThinner implements Thinner {
  readonly #maxEvents: number;
  readonly #topics = new WaitingTopics();

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  accept(event: TopicEvent, mayGrow: boolean, mayBegin: boolean): EventSlot | null | undefined {
    const waiting = this.#topics.of(event.topic);
    const { byKey } = waiting;
    if (byKey.size === 0 && !mayBegin) return null;
    const isFull = byKey.size >= this.#maxEvents || (byKey.size > 0 && !mayGrow);
    byKey.set(event.seq, event);
    if (!isFull) return waiting;
    const oldest = waiting.take();
    for (const [seq, next] of byKey) {
      // In its own place: setting what is there moves nothing.
      byKey.set(seq, standFor(oldest, next));
      break;
    }
    return undefined;
  }

  seal(topic: string): void {
    this.#topics.seal(topic);
  }

  discard(topic?: string): number {
    this.#topics.clear(topic);
    return 0;
  }
}
