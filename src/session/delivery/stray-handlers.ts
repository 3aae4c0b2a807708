import type { LaneRun } from "./delivery-lane.ts";

/**
 * Knows the handlers that run on although their lane no longer waits for them: an unsubscribe whose time was up has thrown
 * away what they were given. A close still waits for them, or counts them.
 */
export class StrayHandlers {
  readonly #runs = new Set<LaneRun>();
  /** Called when one of them is done. Must not throw. */
  onDone: () => void = () => {};

  /** A lane waits for a handler no more. */
  add(run: LaneRun): void {
    this.#runs.add(run);
  }

  /** A handler is done, whether it was one of them or not. */
  done(run: LaneRun): void {
    if (this.#runs.delete(run)) this.onDone();
  }

  /** How many there are, not counting those given. */
  countWithout(others: readonly LaneRun[]): number {
    return [...this.#runs].filter((run) => !others.includes(run)).length;
  }
}
