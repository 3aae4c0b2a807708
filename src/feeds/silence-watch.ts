import type { Clock, TimerHandle } from "../session/clock.ts";

/** Hears of silence. None of the members may throw. */
export interface SilenceListener {
  /** Nothing was heard for the interval. Told once, until it is fresh again. */
  stale(silentMs: number): void;
  /** Something was heard again, after that many milliseconds. */
  fresh(silentMs: number): void;
  /** Asked once an interval of silence whether it is still wanted; true stops the watch. @defaultValue false */
  isOver?(): boolean;
}

/** Longest delay of a timer, on Node and in browsers. */
const LARGEST_TIMER_MS = 2_147_483_647;

/**
 * Notices that what should come all the time does not: a feed that is subscribed, acked, and silent.
 *
 * One timer; hearing something costs a reading of the clock.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #expectEveryMs: number;
  readonly #listener: SilenceListener;
  #heardAtMs: number;
  #isStale = false;
  #timer: TimerHandle | undefined;
  #isStopped = false;

  /**
   * Starts to watch, as if something had been heard now.
   *
   * @param expectEveryMs - Silence, in milliseconds, after which it is stale.
   * @throws RangeError when it is not a finite number above 0.
   */
  constructor(clock: Clock, expectEveryMs: number, listener: SilenceListener) {
    if (!(expectEveryMs > 0 && expectEveryMs < Infinity)) {
      throw new RangeError(`expectEveryMs must be a finite number above 0, got ${expectEveryMs}`);
    }
    this.#clock = clock;
    this.#expectEveryMs = expectEveryMs;
    this.#listener = listener;
    this.#heardAtMs = clock.now();
    this.#arm(expectEveryMs);
  }

  /** Whether nothing was heard for the interval. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** Milliseconds since something was heard, or since the start. */
  get silentMs(): number {
    return this.#clock.now() - this.#heardAtMs;
  }

  /** Something was heard. */
  heard(): void {
    if (this.#isStopped) return;
    const nowMs = this.#clock.now();
    const silentMs = nowMs - this.#heardAtMs;
    this.#heardAtMs = nowMs;
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#listener.fresh(silentMs);
  }

  /** Stops watching; nothing is told any more. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.setTimer(this.#look, Math.min(delayMs, LARGEST_TIMER_MS));
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    const { silentMs } = this;
    if (silentMs < this.#expectEveryMs) {
      this.#arm(this.#expectEveryMs - silentMs);
      return;
    }
    if (this.#listener.isOver?.() === true) {
      this.stop();
      return;
    }
    // Still armed: who asks once an interval whether it is over leaves no watch behind.
    this.#arm(this.#expectEveryMs);
    if (this.#isStale) return;
    this.#isStale = true;
    this.#listener.stale(silentMs);
  };
}
