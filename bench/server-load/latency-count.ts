const STEP_US = 10;
const STEPS = 1_000_000;

/** Counts latencies in steps of 10 µs up to 10 s: adding one costs next to nothing. */
export class LatencyCount {
  maxMs = 0;
  readonly #counts = new Uint32Array(STEPS);
  #total = 0;

  /** Counts one latency. */
  add(latencyUs: number): void {
    const step = Math.min(STEPS - 1, Math.max(0, Math.floor(latencyUs / STEP_US)));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#total += 1;
    if (latencyUs / 1_000 > this.maxMs) this.maxMs = latencyUs / 1_000;
  }

  /** The smallest latency that a share of all does not exceed, to the step; 0 where there is none. */
  quantileMs(share: number): number {
    let left = Math.ceil(this.#total * share);
    for (let step = 0; step < STEPS && left > 0; step += 1) {
      left -= this.#counts[step] as number;
      if (left <= 0) return ((step + 1) * STEP_US) / 1_000;
    }
    return 0;
  }
}
