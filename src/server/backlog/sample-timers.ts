import type { Clock, TimerHandle } from "../../session/clock.ts";

/** Who is due at the same time waits for one timer, which so may be late by this many milliseconds. */
const GRAIN_MS = 10;

/** Is who waits for a time. */
export interface Sleeper {
  /** For which grain of time it waits; null while it does not. Only {@link SampleTimers} writes it. */
  wakeGrain: number | null;
  /** The time has come. */
  wake(): void;
}

interface Grain {
  readonly sleepers: Set<Sleeper>;
  readonly timer: TimerHandle;
}

/** Wakes the subscriptions of all sessions that may have an event only at intervals: one timer for each grain of time. */
export class SampleTimers {
  readonly #clock: Clock;
  readonly #grains = new Map<number, Grain>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Time as those see it who are woken. */
  get nowMs(): number {
    return this.#clock.now();
  }

  /** Wakes somebody at a time, or up to 10 ms later. Who waits already goes on to wait for the first time. */
  add(sleeper: Sleeper, dueMs: number): void {
    if (sleeper.wakeGrain !== null) return;
    const number = Math.ceil(dueMs / GRAIN_MS);
    sleeper.wakeGrain = number;
    const grain = this.#grains.get(number);
    if (grain !== undefined) {
      grain.sleepers.add(sleeper);
      return;
    }
    const delayMs = Math.max(0, number * GRAIN_MS - this.#clock.now());
    const timer = this.#clock.setTimer(() => this.#wake(number), delayMs);
    this.#grains.set(number, { sleepers: new Set([sleeper]), timer });
  }

  /** Lets somebody sleep on; does nothing where it does not wait. */
  delete(sleeper: Sleeper): void {
    const { wakeGrain } = sleeper;
    if (wakeGrain === null) return;
    sleeper.wakeGrain = null;
    const grain = this.#grains.get(wakeGrain);
    grain?.sleepers.delete(sleeper);
    if (grain === undefined || grain.sleepers.size > 0) return;
    this.#clock.clearTimer(grain.timer);
    this.#grains.delete(wakeGrain);
  }

  #wake(number: number): void {
    const sleepers = this.#grains.get(number)?.sleepers ?? [];
    this.#grains.delete(number);
    for (const sleeper of sleepers) {
      sleeper.wakeGrain = null;
      sleeper.wake();
    }
  }
}
