import type { Clock, TimerHandle } from "./clock.ts";
import { Fifo } from "./fifo.ts";

/** Something that ends when its time is up. */
export interface Expirable {
  /** Called once, when the deadline falls due and was not cancelled. Must not throw. */
  expire(): void;
}

/** A deadline under way; see {@link Deadlines.cancel}. */
export interface Deadline {
  /** When it falls due, on the session's clock. */
  readonly dueMs: number;
  /** Set once it was cancelled or has fallen due. */
  done: boolean;
  /** Who is told; let go when done, so that a settled request is not kept alive. */
  owner: Expirable | undefined;
  /** The list it waits in. */
  readonly list: Fifo<Deadline> | undefined;
}

/**
 * Keeps many deadlines on one timer.
 *
 * Most requests share one duration, so their deadlines fall due in the order they were made: one
 * first-in, first-out list per duration needs no sorting, and an answered request costs a flag, not
 * a timer cancelled.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #byDuration = new Map<number, Fifo<Deadline>>();
  #timer: TimerHandle | undefined;
  #timerDueMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Adds a deadline.
   *
   * @param durationMs - Milliseconds from now; `Infinity` for never.
   * @param owner - Told when it falls due.
   */
  add(durationMs: number, owner: Expirable): Deadline {
    if (durationMs === Infinity) return { dueMs: Infinity, done: false, owner, list: undefined };
    let list = this.#byDuration.get(durationMs);
    if (list === undefined) {
      list = new Fifo();
      this.#byDuration.set(durationMs, list);
    }
    const dueMs = this.#clock.now() + durationMs;
    const deadline: Deadline = { dueMs, done: false, owner, list };
    list.push(deadline);
    if (dueMs < this.#timerDueMs) this.#arm(dueMs);
    return deadline;
  }

  /** Cancels a deadline; does nothing when it is done. */
  cancel(deadline: Deadline): void {
    if (deadline.done) return;
    deadline.done = true;
    deadline.owner = undefined;
    // Answers come mostly in order, so this keeps the list as short as what is in flight.
    const list = deadline.list;
    while (list?.peek()?.done === true) list.shift();
  }

  /** Lets go of the timer where no deadline waits for it any more, so that it keeps no process alive. */
  release(): void {
    for (const list of this.#byDuration.values())
      for (const deadline of list) if (!deadline.done) return;
    this.clear();
  }

  /** Forgets every deadline and the timer. */
  clear(): void {
    this.#byDuration.clear();
    this.#disarm();
  }

  #arm(dueMs: number): void {
    this.#disarm();
    this.#timerDueMs = dueMs;
    this.#timer = this.#clock.setTimer(this.#fire, Math.max(0, dueMs - this.#clock.now()));
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
    const nowMs = this.#clock.now();
    const due: Deadline[] = [];
    for (const [durationMs, list] of this.#byDuration) {
      for (;;) {
        const first = list.peek();
        if (first === undefined) break;
        if (!first.done && first.dueMs > nowMs) break;
        list.shift();
        if (!first.done) due.push(first);
      }
      if (list.size === 0) this.#byDuration.delete(durationMs);
    }
    // Earlier ones first, also across durations; an owner may cancel a later one, or add new ones.
    due.sort((a, b) => a.dueMs - b.dueMs);
    for (const deadline of due) {
      const owner = deadline.owner;
      deadline.done = true;
      deadline.owner = undefined;
      owner?.expire();
    }
    this.#rearm();
  };

  #rearm(): void {
    let next = Infinity;
    for (const list of this.#byDuration.values())
      next = Math.min(next, list.peek()?.dueMs ?? Infinity);
    if (next < this.#timerDueMs) this.#arm(next);
  }
}
