import type { BackplaneEvent } from "../../backplane/index.ts";
import { type GapParams, SERVER_METHODS } from "../../protocol/json-rpc/messages.ts";
import type { ThinningGate } from "../backlog/thinning-gate.ts";
import type { LatencyAccounting } from "../fanout/latency-accounting.ts";
import { SharedFrame } from "../fanout/shared-frame.ts";
import { encodeNotification } from "../methods/answers.ts";
import { isAbove } from "../methods/outgoing-data.ts";
import { TopicEvent } from "./topic-event.ts";
import { type Indexed, TopicSubscribers } from "./topic-subscribers.ts";

/** What a topic writes to: a session, as far as a topic needs to know it. */
export interface TopicReader {
  /** Takes one event's frame. Must not throw. */
  deliver(frame: SharedFrame): void;
}

/** What the events of a subscription pass on their way to its reader. */
export interface EventGate {
  /** Takes one event. Must not throw. */
  take(event: TopicEvent): void;
  /** Number of the last event that it let through, where it may be behind its topic, or ahead of it. */
  readonly seq?: number;
  /** The subscription ends: nothing of it waits any more. */
  leave?(): void;
}

/** Is one session's hold on one topic. */
export class Subscription<Reader extends TopicReader = TopicReader> implements Indexed {
  /** Its place among the topic's subscribers. */
  index = -1;
  /** The topic. */
  readonly topic: Topic;
  /** Who reads it. */
  readonly reader: Reader;
  /** What takes its events; null while they go straight to the reader. */
  gate: EventGate | null = null;
  /** What thins its events by its policy, once it is live; null for nothing. */
  thinning: ThinningGate | null = null;
  /** Why it ended before its subscribe was answered; null where it did not. */
  refusedWith: string | null = null;

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
  readonly #maxEventBytes: number;
  #waiting: TopicEvent[] | null = null;

  /**
   * @param latency - What measures its events; null for nobody.
   * @param maxEventBytes - Bytes of one event's data, above which nobody gets it.
   */
  constructor(
    name: string,
    latency: LatencyAccounting | null = null,
    maxEventBytes: number = Number.POSITIVE_INFINITY,
  ) {
    this.name = name;
    this.#maxEventBytes = maxEventBytes;
    this.#latency = latency?.measures(name) ? latency : null;
    this.#head = `{"jsonrpc":"2.0","method":"${SERVER_METHODS.event}","params":{"topic":${JSON.stringify(name)},"seq":`;
  }

  /**
   * Makes an event. It tells the time of the publish where latency is measured. One whose data is above the limit,
   * which another process's may be, is a gap.
   */
  event({ seq, dataJson, atMs }: BackplaneEvent): TopicEvent {
    if (isAbove(dataJson, this.#maxEventBytes)) return this.gap(seq, seq);
    const at = this.#latency === null ? "" : `,"at":${atMs}`;
    const text = `${this.#head}${seq},"data":${dataJson}${at}`;
    return new TopicEvent(
      seq,
      dataJson,
      new SharedFrame(`${text}}}`),
      (count) => new SharedFrame(`${text},"conflated":${count}}}`),
    );
  }

  /** Makes what says that events will not come. */
  gap(from: number, to: number): TopicEvent {
    const params: GapParams = { topic: this.name, from, to };
    const frame = new SharedFrame(encodeNotification(SERVER_METHODS.gap, JSON.stringify(params)));
    return new TopicEvent(to, "", frame, null);
  }

  /** Makes what says that the topic's numbers began anew: of the old ones nobody knows how many will not come. */
  restart(from: number): TopicEvent {
    const { name: topic, epoch } = this;
    const params: GapParams = { topic, from, to: null, epoch };
    const frame = new SharedFrame(encodeNotification(SERVER_METHODS.gap, JSON.stringify(params)));
    return new TopicEvent(0, "", frame, null, epoch);
  }

  /**
   * Writes an event to every subscriber, and before it what is missing where it begins another epoch. An event published from within the fan-out of another
   * waits for its end, so that all subscribers see one order.
   */
  fanOut(published: BackplaneEvent): void {
    const { epoch, seq, atMs } = published;
    const before = this.seq;
    const isRestart = epoch !== this.epoch && this.epoch !== "";
    this.epoch = epoch;
    this.seq = seq;
    if (this.subscribers.size === 0) return;
    if (isRestart) {
      this.#carry(this.restart(before + 1));
      if (seq > 1) this.#carry(this.gap(1, seq - 1));
    }
    const event = this.event(published);
    this.#latency?.begin(event.frame, this.name, seq, atMs);
    this.#carry(event);
  }

  #carry(event: TopicEvent): void {
    if (this.#waiting !== null) {
      this.#waiting.push(event);
      return;
    }
    const waiting: TopicEvent[] = [event];
    this.#waiting = waiting;
    for (let next = 0; next < waiting.length; next += 1) {
      const current = waiting[next] as TopicEvent;
      const { frame } = current;
      this.subscribers.forEach((subscription) => {
        if (subscription.gate === null) subscription.reader.deliver(frame);
        else subscription.gate.take(current);
      });
      // Whoever holds the frame back to the end of the turn ends the measurement there.
      if (frame.timing?.isAwaited === false) frame.timing.end();
    }
    this.#waiting = null;
  }
}
