import { SERVER_METHODS } from "../protocol/json-rpc/messages.ts";
import type { LatencyAccounting } from "./latency-accounting.ts";
import { SharedFrame } from "./shared-frame.ts";
import { type Indexed, TopicSubscribers } from "./topic-subscribers.ts";

/** What a topic writes to: a session, as far as a topic needs to know it. */
export interface TopicReader {
  /** Takes one event's frame. Must not throw. */
  deliver(frame: SharedFrame): void;
}

/** An event that waits until its subscriber has been told where it is. */
interface HeldEvent {
  readonly seq: number;
  readonly frame: SharedFrame;
}

/** Is one session's hold on one topic. */
export class Subscription<Reader extends TopicReader = TopicReader> implements Indexed {
  /** Its place among the topic's subscribers. */
  index = -1;
  /** The topic. */
  readonly topic: Topic;
  /** Who reads it. */
  readonly reader: Reader;
  /** Events that wait while the history is read; null while live events go straight to the reader. */
  held: HeldEvent[] | null = null;
  /** Number of the last event replayed, which the live events have not reached yet; null otherwise. */
  replayedTo: number | null = null;

  constructor(topic: Topic, reader: Reader) {
    this.topic = topic;
    this.reader = reader;
  }
}

/** Is one named stream that somebody in this process reads: where it is, and who reads it. */
export class Topic {
  /** The topic's name. */
  readonly name: string;
  /** Names the numbering; another epoch starts again at 1. */
  epoch = "";
  /** Number of the newest event; 0 before the first. */
  seq = 0;
  /** Who gets its events. */
  readonly subscribers: TopicSubscribers<Subscription> = new TopicSubscribers();
  readonly #head: string;
  readonly #latency: LatencyAccounting | null;
  #waiting: HeldEvent[] | null = null;

  /** @param latency - What measures its events; null for nobody. */
  constructor(name: string, latency: LatencyAccounting | null = null) {
    this.name = name;
    this.#latency = latency?.measures(name) ? latency : null;
    this.#head = `{"jsonrpc":"2.0","method":"${SERVER_METHODS.event}","params":{"topic":${JSON.stringify(name)},"seq":`;
  }

  /** Makes the frame of an event. It tells the time of the publish where latency is measured. */
  frame(seq: number, dataJson: string, atMs: number): SharedFrame {
    const at = this.#latency === null ? "" : `,"at":${atMs}`;
    return new SharedFrame(`${this.#head}${seq},"data":${dataJson}${at}}}`);
  }

  /**
   * Writes event `seq` to every subscriber. An event published from within the fan-out of another
   * waits for its end, so that all subscribers see one order.
   *
   * @param dataJson - The event's data, encoded.
   * @param atMs - When it was published, milliseconds since 1970 UTC.
   */
  fanOut(seq: number, dataJson: string, atMs: number): void {
    this.seq = seq;
    if (this.subscribers.size === 0) return;
    const event = { seq, frame: this.frame(seq, dataJson, atMs) };
    this.#latency?.begin(event.frame, this.name, seq, atMs);
    if (this.#waiting !== null) {
      this.#waiting.push(event);
      return;
    }
    const waiting: HeldEvent[] = [event];
    this.#waiting = waiting;
    for (let next = 0; next < waiting.length; next += 1) {
      const current = waiting[next] as HeldEvent;
      const { frame } = current;
      this.subscribers.forEach((subscription) => {
        if (subscription.held === null) subscription.reader.deliver(frame);
        else hold(subscription, current);
      });
      // Whoever holds the frame back to the end of the turn ends the measurement there.
      if (frame.timing?.isAwaited === false) frame.timing.end();
    }
    this.#waiting = null;
  }
}

function hold(subscription: Subscription, event: HeldEvent): void {
  const { replayedTo } = subscription;
  if (replayedTo === null) {
    subscription.held?.push(event);
  } else if (event.seq > replayedTo) {
    subscription.held = null;
    subscription.replayedTo = null;
    subscription.reader.deliver(event.frame);
  }
}
