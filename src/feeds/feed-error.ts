/** Every code of a {@link FeedError}. Each has a row in `docs/guides/feeds.md`. */
export const FEED_ERROR_CODES = ["BOOK_STALE", "SNAPSHOT_FAILED", "RANGE_FAILED"] as const;

/** One of {@link FEED_ERROR_CODES}. */
export type FeedErrorCode = (typeof FEED_ERROR_CODES)[number];

/**
 * Says why a feed cannot be trusted now.
 *
 * - `BOOK_STALE`: an order book was read while it is not known to be whole; the book stays as it is
 * - `SNAPSHOT_FAILED`: no snapshot that fits could be had in the attempts allowed; the feed stays stale
 * - `RANGE_FAILED`: what was missing could not be fetched; it was told as lost
 */
export class FeedError extends Error {
  /** Stable identifier. */
  readonly code: FeedErrorCode;

  /** Made by this library. */
  constructor(code: FeedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FeedError";
    this.code = code;
  }
}
