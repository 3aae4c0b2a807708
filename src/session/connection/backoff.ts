/** Settings of {@link backoffDelayMs}. */
export interface BackoffBounds {
  /** Bound of the first delay, in milliseconds. */
  readonly initialDelayMs: number;
  /** Largest bound, in milliseconds. */
  readonly maxDelayMs: number;
}

/**
 * Returns how long to wait before an attempt: "full jitter", a random time between 0 and a bound that
 * doubles from attempt to attempt. Of the usual schemes it spreads a crowd that lost its server best.
 *
 * @param attempt - 0 for the first attempt after a loss.
 * @param fraction - A random number in [0, 1).
 */
export function backoffDelayMs(attempt: number, bounds: BackoffBounds, fraction: number): number {
  const bound = Math.min(bounds.maxDelayMs, bounds.initialDelayMs * 2 ** Math.min(attempt, 52));
  return bound * fraction;
}
