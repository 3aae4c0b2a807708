import { isRetriedByDefault } from "../protocol/default-retry.ts";
import type { ReconnectOptions, SessionOptions } from "../session/session-options.ts";
import type { SubscribeOptions } from "../session/topics/subscription-options.ts";
import type { AuthenticationSource } from "./authentication.ts";
import { demand } from "./checks.ts";

/** Settings of a core session: those of the whole one that it has a use for. */
export interface CoreOptions
  extends Pick<
    SessionOptions,
    | "url"
    | "connectTimeoutMs"
    | "closeTimeoutMs"
    | "unsubscribeTimeoutMs"
    | "requestTimeoutMs"
    | "pingIntervalMs"
    | "pongTimeoutMs"
    | "maxPendingOperations"
    | "reconnect"
  > {
  /**
   * Presents credentials on every connection: `authentication(token)`.
   *
   * @defaultValue none: the session stays `connected`
   */
  readonly authentication?: AuthenticationSource;
}

/** Settings of one subscription of a core session. */
export interface ReadOptions extends Pick<SubscribeOptions, "deadlineMs" | "signal" | "since"> {
  /**
   * How many events may wait for this subscription's handlers; more are dropped, and a `gap` in their place says so.
   *
   * @defaultValue 10,000
   */
  readonly maxQueuedEvents?: number;
}

/** Timers take at most this many milliseconds, on Node and in browsers; more would fire at once. */
export const LARGEST_TIMER_MS = 2_147_483_647;

/** The least number above 0. */
const ABOVE_ZERO: number = Number.MIN_VALUE;

const MAY_BE_ENDLESS = {
  connectTimeoutMs: 10_000,
  unsubscribeTimeoutMs: 2_000,
  requestTimeoutMs: 5_000,
  pingIntervalMs: 20_000,
  maxPendingOperations: 10_000,
};
const MUST_END = { closeTimeoutMs: 5_000, pongTimeoutMs: 10_000 };
const DELAYS = { initialDelayMs: 500, maxDelayMs: 20_000 };
const MAY_BE_ZERO: { readonly maxAttempts: number; readonly minUptimeMs: number } = {
  maxAttempts: Infinity,
  minUptimeMs: 5_000,
};

/** {@link CoreOptions} with every default filled in. */
export type Settings = typeof MAY_BE_ENDLESS &
  typeof MUST_END &
  typeof DELAYS &
  typeof MAY_BE_ZERO & {
    readonly url: string;
    readonly retryFirst: boolean;
    readonly shouldReconnect: (closeCode: number) => boolean;
  };

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a number is out of range; TypeError when the URL is not a `ws:` or `wss:` URL.
 */
export function settingsOf(options: CoreOptions): Settings {
  const { url, reconnect = {} } = options;
  const { retryFirst = false, shouldReconnect = isRetriedByDefault }: ReconnectOptions = reconnect;
  demand(/^wss?:$/.test(new URL(url).protocol) && !url.includes("#"), "url");
  return {
    ...numbers(options, MAY_BE_ENDLESS),
    ...numbers(options, MUST_END, ABOVE_ZERO, 0),
    ...numbers(reconnect, DELAYS, ABOVE_ZERO, 0),
    ...numbers(reconnect, MAY_BE_ZERO, 0),
    url,
    retryFirst,
    shouldReconnect,
  };
}

function numbers<Name extends string>(
  given: { readonly [Key in NoInfer<Name>]?: number },
  defaults: { readonly [Key in Name]: number },
  least?: number,
  most?: number,
): Record<Name, number> {
  const resolved = {} as Record<Name, number>;
  for (const name in defaults)
    resolved[name] = numberOf(name, given[name], defaults[name], least, most);
  return resolved;
}

/**
 * Checks a number that a caller gave.
 *
 * @param most - What it may be besides what a timer can take: `Infinity`, or 0 for nothing.
 * @throws RangeError when it is no number, less than it may be, or more than a timer can take.
 */
export function numberOf(
  name: string,
  value: number | undefined,
  fallback: number,
  least: number = ABOVE_ZERO,
  most: number = Infinity,
): number {
  if (value === undefined) return fallback;
  const isFine = value >= least && (value <= LARGEST_TIMER_MS || value === most);
  demand(isFine && typeof value === "number", `${name}: ${value}`, RangeError);
  return value;
}
