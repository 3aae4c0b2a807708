import { EventEmitter } from "eventemitter3";
import { choice } from "../session-options.ts";
import { Fifo } from "./fifo.ts";

/** Names the event types of a queue and what each carries. */
export type EventMap = object;

/** An event of one type, as failures show it. */
export interface TypedEvent<Type extends string, Payload> {
  /** Its type. */
  readonly type: Type;
  /** What it carries. */
  readonly payload: Payload;
}

/** An event of any type of a queue. */
export type QueuedEvent<Events extends EventMap> = {
  [Type in keyof Events & string]: TypedEvent<Type, Events[Type]>;
}[keyof Events & string];

/** What `error_occurred` carries: the error, and the event whose handler or observer threw it. */
export interface QueueFailure<Events extends EventMap> {
  /** What was thrown. */
  readonly error: unknown;
  /** The event that was being handled. */
  readonly event: QueuedEvent<Events>;
  /** Whether the queue's own handler threw, or an observer, which can do no harm. */
  readonly source: "handler" | "observer";
}

/** One handler per event type. A handler that returns a promise holds the queue until it settles. */
export type EventHandlers<Events extends EventMap> = {
  readonly [Type in keyof Events & string]: (payload: Events[Type]) => void | PromiseLike<void>;
};

/** `control` events overtake `data` events; within a priority the order is first in, first out. */
export type EventPriority = "control" | "data";

/** Settings of an {@link EventQueue}. */
export interface EventQueueOptions<Events extends EventMap> {
  /** One handler per event type. */
  readonly handlers: EventHandlers<Events>;
  /** Hears of every failure, as `error_occurred`. Must not throw; if it does, the failure is dropped. */
  readonly onError?: (failure: QueueFailure<Events>) => void;
  /**
   * How many events may wait. The one being handled does not count.
   *
   * @defaultValue 10,000: a second's worth of a busy feed, some megabytes at most
   */
  readonly maxDepth?: number;
  /**
   * What happens to an event posted when `maxDepth` wait: `throw` refuses it with a RangeError,
   * `drop-newest` ignores it, `drop-oldest` makes room by forgetting the oldest `data` event (or
   * the oldest `control` event where no data waits).
   *
   * @defaultValue `throw`: whoever posts learns that they are too fast
   */
  readonly overflow?: "throw" | "drop-newest" | "drop-oldest";
  /**
   * Milliseconds on a monotonic clock, for {@link EventQueue.oldestAgeMs}.
   *
   * @defaultValue a clock that stands still: ages are then 0
   */
  readonly now?: () => number;
}

interface Waiting {
  readonly type: string;
  readonly payload: unknown;
  readonly postedAtMs: number;
}

const OVERFLOWS = ["throw", "drop-newest", "drop-oldest"] as const;
const PRIORITIES: readonly EventPriority[] = ["data", "control"];
const DEFAULT_MAX_DEPTH = 10_000;
const STANDING_CLOCK = (): number => 0;

/**
 * Handles typed events one at a time, in the order in which they were posted.
 *
 * - One handler runs at a time; a promise that it returns is awaited before the next event.
 * - An event that a handler posts is queued behind what already waits.
 * - A handler that throws or rejects becomes an `error_occurred`, and the queue goes on.
 * - With a synchronous handler and nothing waiting, `post` has handled the event when it returns, and no promise
 *   was made.
 *
 * It knows nothing of sockets and is useful without one.
 *
 * @example
 * ```ts
 * const queue = new EventQueue<{ deposited: bigint; withdrawn: bigint }>({
 *   handlers: {
 *     deposited: (amount) => account.add(amount),
 *     withdrawn: async (amount) => await account.pay(amount),
 *   },
 * });
 * queue.post("deposited", 100n);
 * queue.post("withdrawn", 40n);
 * await queue.idle();
 * ```
 */
export class EventQueue<Events extends EventMap> {
  readonly #handlers: ReadonlyMap<string, (payload: unknown) => void | PromiseLike<void>>;
  readonly #onError: ((failure: QueueFailure<Events>) => void) | undefined;
  readonly #maxDepth: number;
  readonly #overflow: "throw" | "drop-newest" | "drop-oldest";
  readonly #now: () => number;
  readonly #control = new Fifo<Waiting>();
  readonly #data = new Fifo<Waiting>();
  #observers: EventEmitter<string> | undefined;
  #idleWaiters: (() => void)[] = [];
  #busy = false;
  #dropped = 0;

  /** @throws RangeError when `maxDepth` is not an integer from 1 up, or `overflow` is another text. */
  constructor(options: EventQueueOptions<Events>) {
    const maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
    if (!(Number.isSafeInteger(maxDepth) && maxDepth >= 1)) {
      throw new RangeError(`maxDepth must be an integer from 1 up, got ${maxDepth}`);
    }
    // The public type pairs each name with its payload; inside, one dispatch serves them all.
    this.#handlers = handlersByType(options.handlers);
    this.#onError = options.onError;
    this.#maxDepth = maxDepth;
    this.#overflow = choice("overflow", OVERFLOWS, options.overflow);
    this.#now = options.now ?? STANDING_CLOCK;
  }

