import type { Position } from "../protocol/json-rpc/messages.ts";
import type { FeedValue, PositionKeeper, PositionPolicy } from "./feed-watcher.ts";
import type { FeedValues } from "./subscription-feed.ts";
import type { TopicEvent, TopicGap } from "./topic-event.ts";

/**
 * Makes a policy under which a subscription's `position()` moves on **after** the handlers: who stores it, and
 * subscribes `since` it after a crash, gets every event at least once. (Without it the position moves when an event
 * is received, and what waited for its handler is not delivered again: at most once.)
 *
 * Where handlers overlap (`order: "none"`) the position stays in front of the first that is not done. An event
 * whose handler failed counts as handled, unless that ends the subscription or the session.
 */
export function atLeastOnce(): PositionPolicy {
  return {
    spec: { type: "at-least-once", settings: [] },
    keep: (stopsAtFailure) => new HandledPositions(stopsAtFailure),
  };
}

/** A value that was given to the handlers. */
interface Given {
  readonly value: FeedValue;
  isDone: boolean;
}

class HandledPositions implements PositionKeeper {
  readonly #stopsAtFailure: boolean;
  readonly #positions = new Map<string, Position>();
  // In the order in which they were given to the handlers, up to the first that is done behind nothing else.
  readonly #given = new Map<string, Given[]>();
  // Where a topic stands behind a gap that nobody can measure.
  readonly #restarts = new WeakMap<FeedValue, Position>();
  readonly #failed = new WeakSet<FeedValue>();

  constructor(stopsAtFailure: boolean) {
    this.#stopsAtFailure = stopsAtFailure;
  }

  begin(topic: string, position: Position): void {
    this.#positions.set(topic, position);
  }

  positionOf(topic: string): Position | undefined {
    return this.#positions.get(topic);
  }

  received(kind: keyof FeedValues, value: FeedValue, position: Position | undefined): void {
    if (kind === "gap" && (value as TopicGap).to === null && position !== undefined)
      this.#restarts.set(value, position);
  }

  started(kind: keyof FeedValues, value: FeedValue): void {
    if (kind === "closed") return;
    const given = this.#given.get(value.topic);
    if (given === undefined) this.#given.set(value.topic, [{ value, isDone: false }]);
    else given.push({ value, isDone: false });
  }

  failed(value: FeedValue): void {
    if (this.#stopsAtFailure) this.#failed.add(value);
  }

  ended(_kind: keyof FeedValues, value: FeedValue): void {
    const given = this.#given.get(value.topic) ?? [];
    const own = given.find((one) => one.value === value);
    if (own === undefined || this.#failed.has(value)) return;
    own.isDone = true;
    while (given[0]?.isDone === true) this.#advance((given.shift() as Given).value);
  }

  #advance(value: FeedValue): void {
    const { topic } = value;
    const restart = this.#restarts.get(value);
    const { epoch = "" } = this.#positions.get(topic) ?? {};
    const seq = "seq" in value ? (value as TopicEvent).seq : (value as TopicGap).to;
    if (restart !== undefined) this.#positions.set(topic, restart);
    else if (seq !== null) this.#positions.set(topic, { epoch, seq });
  }
}
