import type { Position } from "../../protocol/json-rpc/messages.ts";
import type { FeedValues } from "./subscription-feed.ts";

/** A value on its way to the handlers. */
export type FeedValue = FeedValues[keyof FeedValues];

/** Follows each value of one subscription on its way to the handlers. None of these may throw. */
export interface FeedWatcher {
  /** It was received, and the topic stands at this position with it; it may come to be merged into a later one. */
  received?(kind: keyof FeedValues, value: FeedValue, position: Position | undefined): void;
  /** Its first handler is about to be called. */
  started?(kind: keyof FeedValues, value: FeedValue): void;
  /** A handler threw or rejected. */
  failed?(value: FeedValue): void;
  /** Every handler is done with it, or no longer waited for. */
  ended?(kind: keyof FeedValues, value: FeedValue): void;
}

/** Keeps what `position()` of one subscription returns. */
export interface PositionKeeper extends FeedWatcher {
  /** Takes where the subscription stands on a topic when it begins. */
  begin(topic: string, position: Position): void;
  /** Returns where it is on a topic. */
  positionOf(topic: string): Position | undefined;
}

/** What an application may say of a {@link PositionPolicy}, so that a recording can make it again. */
export interface PositionSpec {
  /** Its name. */
  readonly type: "at-least-once";
  /** Its settings: none. */
  readonly settings: readonly unknown[];
}

/** When `position()` moves on; see {@link atLeastOnce}. */
export interface PositionPolicy {
  /** Names it, so that a recording can make it again. */
  readonly spec: PositionSpec;
  /**
   * Begins to keep the positions of one subscription.
   *
   * @param stopsAtFailure - Whether a handler that fails ends the subscription or the session.
   */
  keep(stopsAtFailure: boolean): PositionKeeper;
}
