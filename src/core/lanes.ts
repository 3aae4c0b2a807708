import type { Consumer, LaneRun } from "../session/delivery/delivery-lane.ts";
import { isThenable } from "../session/isolate.ts";
import { SessionError } from "../session/tokens/errors.ts";
import type { TopicClosed, TopicEvent, TopicGap } from "../session/topics/topic-event.ts";
import { advanceClose, report } from "./core.ts";
import type { Reader } from "./reader.ts";

/** What a subscription's handlers can hear, and what each gets. */
export interface ReaderValues {
  /** An event of a topic. */
  event: TopicEvent;
  /** Events that will not come. */
  gap: TopicGap;
  /** The end of a topic, by the peer. */
  closed: TopicClosed;
}

/** A value on its way to the handlers; or a mark, which tells that everything before it is done. */
interface LaneItem {
  readonly kind: keyof ReaderValues | "mark";
  /** Undefined of marks alone. A gap that waits may grow. */
  value: TopicEvent | TopicGap | TopicClosed | undefined;
  /** Called when the turn of a mark has come. Must not throw. */
  readonly reached?: () => void;
}

/** Runs the handlers of one topic of one subscription: one at a time, each awaited, in the order in which values came. */
export interface Lane {
  /** What waits, in order. */
  items: LaneItem[];
  /** The value whose turn it is. */
  current?: LaneItem | undefined;
  /** The handlers that are still to be called with it. */
  consumers: Consumer[];
  /** The handler that the lane waits for. */
  run?: LaneRun | undefined;
  /** Whether {@link pump} is at work on it: what is added meanwhile is its to find. */
  isPumping?: boolean;
}

/** Takes what was received for a topic; in order per topic. */
export function accept<Kind extends keyof ReaderValues>(
  reader: Reader,
  kind: Kind,
  value: ReaderValues[Kind],
): void {
  if (reader.isOver) {
    if (kind === "event") reader.discarded += 1;
    return;
  }
  if (kind === "closed" || reader.depth < reader.maxQueuedEvents) {
    push(reader, kind, value);
    return;
  }
  const { topic, seq: to, conflated = 1 } = value as TopicEvent;
  let gap: TopicGap = { topic, from: to - conflated + 1, to };
  if (kind === "event") reader.discarded += 1;
  else gap = value as TopicGap;
  const last = laneOf(reader, topic).items.at(-1);
  const waiting = last?.value as TopicGap;
  // No handler has seen the gap that waits last: it grows.
  if (last?.kind === "gap") last.value = { ...waiting, to: waiting.to === null ? null : gap.to };
  else push(reader, "gap", gap);
}

function push<Kind extends keyof ReaderValues>(
  reader: Reader,
  kind: Kind,
  value: ReaderValues[Kind],
): void {
  reader.depth += 1;
  const lane = laneOf(reader, value.topic);
  lane.items.push({ kind, value });
  pump(reader, lane);
}

/**
 * Calls back when everything that came before for a topic was handled: at once where nobody has ever
 * listened, unless the peer has ended the topic: whoever listens later is to hear that.
 */
export function mark(reader: Reader, topic: string, reached: () => void): void {
  const lane = laneOf(reader, topic);
  if (reader.isParked && !lane.items.some(({ kind }) => kind === "closed")) {
    reached();
    return;
  }
  lane.items.push({ kind: "mark", value: undefined, reached });
  pump(reader, lane);
}

/** Adds a handler; returns what removes it. */
export function listen(reader: Reader, kind: keyof ReaderValues, consumer: Consumer): () => void {
  const { consumers, lanes } = reader;
  consumers[kind] = [...consumers[kind], consumer];
  if (kind === "event") {
    reader.isParked = false;
    for (const lane of lanes.values()) pump(reader, lane);
  }
  return () => {
    consumers[kind] = consumers[kind].filter((other) => other !== consumer);
  };
}

/**
 * Throws away and counts what waits for a topic, or for all where none is given; handlers that run are strays, waited for
 * by a close alone.
 */
export function discard(reader: Reader, topic?: string): void {
  for (const [name, lane] of reader.lanes) {
    if (topic !== undefined && topic !== name) continue;
    const { items } = lane;
    lane.items = items.filter(({ kind }) => kind === "mark");
    lane.consumers = [];
    reader.depth -= items.length - lane.items.length;
    reader.discarded += items.filter(({ kind }) => kind === "event").length;
    if (lane.run !== undefined) reader.core.strays.add(lane.run);
    lane.run?.yieldPlace();
    pump(reader, lane);
  }
}

/** Delivers nothing any more. */
export function endReader(reader: Reader): void {
  if (reader.isOver) return;
  reader.isOver = true;
  discard(reader);
  reader.core.readers.delete(reader);
}

/** How many handlers run and are waited for. */
export function runningOf({ lanes }: Reader): number {
  return [...lanes.values()].filter(({ run }) => run !== undefined).length;
}

function laneOf({ lanes }: Reader, topic: string): Lane {
  let lane = lanes.get(topic);
  if (lane === undefined) {
    lane = { items: [], consumers: [] };
    lanes.set(topic, lane);
  }
  return lane;
}

function pump(reader: Reader, lane: Lane): void {
  if (lane.isPumping) return;
  lane.isPumping = true;
  while (lane.run === undefined) {
    const consumer = lane.consumers.shift();
    if (consumer !== undefined) {
      call(reader, lane, consumer);
      continue;
    }
    if (lane.current !== undefined) reader.depth -= 1;
    lane.current = undefined;
    const [item] = lane.items;
    // What comes waits for the first handler; a mark that nothing waits in front of any more does not.
    if (item === undefined || (reader.isParked && item.kind !== "mark")) break;
    lane.items.shift();
    if (item.kind === "mark") {
      item.reached?.();
    } else {
      lane.current = item;
      lane.consumers = [...reader.consumers[item.kind]];
    }
  }
  lane.isPumping = false;
}

function call(reader: Reader, lane: Lane, consumer: Consumer): void {
  const { core } = reader;
  const value = lane.current?.value;
  const run = {
    done: false,
    yieldPlace() {
      if (lane.run !== run) return;
      lane.run = undefined;
      pump(reader, lane);
    },
  };
  lane.run = run;
  const finished = (): void => {
    run.done = true;
    if (core.strays.delete(run)) advanceClose(core);
    run.yieldPlace();
  };
  const failed = (cause: unknown): void => {
    report(
      core,
      new SessionError("HANDLER_FAILED", `a handler of ${value?.topic} failed`, { cause }),
    );
    finished();
  };
  try {
    const result: unknown = core.scope.run(run, consumer, value as never);
    if (isThenable(result)) result.then(finished, failed);
    else finished();
  } catch (cause) {
    failed(cause);
  }
}
