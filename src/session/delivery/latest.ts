import { checkKey } from "../call-checks.ts";
import type { TopicEvent } from "../topics/topic-event.ts";
import { type Delivery, type EventSlot, standFor, type Thinner } from "./thinning.ts";
import { WaitingTopics } from "./waiting-events.ts";

/** Settings of {@link latest}. */
export interface LatestOptions {
  /**
   * Name of the member of an event's `data` by whose value events replace one another: 1 to 128 characters. Events
   * without that member are one key together.
   *
   * @defaultValue none: each event replaces the one that waits before it
   */
  readonly key?: string;
}

/**
 * Makes a policy for subscriptions that need the newest event only, of each key: where several wait, on the server
 * for a slow connection or here for a slow handler, the newest stands for all of them.
 *
 * @throws TypeError when the key is no string, RangeError when it has not 1 to 128 characters.
 */
export function latest({ key }: LatestOptions = {}): Delivery {
  checkKey("key", key);
  return {
    wire: key === undefined ? { type: "latest" } : { type: "latest", key },
    spec: { type: "latest", settings: key === undefined ? [] : [{ key }] },
    thin: () => new LatestThinner(key),
  };
}

class LatestThinner implements Thinner {
  readonly #key: string | undefined;
  readonly #topics = new WaitingTopics();

  constructor(key: string | undefined) {
    this.#key = key;
  }

  accept(event: TopicEvent, mayGrow: boolean, mayBegin: boolean): EventSlot | null | undefined {
    const waiting = this.#topics.of(event.topic);
    const key = this.#keyOf(event);
    const older = waiting.byKey.get(key);
    if (older === undefined && !(waiting.byKey.size > 0 ? mayGrow : mayBegin)) return null;
    // To the end: events leave in the order of their numbers.
    waiting.byKey.delete(key);
    waiting.byKey.set(key, older === undefined ? event : standFor(older, event));
    return older === undefined ? waiting : undefined;
  }

  seal(topic: string): void {
    this.#topics.seal(topic);
  }

  discard(topic?: string): number {
    this.#topics.clear(topic);
    return 0;
  }

  /** By its JSON, as the server does it. */
  #keyOf({ data }: TopicEvent): unknown {
    if (this.#key === undefined || typeof data !== "object" || data === null) return undefined;
    return Object.hasOwn(data, this.#key)
      ? JSON.stringify((data as Record<string, unknown>)[this.#key])
      : undefined;
  }
}
