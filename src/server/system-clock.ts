import { randomBytes } from "node:crypto";
import type { Clock, Random, TimerHandle } from "../session/clock.ts";

/** The longest time that a timer of Node's can wait; a longer one fires at once. */
export const MAX_TIMER_MS = 2_147_483_647;

/** Is the process's own clock. Its timers do not keep the process alive; the sockets do. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (callback, delayMs): TimerHandle =>
    setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS)).unref(),
  clearTimer: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Is the process's own randomness. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  secret: () => randomBytes(16).toString("hex"),
};
