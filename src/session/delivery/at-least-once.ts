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
  // Where a topic stood when a gap was told: the first thing that is told of it may be one, or its numbers begin anew there.
  readonly #gaps = new WeakMap<FeedValue, Position>();
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
    if (kind === "gap" && position !== undefined) this.#gaps.set(value, position);
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
    const told = this.#gaps.get(value) ?? this.#positions.get(topic);
    if (told === undefined) return;
    const seq = "seq" in value ? (value as TopicEvent).seq : (value as TopicGap).to;
    this.#positions.set(topic, { epoch: told.epoch, seq: seq ?? told.seq });
  }
}
