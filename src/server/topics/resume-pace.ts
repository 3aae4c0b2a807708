/** Longest time that a session is asked to spread its resume over, in milliseconds. */
const MAX_WITHIN_MS = 30_000;

/**
 * Says over which time the sessions that come back should spread their subscribes.
 *
 * Each hello adds one to a backlog that the server works off at its rate. Whoever says hello is told how long the
 * backlog takes: when ten thousand come at once, the last ones spread over all of that time, the first ones hardly.
 */
export class ResumePace {
  readonly #perSecond: number;
  #backlog = 0;
  #atMs = 0;

  /** @param perSecond - Resumes that the server takes in a second; `Infinity` for no pace. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Counts a hello. @returns Milliseconds of which its session waits a random part, a whole number. */
  admit(nowMs: number): number {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return 0;
    const worked = ((nowMs - this.#atMs) / 1_000) * this.#perSecond;
    // Nobody waits for the first one of a quiet time.
    const before = Math.max(0, this.#backlog - worked);
    this.#atMs = nowMs;
    this.#backlog = before + 1;
    return Math.min(MAX_WITHIN_MS, Math.floor((before / this.#perSecond) * 1_000));
  }
}
