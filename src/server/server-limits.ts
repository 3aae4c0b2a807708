/**
 * Every limit of a server. All are safe by default; `Infinity` turns a limit off where nothing else is said.
 * Times are noticed at the next sweep, so up to `sweepIntervalMs` late.
 */
export interface ServerLimits {
  /** Bytes of one message from a client; above: close 1009. @defaultValue 1 MiB */
  readonly maxMessageBytes: number;
  /** Bytes of one event's or notification's data; above: `publish` throws. @defaultValue 1 MiB */
  readonly maxEventBytes: number;
  /** Sessions of the server; above: close 1013. @defaultValue 20,000 */
  readonly maxSessions: number;
  /** Sessions of one user; above: close 4409. @defaultValue 20 */
  readonly maxSessionsPerUser: number;
  /** Sessions of one address (IPv6: one /64 network); above: close 4409. @defaultValue 200 */
  readonly maxSessionsPerAddress: number;
  /** Topics that one session subscribes to; above: `TOO_MANY_TOPICS`. @defaultValue 1,000 */
  readonly maxTopicsPerSession: number;
  /**
   * Topics that the server remembers a position of, or has subscribers to; above: the one idle for
   * longest is forgotten, else `TOO_MANY_TOPICS`. @defaultValue 100,000
   */
  readonly maxTopics: number;
  /**
   * Bytes that the histories of all topics may take, about; above: the topic silent for longest forgets
   * its own. @defaultValue 64 MiB
   */
  readonly maxHistoryBytes: number;
  /**
   * Messages a second of one session, each element of a batch counted; above: `RATE_LIMITED`, and
   * after a whole burst of refused ones close 4429. @defaultValue 100
   */
  readonly requestsPerSecond: number;
  /** Messages that may come at once after a pause. @defaultValue 200 */
  readonly requestBurst: number;
  /**
   * Bytes that wait for a slow reader; above: close 4408. A lone message always fits. Replays of what was missed fill
   * at most half of it, and go on as the reader reads. @defaultValue 4 MiB
   */
  readonly maxPendingBytes: number;
  /**
   * Bytes that wait for a reader, the next message included, above which it is behind: what its subscriptions'
   * delivery policies allow is thinned from then on. At most `maxPendingBytes`.
   * @defaultValue 128 KiB, or half of `maxPendingBytes` where that is less: more than one turn writes to a reader
   *   that keeps up
   */
  readonly highWatermarkBytes: number;
  /**
   * Bytes that wait for a reader at most when it has caught up. At most `highWatermarkBytes`.
   * @defaultValue a quarter of `highWatermarkBytes`
   */
  readonly lowWatermarkBytes: number;
  /**
   * Method calls of one session that wait, run or have outrun `methodTimeoutMs`; above:
   * `TOO_MANY_PENDING`. @defaultValue 128
   */
  readonly maxPendingMethods: number;
  /** Milliseconds for one method; then `METHOD_TIMEOUT`, and the next one starts. @defaultValue 30,000 */
  readonly methodTimeoutMs: number;
  /**
   * Milliseconds for which the answer to a call with an idempotency key is kept, from when it was there. Finite.
   * @defaultValue 300,000
   */
  readonly dedupWindowMs: number;
  /**
   * Answers kept for idempotency keys, runs under way counted; above: the oldest is forgotten early, so that a retry
   * that it could have answered gets `IDEMPOTENCY_UNKNOWN`. @defaultValue 100,000
   */
  readonly maxIdempotencyEntries: number;
  /** Bytes that those answers take, about; above: as with their number. @defaultValue 64 MiB */
  readonly maxIdempotencyBytes: number;
  /** Milliseconds for `authenticate` and `authorize`; then the answer is no. @defaultValue 10,000 */
  readonly authorizeTimeoutMs: number;
  /**
   * Milliseconds for the backplane to answer a join or a read; then it has failed, as the `error` event
   * `BACKPLANE_FAILED` says. @defaultValue 10,000
   */
  readonly backplaneTimeoutMs: number;
  /** Calls of `authenticate` and `authorize` that the server has open; above: `TOO_MANY_PENDING`. @defaultValue 10,000 */
  readonly maxPendingAuthorizations: number;
  /** Milliseconds without credentials, where they are required; then close 4401. @defaultValue 10,000 */
  readonly unauthenticatedTimeoutMs: number;
  /** Milliseconds after credentials expire; then close 4401. @defaultValue 10,000 */
  readonly expiryGraceMs: number;
  /** Milliseconds for an upgrade request, and for the hello of who comes at a full limit. @defaultValue 10,000 */
  readonly handshakeTimeoutMs: number;
  /** Connections at a full limit that may say hello, or be told why not, at a time; above: HTTP 503. @defaultValue 1,000 */
  readonly maxPendingHandshakes: number;
  /**
   * Sessions a second that may come back and catch up: when more say hello, they are asked to spread their subscribes
   * (`resumeWithinMs` of the wire), over 30,000 ms at most. @defaultValue Infinity: none is asked to wait
   */
  readonly resumesPerSecond: number;
  /** Milliseconds of silence after which the server pings. @defaultValue 20,000 */
  readonly pingIntervalMs: number;
  /** Milliseconds of silence, pongs included, after which it closes with 4411. @defaultValue 30,000 */
  readonly idleTimeoutMs: number;
  /** Milliseconds for a message to arrive whole; then close 4408. @defaultValue 10,000 */
  readonly messageTimeoutMs: number;
  /** Milliseconds for the client's part of a close handshake; then the connection is dropped. @defaultValue 2,000 */
  readonly closeTimeoutMs: number;
  /** Milliseconds between two looks at each session. Finite. @defaultValue 1,000 */
  readonly sweepIntervalMs: number;
}