  /** How many events wait. The one being handled does not count. */
  get depth(): number {
    return this.#control.size + this.#data.size;
  }

  /** For how many milliseconds the event that has waited longest has waited; 0 when none waits. */
  get oldestAgeMs(): number {
    const control = this.#control.peek();
    const data = this.#data.peek();
    if (control === undefined && data === undefined) return 0;
    const oldest = Math.min(control?.postedAtMs ?? Infinity, data?.postedAtMs ?? Infinity);
    return this.#now() - oldest;
  }

  /** How many events the overflow policy dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Posts an event. Handled at once when the queue is idle, else behind what waits.
   *
   * @param type - Its type.
   * @param payload - What it carries.
   * @param priority - `control` overtakes `data`; defaults to `data`.
   * @returns Whether it was accepted; false only under `drop-newest` at the limit.
   * @throws RangeError at the limit under `throw`, and for another priority; the queue is as it was.
   * @throws TypeError for a type without a handler; the queue is as it was.
   */
  post<Type extends keyof Events & string>(
    type: Type,
    payload: Events[Type],
    priority: EventPriority = "data",
  ): boolean {
    if (!this.#handlers.has(type)) throw new TypeError(`no handler for events of type ${type}`);
    if (priority !== "data") choice("priority", PRIORITIES, priority);
    if (this.#busy) return this.#enqueue(type, payload, priority);
    this.#busy = true;
    const pending = this.#handle(type, payload);
    if (pending === undefined) this.#drain();
    else this.#resumeAfter(pending, { type, payload } as unknown as QueuedEvent<Events>);
    return true;
  }

  /**
   * Calls a listener with every event of a type, before its handler runs. Whatever the listener does
   * or throws, the queue goes on; a throw is reported to `onError`.
   *
   * @returns Stops the observation.
   */
  observe<Type extends keyof Events & string>(
    type: Type,
    listener: (payload: Events[Type]) => void,
  ): () => void {
    this.#observers ??= new EventEmitter();
    const observers = this.#observers;
    const isolated = (payload: Events[Type]): void => {
      try {
        listener(payload);
      } catch (error) {
        const event = { type, payload } as unknown as QueuedEvent<Events>;
        this.#report({ error, event, source: "observer" });
      }
    };
    observers.on(type, isolated);
    return () => {
      observers.off(type, isolated);
    };
  }

  /** Resolves when nothing waits and nothing is being handled; at once when that is so now. */
  idle(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });
  }

  #enqueue(type: string, payload: unknown, priority: EventPriority): boolean {
    if (this.depth >= this.#maxDepth) {
      if (this.#overflow === "throw") {
        throw new RangeError(
          `the queue holds ${this.depth} events, its maxDepth; ${type} was refused`,
        );
      }
      this.#dropped += 1;
      if (this.#overflow === "drop-newest") return false;
      if (this.#data.shift() === undefined) this.#control.shift();
    }
    const lane = priority === "control" ? this.#control : this.#data;
    lane.push({ type, payload, postedAtMs: this.#now() });
    return true;
  }

  /** Handles what waits until nothing does or a handler returns a promise. */
  #drain(): void {
    for (;;) {
      const next = this.#control.shift() ?? this.#data.shift();
      if (next === undefined) break;
      const pending = this.#handle(next.type, next.payload);
      if (pending !== undefined) {
        this.#resumeAfter(pending, next as unknown as QueuedEvent<Events>);
        return;
      }
    }
    this.#busy = false;
    if (this.#idleWaiters.length > 0) {
      const waiters = this.#idleWaiters;
      this.#idleWaiters = [];
      for (const resolve of waiters) resolve();
    }
  }

  #handle(type: string, payload: unknown): PromiseLike<void> | undefined {
    this.#observers?.emit(type, payload);
    try {
      const result = this.#handlers.get(type)?.(payload);
      if (result !== undefined && typeof result.then === "function") return result;
    } catch (error) {
      this.#fail(error, { type, payload } as unknown as QueuedEvent<Events>);
    }
    return undefined;
  }

  #resumeAfter(pending: PromiseLike<void>, event: QueuedEvent<Events>): void {
    // A thenable of somebody else's may throw, or call back twice; a promise is taken as it is.
    Promise.resolve(pending).then(
      () => this.#drain(),
      (error: unknown) => {
        this.#fail(error, event);
        this.#drain();
      },
    );
  }

  #fail(error: unknown, event: QueuedEvent<Events>): void {
    this.#report({ error, event, source: "handler" });
  }

  #report(failure: QueueFailure<Events>): void {
    try {
      this.#onError?.(failure);
    } catch {
      // Nobody is left to tell: the one who is told of failures failed.
    }
  }
}

/** A `Map`: of an object, `toString` and its like would be handlers, too. */
function handlersByType(handlers: object): ReadonlyMap<string, (payload: unknown) => void> {
  const byType = new Map<string, (payload: unknown) => void>();
  for (const [type, handler] of Object.entries(handlers)) byType.set(type, handler.bind(handlers));
  return byType;
}
