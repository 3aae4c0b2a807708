/** Cancels a timer made by {@link Clock.setTimer}. Opaque: a number in browsers, an object on Node. */
export type TimerHandle = unknown;

/**
 * Gives the session time and timers.
 *
 * The session never touches the system's clock itself, so that a test can drive it through any
 * interleaving on a virtual clock and get the same run each time.
 */
export interface Clock {
  /** Returns milliseconds on a monotonic clock with an arbitrary zero. Never decreases. */
  now(): number;
  /**
   * Returns milliseconds since 1970 UTC, by a clock that goes on while the machine sleeps. Left out where there is none:
   * then {@link Clock.now} is taken for one that does.
   */
  wallNow?(): number;
  /**
   * Calls back once, no earlier than `delayMs` milliseconds from now, never synchronously.
   *
   * @param callback - What to call. It must not throw.
   * @param delayMs - Milliseconds, 0 or more.
   * @returns A handle for {@link Clock.clearTimer}.
   */
  setTimer(callback: () => void, delayMs: number): TimerHandle;
  /** Cancels a timer; does nothing when it has fired or was cancelled. */
  clearTimer(handle: TimerHandle): void;
}

/** Gives the session randomness: backoff jitter and its own secret. */
export interface Random {
  /** Returns a number in [0, 1). Used for jitter only. */
  fraction(): number;
  /** Returns a new 128-bit secret as 32 hexadecimal digits, unguessable outside tests. */
  secret(): string;
}
