import { checkFunction } from "../call-checks.ts";
import type { TopicEvent } from "../topics/topic-event.ts";
import {
  type Delivery,
  type EventSlot,
  standFor,
  type Thinner,
  type ThinningParts,
} from "./thinning.ts";
import { WaitingTopics } from "./waiting-events.ts";

/**
 * Makes one event's data of two: of what waits, and of what came behind it. Both may have been merged before. Must
 * not change either: other subscriptions get them too.
 */
export type MergeData = (older: unknown, newer: unknown, topic: string) => unknown;

/**
 * Makes a policy that loses nothing: the server sends every event, and what waits here for a slow handler is merged
 * into one by the application.
 *
 * @param mergeData - Where it throws, both events are delivered, and the session's `error` event says `MERGE_FAILED`.
 * @throws TypeError when it is no function.
 */
export function merge<Data = unknown>(
  mergeData: (older: Data, newer: Data, topic: string) => Data,
): Delivery {
  checkFunction(mergeData);
  return {
    spec: { type: "merge", settings: [mergeData] },
    thin: (parts) => new MergeThinner(mergeData as MergeData, parts),
  };
}

class MergeThinner implements Thinner {
  readonly #mergeData: MergeData;
  readonly #parts: ThinningParts;
  readonly #topics = new WaitingTopics();

  constructor(mergeData: MergeData, parts: ThinningParts) {
    this.#mergeData = mergeData;
    this.#parts = parts;
  }

  accept(event: TopicEvent, mayGrow: boolean): EventSlot | null | undefined {
    const { topic, data } = event;
    const waiting = this.#topics.of(topic);
    const older = waiting.byKey.get("last");
    if (older !== undefined) {
      try {
        const merged = this.#mergeData(older.data, data, topic);
        waiting.byKey.set("last", { ...standFor(older, event), data: merged });
        return undefined;
      } catch (error) {
        this.#parts.failed(topic, error);
        if (!mayGrow) return null;
        // It waits as it is; what comes is merged with this one.
        waiting.byKey.delete("last");
        waiting.byKey.set(older.seq, older);
      }
    }
    if (!mayGrow) return null;
    waiting.byKey.set("last", event);
    return waiting;
  }

  seal(topic: string): void {
    this.#topics.seal(topic);
  }

  discard(topic?: string): number {
    this.#topics.clear(topic);
    return 0;
  }
}
