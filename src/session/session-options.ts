import type { Protocol } from "../protocol/protocol.ts";
import type { MessageInterceptor } from "./connection/interceptors.ts";
import type { SessionLatencyMeter } from "./delivery/session-latency.ts";

/** Returns the credentials to present: a token, as the peer understands it. */
export type CredentialsSource = string | (() => string | Promise<string>);

/** Settings of a session. Every limit and every timeout has a default, and may be `Infinity` where that is said. */
export interface SessionOptions {
  /** Where to connect: a `ws:` or `wss:` URL. */
  readonly url: string;
  /**
   * The token to authenticate with on every connection, or a callback that returns a fresh one; a callback
   * is also asked ahead of the token's expiry.
   *
   * @defaultValue none: the session stays `connected` until `authenticate()` is called
   */
  readonly credentials?: CredentialsSource;
  /**
   * The wire format.
   *
   * @defaultValue JSON-RPC 2.0, subprotocol `orderly.v1`; see `PROTOCOL.md`
   */
  readonly protocol?: Protocol;
  /**
   * Milliseconds for a connection to open.
   *
   * @defaultValue 10,000
   */
  readonly connectTimeoutMs?: number;
  /**
   * Milliseconds for `close()` to drain, say bye and close.
   *
   * @defaultValue 5,000
   */
  readonly closeTimeoutMs?: number;
  /**
   * Milliseconds for an unsubscribe to be answered and its handlers to be done.
   *
   * @defaultValue 2,000
   */
  readonly unsubscribeTimeoutMs?: number;
  /**
   * Milliseconds for a request, a subscribe or an authentication to be answered; `Infinity` for no limit.
   *
   * @defaultValue 5,000
   */
  readonly requestTimeoutMs?: number;
  /**
   * Milliseconds of silence after which the session asks for a sign of life (or up to a quarter earlier); `Infinity`
   * turns that off.
   *
   * @defaultValue 20,000
   */
  readonly pingIntervalMs?: number;
  /**
   * Milliseconds for any sign of life after that; then the connection is dropped and counts as lost.
   *
   * @defaultValue 10,000
   */
  readonly pongTimeoutMs?: number;
  /** How to come back after a lost link. */
  readonly reconnect?: ReconnectOptions;
  /**
   * How many operations may wait for a connection, and how many may be unanswered; more fail with `QUEUE_FULL`.
   *
   * @defaultValue 10,000
   */
  readonly maxPendingOperations?: number;
  /**
   * From how many bytes on that have not left yet `notify()` throws `QUEUE_FULL`: no answer holds a notification back.
   *
   * @defaultValue 16 MiB
   */
  readonly maxBufferedBytes?: number;
  /**
   * How long before expiry a credentials callback is asked for a fresh token, in milliseconds; at most a third of
   * the token's life.
   *
   * @defaultValue 30,000
   */
  readonly refreshAheadMs?: number;
  /**
   * How many events may wait for handlers, over all subscriptions, before the session stops reading from its socket,
   * where that can be done (Node): what comes then waits with the server. It reads on while an answer or a sign of life
   * is awaited, which a socket that is not read holds back. `Infinity` turns that off.
   *
   * @defaultValue 5,000
   */
  readonly highWatermark?: number;
  /**
   * How many events may still wait when the session reads on; at most `highWatermark`.
   *
   * @defaultValue 1,000, or half of `highWatermark` where that is less
   */
  readonly lowWatermark?: number;
  /**
   * Measures how long events are on their way to the handlers: `measureLatency()`, on Node. The figures are in
   * `stats().latency`.
   *
   * @defaultValue none: nothing is measured
   */
  readonly latency?: SessionLatencyMeter;
  /** Sees every inbound message, in this order; see {@link MessageInterceptor}. */
  readonly interceptors?: readonly MessageInterceptor[];
}

/** How a session comes back after a lost link: full jitter, the bound doubling from attempt to attempt. */
export interface ReconnectOptions {
  /**
   * Upper bound of the first delay, in milliseconds; the delay is random between 0 and the bound.
   *
   * @defaultValue 500
   */
  readonly initialDelayMs?: number;
  /**
   * Largest bound, in milliseconds.
   *
   * @defaultValue 20,000
   */
  readonly maxDelayMs?: number;
  /**
   * How many attempts in a row may fail before the session goes to `error`; 0 turns reconnecting off.
   *
   * @defaultValue `Infinity`
   */
  readonly maxAttempts?: number;
  /**
   * Milliseconds that a connection must live before the delays start over from the first.
   *
   * @defaultValue 5,000
   */
  readonly minUptimeMs?: number;
  /**
   * Whether a first `connect()` that is refused is tried again too, instead of rejecting at once.
   *
   * @defaultValue false
   */
  readonly retryFirst?: boolean;
  /**
   * Says whether to come back after a close code. False brings the session to `error`.
   *
   * @defaultValue by the code; see `PROTOCOL.md`, close codes
   */
  readonly shouldReconnect?: (closeCode: number) => boolean;
}

