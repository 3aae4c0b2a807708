/** What a message that took a token may do. */
export type RateVerdict = "allowed" | "refused" | "excessive";

/** A bucket's contents: two numbers in whatever object owns it, so that a session needs no second one. */
export interface TokenBucket {
  /** Tokens left; below 0 while the owner is over its rate. */
  tokens: number;
  /** When `tokens` was true, in milliseconds of the caller's clock. */
  refilledAtMs: number;
}

/** How fast and how far buckets fill. */
export interface RateLimit {
  /** Tokens a second; `Infinity` allows everything. */
  readonly perSecond: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
}

/**
 * Takes one token.
 *
 * A message that finds no token is refused and still takes one: who keeps sending above the rate
 * sinks, and at one whole burst below empty the verdict is `excessive`.
 */
export function takeToken(bucket: TokenBucket, limit: RateLimit, nowMs: number): RateVerdict {
  if (limit.perSecond === Number.POSITIVE_INFINITY) return "allowed";
  const refill = ((nowMs - bucket.refilledAtMs) * limit.perSecond) / 1000;
  bucket.tokens = Math.min(limit.burst, bucket.tokens + refill) - 1;
  bucket.refilledAtMs = nowMs;
  if (bucket.tokens >= 0) return "allowed";
  return bucket.tokens < -limit.burst ? "excessive" : "refused";
}
