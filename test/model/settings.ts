import fc from "fast-check";

/** How the session presents credentials, or that it has none. */
type Credentials = "none" | "fixed" | "callback" | "slow" | "failing" | "refused" | "expiring";

/** What a run is made of besides its commands. */
export interface Settings {
  readonly credentials: Credentials;
  readonly retryFirst: boolean;
  readonly maxAttempts: number;
  readonly maxPendingOperations: number;
  readonly pingIntervalMs: number;
  /** Whether the server asks the application who may read what, instead of letting everyone. */
  readonly asksAuthorize: boolean;
  /** Whether the network works again before the end. */
  readonly heals: boolean;
  /** Seed of what is random in the session and the server. */
  readonly chance: number;
}

/** Topics of the model: `slow:d` is authorized after a while, `secret` never, where anybody is asked. */
export const TOPICS: readonly string[] = ["a", "b", "c", "slow:d", "secret"];

/** Timeouts of the model's session, in milliseconds of its clock: short, so that runs are. */
export const TIMEOUTS = {
  connectTimeoutMs: 30,
  closeTimeoutMs: 60,
  unsubscribeTimeoutMs: 30,
  requestTimeoutMs: 40,
  pongTimeoutMs: 10,
} as const;

/** Settings under which nothing goes wrong by itself. */
export const CALM: fc.Arbitrary<Settings> = fc.record({
  credentials: fc.constantFrom("none", "fixed", "callback", "slow"),
  retryFirst: fc.boolean(),
  maxAttempts: fc.constant(Infinity),
  maxPendingOperations: fc.constant(10_000),
  pingIntervalMs: fc.constantFrom(Infinity, 15),
  asksAuthorize: fc.boolean(),
  heals: fc.constant(true),
  chance: fc.nat(),
});

/** Settings of a world where everything does. */
export const ROUGH: fc.Arbitrary<Settings> = fc.record({
  credentials: fc.constantFrom(
    "none",
    "none",
    "fixed",
    "callback",
    "slow",
    "failing",
    "refused",
    "expiring",
  ),
  retryFirst: fc.boolean(),
  maxAttempts: fc.constantFrom(Infinity, Infinity, Infinity, 2),
  maxPendingOperations: fc.constantFrom(10_000, 10_000, 3),
  pingIntervalMs: fc.constantFrom(Infinity, 15),
  asksAuthorize: fc.boolean(),
  heals: fc.boolean(),
  chance: fc.nat(),
});
