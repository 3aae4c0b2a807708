import type { Clock, TimerHandle } from "../../src/session/clock.ts";

/** Shares another clock's time and knows how many timers of its own are pending. */
export class CountingClock implements Clock {
  readonly #clock: Clock;
  readonly #handles = new Set<TimerHandle>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Timers that were made through this clock and have neither fired nor been cleared. */
  get pending(): number {
    return this.#handles.size;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(callback: () => void, delayMs: number): TimerHandle {
    const handle = this.#clock.setTimer(() => {
      this.#handles.delete(handle);
      callback();
    }, delayMs);
    this.#handles.add(handle);
    return handle;
  }

  clearTimer(handle: TimerHandle): void {
    this.#handles.delete(handle);
    this.#clock.clearTimer(handle);
  }
}
