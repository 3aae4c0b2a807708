import type { Clock, TimerHandle } from "../session/clock.ts";

interface VirtualTimer {
  readonly dueMs: number;
  /** Breaks ties: timers of one millisecond fire in the order they were made. */
  readonly order: number;
  readonly callback: () => void;
}

/**
 * Is a clock that moves only when told to, so that a test of timing takes no time and always runs the same.
 *
 * Promise jobs (microtasks) are not on this clock: `advance` lets them run to the end between timers.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * clock.setTimer(() => console.log("fired"), 50);
 * await clock.advance(50);
 * ```
 */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  // A binary heap would pay only from thousands of timers on; a session has a handful.
  readonly #timers = new Map<number, VirtualTimer>();

  /** Returns milliseconds since this clock was made. */
  now(): number {
    return this.#nowMs;
  }

  /** Calls back when the clock is moved to `delayMs` from now, or beyond. */
  setTimer(callback: () => void, delayMs: number): TimerHandle {
    const order = ++this.#order;
    this.#timers.set(order, { dueMs: this.#nowMs + Math.max(0, delayMs), order, callback });
    return order;
  }

  /** Cancels a timer; does nothing when it has fired or was cancelled. */
  clearTimer(handle: TimerHandle): void {
    this.#timers.delete(handle as number);
  }

  /** How many timers wait. Zero after a close shows that nothing leaked. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** When the next timer is due, in milliseconds of this clock, or null where none waits. */
  get nextDueMs(): number | null {
    return this.#next()?.dueMs ?? null;
  }

  /**
   * Moves on by `ms` milliseconds, firing what falls due, in order of time and then of making.
   * Promise jobs run to the end before the first timer, and after each.
   *
   * @throws RangeError when `ms` is negative or not finite.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && Number.isFinite(ms))) {
      throw new RangeError(`ms must be a finite number from 0 up, got ${ms}`);
    }
    const untilMs = this.#nowMs + ms;
    await settleMicrotasks();
    for (;;) {
      const timer = this.#next();
      if (timer === undefined || timer.dueMs > untilMs) break;
      this.#fire(timer);
      await settleMicrotasks();
    }
    // Somebody may have moved it farther meanwhile: time never goes back.
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /**
   * Moves on from timer to timer until none waits, or `maxMs` milliseconds have gone by.
   *
   * @param maxMs - Bound for clocks whose timers renew themselves. Defaults to one hour.
   */
  async runAll(maxMs: number = 3_600_000): Promise<void> {
    const untilMs = this.#nowMs + maxMs;
    await settleMicrotasks();
    for (;;) {
      const timer = this.#next();
      if (timer === undefined || timer.dueMs > untilMs) return;
      this.#fire(timer);
      await settleMicrotasks();
    }
  }

  #fire(timer: VirtualTimer): void {
    this.#timers.delete(timer.order);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.callback();
  }

  #next(): VirtualTimer | undefined {
    let next: VirtualTimer | undefined;
    for (const timer of this.#timers.values()) {
      // Map order is making order, so "strictly earlier" keeps ties in that order.
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}

/**
 * Lets every promise job that is queued, and those that they queue, run to the end.
 *
 * A macrotask is what guarantees that; `MessageChannel` and `setImmediate` both are, and the latter
 * is the faster one where it exists.
 */
export async function settleMicrotasks(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
