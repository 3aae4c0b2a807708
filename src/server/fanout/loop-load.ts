import type { EventLoopUtilization } from "node:perf_hooks";
import { performance } from "node:perf_hooks";

/** Milliseconds that one look covers, at the least. */
const WINDOW_MS = 50;
/** From this share of its time on, an event loop that is busy falls behind soon. */
const BUSY_SHARE = 0.9;

/** Tells whether this process's event loop hardly ever waits for input: whatever comes on top queues up. */
export class LoopLoad {
  #seen: EventLoopUtilization = performance.eventLoopUtilization();
  #seenAtMs = performance.now();
  #isBusy = false;

  /** Whether the loop was busy nine tenths of the time, as of the last 50 ms or more. */
  get isBusy(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#seenAtMs < WINDOW_MS) return this.#isBusy;
    const seen = performance.eventLoopUtilization();
    this.#isBusy = performance.eventLoopUtilization(seen, this.#seen).utilization >= BUSY_SHARE;
    this.#seen = seen;
    this.#seenAtMs = nowMs;
    return this.#isBusy;
  }
}