/** The limits of a server that sets none. */
export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  maxMessageBytes: 1_048_576,
  maxEventBytes: 1_048_576,
  maxSessions: 20_000,
  maxSessionsPerUser: 20,
  maxSessionsPerAddress: 200,
  maxTopicsPerSession: 1_000,
  maxTopics: 100_000,
  maxHistoryBytes: 67_108_864,
  requestsPerSecond: 100,
  requestBurst: 200,
  maxPendingBytes: 4_194_304,
  highWatermarkBytes: 131_072,
  lowWatermarkBytes: 32_768,
  maxPendingMethods: 128,
  methodTimeoutMs: 30_000,
  dedupWindowMs: 300_000,
  maxIdempotencyEntries: 100_000,
  maxIdempotencyBytes: 67_108_864,
  authorizeTimeoutMs: 10_000,
  backplaneTimeoutMs: 10_000,
  maxPendingAuthorizations: 10_000,
  unauthenticatedTimeoutMs: 10_000,
  expiryGraceMs: 10_000,
  handshakeTimeoutMs: 10_000,
  maxPendingHandshakes: 1_000,
  resumesPerSecond: Number.POSITIVE_INFINITY,
  pingIntervalMs: 20_000,
  idleTimeoutMs: 30_000,
  messageTimeoutMs: 10_000,
  closeTimeoutMs: 2_000,
  sweepIntervalMs: 1_000,
};

/** Limits whose value is handed to something that knows no infinity, or that never may be off. */
const FINITE: ReadonlySet<string> = new Set([
  "maxMessageBytes",
  "maxPendingMethods",
  "dedupWindowMs",
  "maxPendingHandshakes",
  "closeTimeoutMs",
  "sweepIntervalMs",
]);

/**
 * Fills in what is not given.
 *
 * @throws RangeError when a limit is unknown, not a number above 0, or infinite where it may not be;
 *   or when `idleTimeoutMs` is not above `pingIntervalMs`.
 */
export function resolveLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  const limits: ServerLimits = { ...DEFAULT_SERVER_LIMITS, ...watermarks(given), ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_SERVER_LIMITS, name)) {
      throw new RangeError(`limits has no member ${JSON.stringify(name)}`);
    }
    if (!(typeof value === "number" && value > 0)) {
      throw new RangeError(`limits.${name} must be a number above 0, got ${String(value)}`);
    }
    if (FINITE.has(name) && value === Number.POSITIVE_INFINITY) {
      throw new RangeError(`limits.${name} must be finite`);
    }
  }
  if (limits.idleTimeoutMs <= limits.pingIntervalMs) {
    throw new RangeError(
      `limits.idleTimeoutMs must be above pingIntervalMs (${limits.pingIntervalMs}), got ${limits.idleTimeoutMs}`,
    );
  }
  const { maxPendingBytes, highWatermarkBytes, lowWatermarkBytes } = limits;
  if (highWatermarkBytes > maxPendingBytes) {
    throw new RangeError(
      `limits.highWatermarkBytes must be at most maxPendingBytes (${maxPendingBytes}), got ${highWatermarkBytes}`,
    );
  }
  if (lowWatermarkBytes > highWatermarkBytes) {
    throw new RangeError(
      `limits.lowWatermarkBytes must be at most highWatermarkBytes (${highWatermarkBytes}), got ${lowWatermarkBytes}`,
    );
  }
  return limits;
}

/** The watermarks that fit the other limits. */
function watermarks({
  maxPendingBytes = DEFAULT_SERVER_LIMITS.maxPendingBytes,
  highWatermarkBytes = Math.min(DEFAULT_SERVER_LIMITS.highWatermarkBytes, maxPendingBytes / 2),
}: Partial<ServerLimits>): Pick<ServerLimits, "highWatermarkBytes" | "lowWatermarkBytes"> {
  return { highWatermarkBytes, lowWatermarkBytes: highWatermarkBytes / 4 };
}
