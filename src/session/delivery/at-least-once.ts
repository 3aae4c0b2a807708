import type { Position } from "../../protocol/json-rpc/messages.ts";
import type { TopicEvent, TopicGap } from "../topics/topic-event.ts";
import type { FeedValue, PositionKeeper, PositionPolicy } from "./feed-watcher.ts";
import type { FeedValues } from "./subscription-feed.ts";

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

class HandledPositions implements PositionKeeper {
  readonly #stopsAtFailure: boolean;
  readonly #positions = new Map<string, Position>();
  // What was given to the handlers, in that order, and whether they are done with it; from the first that they are not.
  readonly #given = new Map<string, Map<FeedValue, boolean>>();
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
    let given = this.#given.get(value.topic);
    if (given === undefined) {
      given = new Map();
      this.#given.set(value.topic, given);
    }
    given.set(value, false);
  }

  failed(value: FeedValue): void {
    if (this.#stopsAtFailure) this.#failed.add(value);
  }

  ended(_kind: keyof FeedValues, value: FeedValue): void {
    const given = this.#given.get(value.topic);
    if (given?.has(value) !== true || this.#failed.has(value)) return;
    given.set(value, true);
    for (const [first, isDone] of given) {
      if (!isDone) return;
      given.delete(first);
      this.#advance(first);
    }
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
