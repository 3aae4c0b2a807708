import type { Position } from "../protocol/json-rpc/messages.ts";
import type { LiveSession } from "./live-session.ts";
import { encodeData } from "./outgoing-data.ts";
import type { ServerCore } from "./server-core.ts";
import { ServerError } from "./server-error.ts";
import { endSubscription } from "./session-end.ts";
import type { Subscription } from "./topic.ts";

/** Is the server's side of one topic. Holding one costs nothing and keeps nothing alive. */
export class ServerTopic<Data = unknown> {
  /** The topic's name. */
  readonly name: string;
  readonly #core: ServerCore;

  /** Use `SessionServer.topic`. */
  constructor(core: ServerCore, name: string) {
    this.#core = core;
    this.name = name;
  }

  /** Where the topic is: the newest event's number, and the epoch that it counts in. */
  get position(): Position {
    return this.#core.topics.position(this.name);
  }

  /** How many sessions subscribe to it. */
  get subscribers(): number {
    return this.#core.topics.get(this.name)?.subscribers.size ?? 0;
  }

  /**
   * Publishes an event to all subscribers: encoded once, numbered one above the last.
   *
   * @param data - JSON.
   * @returns The event's position.
   * @throws TypeError when `data` is no JSON, RangeError when it is above `maxEventBytes`, and
   *   {@link ServerError} `TOO_MANY_TOPICS` at `maxTopics`. Nothing was numbered or written then.
   */
  publish(data: Data): Position {
    const core = this.#core;
    const json = encodeData(data, core.limits.maxEventBytes);
    const topic = core.topics.advance(this.name);
    if (topic === null) {
      throw new ServerError(
        "TOO_MANY_TOPICS",
        `the server has maxTopics (${core.limits.maxTopics}) topics with subscribers`,
      );
    }
    core.counters.eventsPublished += 1;
    // Read before the fan-out: an observer may publish again.
    const position = { epoch: topic.epoch, seq: topic.seq };
    if (topic.subscribers.size > 0) topic.fanOut(position.seq, json);
    return position;
  }

  /**
   * Deletes the topic: ends all subscriptions with `topic.closed`, forgets position and epoch.
   *
   * @param code - Says why. @defaultValue `"DELETED"`
   */
  delete(code = "DELETED"): void {
    const topic = this.#core.topics.get(this.name);
    if (topic === undefined) return;
    topic.subscribers.forEach((subscription) => {
      const { reader } = subscription as Subscription<LiveSession>;
      endSubscription(reader, subscription, code, true);
    });
    this.#core.topics.forget(topic);
  }
}
