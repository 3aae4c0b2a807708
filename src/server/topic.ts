import { SERVER_METHODS } from "../protocol/json-rpc/messages.ts";
import { SharedFrame } from "./shared-frame.ts";
import { type Indexed, TopicSubscribers } from "./topic-subscribers.ts";

/** What a topic writes to: a session, as far as a topic needs to know it. */
export interface TopicReader {
  /** Takes one event's frame. Must not throw. */
  deliver(frame: SharedFrame): void;
}

/** Is one session's hold on one topic. */
export class Subscription<Reader extends TopicReader = TopicReader> implements Indexed {
  /** Its place among the topic's subscribers. */
  index = -1;
  /** The topic. */
  readonly topic: Topic;
  /** Who reads it. */
  readonly reader: Reader;

  constructor(topic: Topic, reader: Reader) {
    this.topic = topic;
    this.reader = reader;
  }
}

/** Is one named stream: its position and who reads it. */
export class Topic {
  /** The topic's name. */
  readonly name: string;
  /** Names the numbering; another epoch starts again at 1. */
  readonly epoch: string;
  /** Number of the newest event; 0 before the first. */
  seq = 0;
  /** Who gets its events. */
  readonly subscribers: TopicSubscribers<Subscription> = new TopicSubscribers();
  readonly #head: string;
  #waiting: SharedFrame[] | null = null;

  constructor(name: string, epoch: string) {
    this.name = name;
    this.epoch = epoch;
    this.#head = `{"jsonrpc":"2.0","method":"${SERVER_METHODS.event}","params":{"topic":${JSON.stringify(name)},"seq":`;
  }

  /**
   * Writes event `seq` to every subscriber. An event published from within the fan-out of another
   * waits for its end, so that all subscribers see one order.
   *
   * @param dataJson - The event's data, encoded.
   */
  fanOut(seq: number, dataJson: string): void {
    const frame = new SharedFrame(`${this.#head}${seq},"data":${dataJson}}}`);
    if (this.#waiting !== null) {
      this.#waiting.push(frame);
      return;
    }
    const waiting: SharedFrame[] = [frame];
    this.#waiting = waiting;
    for (let next = 0; next < waiting.length; next += 1) {
      const current = waiting[next] as SharedFrame;
      this.subscribers.forEach((subscription) => {
        subscription.reader.deliver(current);
      });
    }
    this.#waiting = null;
  }
}
