import type { DeliveryPolicy } from "../../protocol/json-rpc/messages.ts";
import type { Clock } from "../clock.ts";
import type { TopicEvent } from "../topics/topic-event.ts";

/** What an application may say of a policy, so that a recording can make it again. */
export interface DeliverySpec {
  /** Its name. */
  readonly type: "latest" | "sample" | "drop-oldest" | "merge";
  /** Its settings, in the order of the arguments of the function of that name. */
  readonly settings: readonly unknown[];
}

/** What a policy is given for one subscription. */
export interface ThinningParts {
  /** The session's clock. */
  readonly clock: Clock;
  /** Puts what stands for a waiting event at the end of its topic's lane. */
  readonly push: (slot: EventSlot) => void;
  /** A function of the application threw while it thinned a topic. */
  readonly failed: (topic: string, error: unknown) => void;
}

/** Stands in a lane for whichever event leaves next when its turn comes. */
export interface EventSlot {
  /** The topic. */
  readonly topic: string;
  /** Takes the event that leaves: there is one for each time that the slot was put into a lane. */
  take(): TopicEvent;
}

/**
 * Thins what waits for one subscription's handlers.
 *
 * Every event that comes is delivered, or another one stands for it and says so in `conflated`.
 */
export interface Thinner {
  /**
   * Takes an event in its topic's order.
   *
   * @param mayGrow - Whether there is room for one more.
   * @param mayBegin - Whether there is, at least where nothing of the topic waits: its last value is to arrive.
   * @returns What is to stand for it in the lane; undefined where something that stands there already, or is to come,
   *   stands for it too; null where it was not taken, because it needs room.
   */
  accept(event: TopicEvent, mayGrow: boolean, mayBegin: boolean): EventSlot | null | undefined;
  /** Lets nothing that came before stand for what comes after: something else takes its place in the order. */
  seal(topic: string): void;
  /** Forgets what is held back for a topic, or for all; returns how many events that were in no lane. */
  discard(topic?: string): number;
}

/**
 * How events of a subscription are thinned where its handlers are slower than its topics. Made by {@link latest},
 * {@link sample}, {@link dropOldest} and {@link merge}; one may serve any number of subscriptions.
 */
export interface Delivery {
  /** What the server is asked for: how it may thin for a slow connection; absent means that it may not. */
  readonly wire?: DeliveryPolicy;
  /** Names it. */
  readonly spec: DeliverySpec;
  /** Begins to thin for one subscription. */
  thin(parts: ThinningParts): Thinner;
}

/** Returns an event that stands for an older one too. */
export function standFor(older: TopicEvent, event: TopicEvent): TopicEvent {
  return { ...event, conflated: (older.conflated ?? 1) + (event.conflated ?? 1) };
}
