import { randomBytes } from "node:crypto";
import type { Clock, Random, TimerHandle } from "../session/clock.ts";

/** Is the process's own clock. Its timers do not keep the process alive; the sockets do. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (callback, delayMs): TimerHandle => setTimeout(callback, delayMs).unref(),
  clearTimer: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Is the process's own randomness. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  secret: () => randomBytes(16).toString("hex"),
};