/** {@link SessionOptions} with every default filled in. */
export interface ResolvedOptions {
  readonly url: string;
  readonly protocol: Protocol;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly unsubscribeTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  readonly maxPendingOperations: number;
  readonly maxBufferedBytes: number;
  readonly refreshAheadMs: number;
  readonly highWatermark: number;
  readonly lowWatermark: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly maxAttempts: number;
  readonly minUptimeMs: number;
  readonly retryFirst: boolean;
  readonly shouldReconnect: (closeCode: number) => boolean;
}

/** What a number may be: above 0 and infinite too, where nothing else is said. */
interface Bounds {
  readonly fallback: number;
  /** Whether 0 is allowed. */
  readonly zero?: boolean;
  /** Whether `Infinity` is not. */
  readonly finite?: boolean;
}

const NUMBERS = {
  connectTimeoutMs: { fallback: 10_000 },
  closeTimeoutMs: { fallback: 5_000, finite: true },
  unsubscribeTimeoutMs: { fallback: 2_000 },
  requestTimeoutMs: { fallback: 5_000 },
  pingIntervalMs: { fallback: 20_000 },
  pongTimeoutMs: { fallback: 10_000, finite: true },
  maxPendingOperations: { fallback: 10_000 },
  maxBufferedBytes: { fallback: 16 * 1024 * 1024 },
  refreshAheadMs: { fallback: 30_000 },
  highWatermark: { fallback: 5_000 },
  lowWatermark: { fallback: 1_000, zero: true },
};

const RECONNECT_NUMBERS = {
  initialDelayMs: { fallback: 500, finite: true },
  maxDelayMs: { fallback: 20_000, finite: true },
  maxAttempts: { fallback: Infinity, zero: true },
  minUptimeMs: { fallback: 5_000, zero: true },
};

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a number is out of range; TypeError when the URL is not a `ws:` or `wss:` URL.
 */
export function resolveOptions(
  options: SessionOptions,
  defaults: { readonly protocol: Protocol; readonly shouldReconnect: (code: number) => boolean },
): ResolvedOptions {
  const reconnect = options.reconnect ?? {};
  checkUrl(options.url);
  const resolved = numbers("", options, NUMBERS);
  const { highWatermark } = resolved;
  const lowWatermark = options.lowWatermark ?? Math.min(resolved.lowWatermark, highWatermark / 2);
  if (lowWatermark > highWatermark)
    throw new RangeError(
      `lowWatermark must be at most highWatermark, ${highWatermark}, got ${lowWatermark}`,
    );
  return {
    url: options.url,
    protocol: options.protocol ?? defaults.protocol,
    ...resolved,
    lowWatermark,
    ...numbers("reconnect.", reconnect, RECONNECT_NUMBERS),
    retryFirst: reconnect.retryFirst ?? false,
    shouldReconnect: reconnect.shouldReconnect ?? defaults.shouldReconnect,
  };
}

function numbers<Name extends string>(
  prefix: string,
  given: { readonly [Key in NoInfer<Name>]?: number },
  table: { readonly [Key in Name]: Bounds },
): Record<Name, number> {
  const resolved = {} as Record<Name, number>;
  for (const name in table) {
    const bounds: Bounds = table[name];
    resolved[name] = duration(prefix + name, given[name], bounds.fallback, bounds);
  }
  return resolved;
}

/** Timers take at most this many milliseconds, on Node and in browsers; more would fire at once. */
const LARGEST_TIMER_MS = 2_147_483_647;

/**
 * Checks a number of milliseconds (or a count) that a caller gave.
 *
 * @returns The value, or the fallback where it is undefined.
 * @throws RangeError when it is not a number above 0 (from 0 up with `zero`; finite with `finite`), or is finite and
 *   more than a timer can take.
 */
export function duration(
  name: string,
  value: number | undefined,
  fallback: number,
  { zero = false, finite = false }: { readonly zero?: boolean; readonly finite?: boolean } = {},
): number {
  if (value === undefined) return fallback;
  const inside = zero ? value >= 0 : value > 0;
  const isInfinite = value === Infinity && !finite;
  if (typeof value === "number" && inside && (value <= LARGEST_TIMER_MS || isInfinite))
    return value;
  const least = zero ? "from 0" : "above 0";
  const orInfinite = finite ? "" : " or Infinity";
  throw new RangeError(
    `${name} must be a number ${least} up to ${LARGEST_TIMER_MS}${orInfinite}, got ${value}`,
  );
}

/**
 * Checks a text that a caller gave.
 *
 * @param choices - The texts that it may be; the first is what an undefined one means.
 * @throws RangeError for any other.
 */
export function choice<Text extends string>(
  name: string,
  choices: readonly Text[],
  given: Text | undefined = choices[0],
): Text {
  for (const text of choices) if (text === given) return text;
  throw new RangeError(`${name} must be one of ${choices.join(", ")}, got ${given}`);
}

function checkUrl(url: string): void {
  const demand = "url must be a ws: or wss: URL";
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new TypeError(demand, { cause });
  }
  const { protocol, hash } = parsed;
  if (protocol !== "ws:" && protocol !== "wss:") throw new TypeError(`${demand}, got ${protocol}`);
  // RFC 6455 §3.
  if (hash !== "") throw new TypeError("url must have no fragment");
}
