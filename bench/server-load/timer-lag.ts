import { LatencyCount } from "./latency-count.ts";

const INTERVAL_MS = 5;

/**
 * Counts how late timers are in this process, which does nothing else: what the machine adds to every latency,
 * whoever is measured.
 */
export class TimerLag {
  readonly #count = new LatencyCount();
  #timer: NodeJS.Timeout | undefined;

  /** Goes on counting. */
  start(): void {
    let dueAt = performance.now() + INTERVAL_MS;
    const tick = (): void => {
      const now = performance.now();
      this.#count.add(Math.max(0, now - dueAt) * 1_000);
      dueAt = now + INTERVAL_MS;
      this.#timer = setTimeout(tick, INTERVAL_MS);
    };
    this.#timer = setTimeout(tick, INTERVAL_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  get p99Ms(): number {
    return this.#count.quantileMs(0.99);
  }

  get maxMs(): number {
    return this.#count.maxMs;
  }
}
