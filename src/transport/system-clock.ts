import type { Clock } from "../session/clock.ts";

/** The clock of the system, on Node and in browsers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  // Timers take whole milliseconds, and would be early with a part of one cut off.
  setTimer: (callback, delayMs) => setTimeout(callback, Math.ceil(delayMs)),
  clearTimer: (handle) => clearTimeout(handle as Parameters<typeof clearTimeout>[0]),
};
