/**
 * Numbered feeds of others: order, gaps, resync, an order book that is never shown across a gap, and silence.
 *
 * Pure but for the default clock of `watchSubscription`: no sockets, nothing of Node.
 *
 * @module feeds
 */
export type { BookLevel } from "./book-side.ts";
export { FEED_ERROR_CODES, FeedError, type FeedErrorCode } from "./feed-error.ts";
export {
  type BestPrices,
  type BookEntry,
  type BookStaleReason,
  type BookUpdate,
  type BookView,
  OrderBook,
  type OrderBookOptions,
} from "./order-book.ts";
export {
  RangeRecovery,
  type RangeRecoveryListener,
  type RangeRecoveryOptions,
} from "./range-recovery.ts";
export type { MissingRange, SequenceReader, SequenceSpan } from "./sequence.ts";
export { Sequencer, type SequencerListener, type SequencerOptions } from "./sequencer.ts";
export { type SilenceListener, SilenceWatch } from "./silence-watch.ts";
export {
  type FeedSnapshot,
  SnapshotSync,
  type SnapshotSyncListener,
  type SnapshotSyncOptions,
  type StaleReason,
} from "./snapshot-sync.ts";
export {
  type WatchedSession,
  type WatchedSubscription,
  type WatchOptions,
  watchSubscription,
} from "./watch-subscription.ts";
