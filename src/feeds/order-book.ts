import { type Decimal, type DecimalType, decimal } from "../decimal/index.ts";
import { type BookLevel, BookSide } from "./book-side.ts";
import { checkCount } from "./check-count.ts";
import { FeedError } from "./feed-error.ts";
import type { StaleReason } from "./snapshot-sync.ts";

/** A price and a size as a feed sends them: texts, never JavaScript numbers. */
export type BookEntry = readonly [price: string | Decimal, size: string | Decimal];

/** Levels of both sides; a side that is left out is unchanged (in a snapshot: empty). */
export interface BookUpdate {
  /** What is wanted, in any order. */
  readonly bids?: readonly BookEntry[];
  /** What is offered, in any order. */
  readonly asks?: readonly BookEntry[];
}

/** Why a book is not shown. */
export type BookStaleReason =
  | StaleReason
  | {
      /** A price or a size is no decimal of its type, or a size is below zero. */
      readonly type: "malformed";
      /** What is wrong with it. */
      readonly cause: unknown;
    }
  | {
      /** Every level of a side is gone but those that were forgotten, because they were more than `maxLevels`. */
      readonly type: "exhausted";
    };

/** A book, or why there is none. */
export type BookView =
  | {
      /** The book is whole. */
      readonly state: "live";
      /** The highest price first. */
      readonly bids: readonly BookLevel[];
      /** The lowest price first. */
      readonly asks: readonly BookLevel[];
    }
  | {
      /** The book may be wrong, and is not shown. */
      readonly state: "stale";
      /** Why. */
      readonly reason: BookStaleReason;
    };

/** The top of an order book; undefined for a side that is empty. */
export interface BestPrices {
  /** The highest bid. */
  readonly bid: BookLevel | undefined;
  /** The lowest ask. */
  readonly ask: BookLevel | undefined;
}

/** Settings of an {@link OrderBook}. */
export interface OrderBookOptions {
  /** The type of prices. @defaultValue DECIMAL(38, 18) without rounding: a price with more digits is malformed */
  readonly priceType?: DecimalType;
  /** The type of sizes. @defaultValue DECIMAL(38, 18) without rounding */
  readonly sizeType?: DecimalType;
  /**
   * How many levels a side keeps; the worst are forgotten. What is shown has no hole: until the next snapshot nothing
   * beyond a forgotten level is shown, and where all the others of a side are gone the book is stale (`exhausted`).
   *
   * @defaultValue 10,000
   */
  readonly maxLevels?: number;
}

const UNSYNCED: BookStaleReason = { type: "unsynced" };

/**
 * Keeps an order book of exact prices, and refuses to show it while it may be wrong: before the first snapshot,
 * from a gap to the snapshot after it, after a change that makes no sense, and where it has forgotten too much.
 *
 * Sizes are absolute: a change sets what there is at a price, and zero removes the level.
 *
 * @example
 * ```ts
 * const book = new OrderBook();
 * const sync = new SnapshotSync<Depth, BookUpdate>(
 *   { seq: ({ U, u }) => ({ first: U, last: u }), fetchSnapshot },
 *   {
 *     synced: (snapshot) => book.replace(snapshot),
 *     changed: ({ b, a }) => book.apply({ bids: b, asks: a }),
 *     stale: (reason) => book.invalidate(reason),
 *   },
 * );
 * ```
 */
export class OrderBook {
  readonly #priceType: DecimalType;
  readonly #sizeType: DecimalType;
  readonly #maxLevels: number;
  readonly #bids = new BookSide("bids");
  readonly #asks = new BookSide("asks");
  #stale: BookStaleReason | undefined = UNSYNCED;

  /** @throws RangeError when `maxLevels` is not an integer from 1 up. */
  constructor(options: OrderBookOptions = {}) {
    this.#priceType = options.priceType ?? defaultType();
    this.#sizeType = options.sizeType ?? defaultType();
    this.#maxLevels = checkCount("maxLevels", options.maxLevels ?? 10_000, 1);
  }

  /** Why the book is not shown; undefined while it is. */
  get staleReason(): BookStaleReason | undefined {
    return this.#stale;
  }

  /**
   * Puts a snapshot in the book's place: it is live from here on.
   *
   * @returns False where an entry makes no sense: the book is stale then, and empty.
   */
  replace(snapshot: BookUpdate): boolean {
    this.#bids.clear();
    this.#asks.clear();
    this.#stale = undefined;
    return this.apply(snapshot);
  }

  /**
   * Applies one change. While the book is stale it does nothing: the snapshot to come has it.
   *
   * @returns Whether the book is live. An entry that makes no sense makes it stale, and nothing of the change is applied;
   *   so does a side of which nothing is left but what was forgotten.
   */
  apply(update: BookUpdate): boolean {
    if (this.#stale !== undefined) return false;
    let bids: readonly BookLevel[];
    let asks: readonly BookLevel[];
    try {
      bids = (update.bids ?? []).map((entry) => this.#read(entry));
      asks = (update.asks ?? []).map((entry) => this.#read(entry));
    } catch (cause) {
      this.invalidate({ type: "malformed", cause });
      return false;
    }
    for (const level of bids) this.#bids.set(level);
    for (const level of asks) this.#asks.set(level);
    this.#bids.trim(this.#maxLevels);
    this.#asks.trim(this.#maxLevels);
    if (!this.#bids.isExhausted && !this.#asks.isExhausted) return true;
    this.invalidate({ type: "exhausted" });
    return false;
  }

  /** Stops to show the book, until the next snapshot. */
  invalidate(reason: BookStaleReason): void {
    this.#stale = reason;
    this.#bids.clear();
    this.#asks.clear();
  }

  /**
   * Returns the best levels of both sides, or why there are none. Never throws.
   *
   * @param depth - How many levels a side. Defaults to all.
   */
  view(depth: number = Infinity): BookView {
    if (this.#stale !== undefined) return { state: "stale", reason: this.#stale };
    return { state: "live", bids: this.#bids.top(depth), asks: this.#asks.top(depth) };
  }

  /**
   * Returns the bids, the highest first.
   *
   * @throws FeedError `BOOK_STALE` while the book is not shown.
   */
  bids(depth: number = Infinity): readonly BookLevel[] {
    this.#assertLive();
    return this.#bids.top(depth);
  }

  /**
   * Returns the asks, the lowest first.
   *
   * @throws FeedError `BOOK_STALE` while the book is not shown.
   */
  asks(depth: number = Infinity): readonly BookLevel[] {
    this.#assertLive();
    return this.#asks.top(depth);
  }

  /**
   * Returns the best bid and the best ask; undefined for a side that is empty.
   *
   * @throws FeedError `BOOK_STALE` while the book is not shown.
   */
  best(): BestPrices {
    this.#assertLive();
    return { bid: this.#bids.best, ask: this.#asks.best };
  }

  #assertLive(): void {
    const reason = this.#stale;
    if (reason === undefined) return;
    const cause = reason.type === "malformed" ? { cause: reason.cause } : undefined;
    throw new FeedError("BOOK_STALE", `the order book is stale: ${reason.type}`, cause);
  }

  #read([price, size]: BookEntry): BookLevel {
    const level = { price: this.#priceType.from(price), size: this.#sizeType.from(size) };
    if (level.size.sign() < 0) throw new RangeError(`a size is from 0 up, got ${level.size}`);
    return level;
  }
}

/** Made when asked for, so that who needs no book loads no decimals. */
function defaultType(): DecimalType {
  return decimal(38, 18, { rounding: "exact" });
}
