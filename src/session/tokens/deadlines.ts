import type { Clock, TimerHandle } from "../clock.ts";
import { Fifo } from "../queue/fifo.ts";

/** Fewer are not worth a walk. */
const LEAST_SWEPT = 1_024;

/** Something that ends when its time is up. */
export interface Deadline {
  /** When it falls due, on the session's clock. Set by {@link Deadlines.add}. */
  dueMs: number;
  /** Set once it was cancelled or has fallen due. */
  done: boolean;
  /** Called once, when it falls due and was not cancelled. Must not throw. */
  expire(): void;
}

/** Deadlines of one duration, in the order in which they fall due. */
class DueList extends Fifo<Deadline> {
  #sweepAt = LEAST_SWEPT;

  /** Forgets what is done behind one that waits for long, each time as many have come as were left. */
  sweep(): void {
    if (this.size < this.#sweepAt) return;
    this.retain(({ done }) => !done);
    this.#sweepAt = Math.max(LEAST_SWEPT, this.size * 2);
  }
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
  readonly #byDuration = new Map<number, DueList>();
  #timer: TimerHandle | undefined;
  #timerDueMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Adds a deadline.
   *
   * @param durationMs - Milliseconds from now; `Infinity` for never.
   */
  add(deadline: Deadline, durationMs: number): void {
    if (durationMs === Infinity) return;
    const list = this.#byDuration.get(durationMs) ?? new DueList();
    this.#byDuration.set(durationMs, list);
    deadline.dueMs = this.#clock.now() + durationMs;
    // Answers come mostly in order, so this keeps the list as short as what is in flight.
    while (list.peek()?.done === true) list.shift();
    list.push(deadline);
    list.sweep();
    if (deadline.dueMs < this.#timerDueMs) this.#arm(deadline.dueMs);
  }

  /** How many are listed, done or not. */
  get listed(): number {
    let size = 0;
    for (const list of this.#byDuration.values()) size += list.size;
    return size;
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
      let first = list.peek();
      while (first !== undefined && (first.done || first.dueMs <= nowMs)) {
        due.push(first);
        list.shift();
        first = list.peek();
      }
      if (list.size === 0) this.#byDuration.delete(durationMs);
    }
    // Earlier ones first, also across durations; an owner may cancel a later one, or add new ones.
    due.sort((a, b) => a.dueMs - b.dueMs);
    for (const deadline of due) {
      if (deadline.done) continue;
      deadline.done = true;
      deadline.expire();
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
