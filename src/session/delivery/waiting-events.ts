import type { TopicEvent } from "../topics/topic-event.ts";
import type { EventSlot } from "./thinning.ts";

/** Events of one topic that wait in a lane, by key and in the order of their numbers: as many as there are slots. */
export class WaitingEvents implements EventSlot {
  readonly topic: string;
  readonly byKey: Map<unknown, TopicEvent> = new Map();

  constructor(topic: string) {
    this.topic = topic;
  }

  take(): TopicEvent {
    for (const [key, event] of this.byKey) {
      this.byKey.delete(key);
      return event;
    }
    throw new Error("bug: a slot without an event");
  }
}

/** The events that wait, by topic, where something may still come to stand for them. */
export class WaitingTopics {
  readonly #byTopic = new Map<string, WaitingEvents>();

  /** Returns those of a topic. */
  of(topic: string): WaitingEvents {
    let waiting = this.#byTopic.get(topic);
    if (waiting === undefined) {
      waiting = new WaitingEvents(topic);
      this.#byTopic.set(topic, waiting);
    }
    return waiting;
  }

  /** What waits now stays as it is: what comes is apart from it. */
  seal(topic: string): void {
    this.#byTopic.delete(topic);
  }

  /** Forgets what waits for a topic, or for all. */
  clear(topic?: string): void {
    if (topic === undefined) this.#byTopic.clear();
    else this.#byTopic.delete(topic);
  }
}
