import type { Kernel } from "../kernel.ts";
import { SessionError } from "../tokens/errors.ts";
import type { Consumer, DeliveryLane, LaneSink } from "./delivery-lane.ts";

/** What a server sent to this session, or to this user, outside any topic. */
export interface ServerNotification<Method extends string = string, Params = unknown> {
  /** Its name. */
  readonly method: Method;
  /** What it carries. */
  readonly params: Params;
}

/** How many notifications may wait for the handlers; more are dropped and counted. */
const MAX_WAITING = 10_000;

/** Brings notifications to the application's handlers, one after another, in the order of their arrival. */
export class NotificationSink implements LaneSink {
  readonly lane: DeliveryLane;
  readonly #kernel: Kernel;
  #consumers: readonly Consumer[] = [];
  #ended = false;

  constructor(lane: DeliveryLane, kernel: Kernel) {
    this.lane = lane;
    this.#kernel = kernel;
  }

  /** Takes a notification off the wire. Without a handler it is dropped: it has no number that could be missed. */
  accept(method: string, params: unknown): void {
    if (this.#ended || this.#consumers.length === 0) return;
    if (this.lane.depth >= MAX_WAITING) this.discarded();
    else this.lane.push(this, "notification", { method, params });
  }

  /** Adds a handler. */
  on(consumer: Consumer): () => void {
    this.#consumers = [...this.#consumers, consumer];
    return () => {
      this.#consumers = this.#consumers.filter((other) => other !== consumer);
    };
  }

  /** Delivers nothing any more. */
  end(): void {
    this.#ended = true;
    this.lane.discard((sink) => sink === this);
  }

  consumersOf(): readonly Consumer[] {
    return this.#consumers;
  }

  consumerFailed(_kind: string, value: unknown, cause: unknown): void {
    this.#kernel.counters.handlerFailures += 1;
    const { method } = value as ServerNotification;
    this.#kernel.report(
      new SessionError("HANDLER_FAILED", `a handler of ${method} failed`, { cause }),
    );
  }

  handled(): void {}

  discarded(): void {
    this.#kernel.counters.discardedEvents += 1;
  }
}
