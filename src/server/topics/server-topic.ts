import { BackplaneError, type Eventual } from "../../backplane/index.ts";
import type { Position } from "../../protocol/json-rpc/messages.ts";
import { endSubscription } from "../closing/session-end.ts";
import type { LiveSession } from "../live-session.ts";
import { encodeData } from "../methods/outgoing-data.ts";
import type { ServerCore } from "../server-core.ts";
import { ServerError } from "../server-error.ts";
import type { Subscription } from "./topic.ts";

/**
 * Is the server's side of one topic. Holding one costs nothing and keeps nothing alive.
 *
 * `Place` is what the backplane answers with: a position with the memory backplane, which is the default, a promise
 * of one with a backplane behind a network.
 */
export class ServerTopic<Data = unknown, Place extends Eventual<Position> = Position> {
  /** The topic's name. */
  readonly name: string;
  readonly #core: ServerCore;

  /** @internal Use `SessionServer.topic`. */
  constructor(core: ServerCore, name: string) {
    this.#core = core;
    this.name = name;
  }

  /** Where the topic is: the newest event's number, and the epoch that it counts in. */
  get position(): Place {
    return this.#core.backplane.position(this.name) as Place;
  }

  /** How many sessions of this process subscribe to it. */
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
  publish(data: Data): Place {
    const core = this.#core;
    const json = encodeData(data, core.limits.maxEventBytes);
    core.counters.eventsPublished += 1;
    let place: Eventual<Position>;
    try {
      place = core.backplane.publish(this.name, json);
    } catch (cause) {
      core.counters.eventsPublished -= 1;
      throw tooManyTopics(cause);
    }
    if (!(place instanceof Promise)) return place as Place;
    return place.catch((cause: unknown) => {
      const failure = tooManyTopics(cause);
      // Of any other failure nobody knows whether the event was published.
      if (failure !== cause) core.counters.eventsPublished -= 1;
      throw failure;
    }) as Place;
  }

  /**
   * Deletes the topic: ends all subscriptions with `topic.closed`, forgets history, position and epoch.
   *
   * @param code - Says why. @defaultValue `"DELETED"`
   */
  delete(code = "DELETED"): Eventual<void> {
    this.#core.topics.get(this.name)?.subscribers.forEach((subscription) => {
      const { reader } = subscription as Subscription<LiveSession>;
      endSubscription(reader, subscription, code, true);
    });
    return this.#core.backplane.delete(this.name);
  }
}

function tooManyTopics(cause: unknown): unknown {
  if (!(cause instanceof BackplaneError && cause.code === "BACKPLANE_FULL")) return cause;
  return new ServerError("TOO_MANY_TOPICS", cause.message, { cause });
}
