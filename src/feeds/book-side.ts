import type { Decimal } from "../decimal/index.ts";

/** One price of an order book, and how much is offered or wanted at it. */
export interface BookLevel {
  /** The price, in the book's price type. */
  readonly price: Decimal;
  /** How much there is at it: above zero, in the book's size type. */
  readonly size: Decimal;
}

/** The levels of one side, the best first: an array in order of price, searched by halves. */
export class BookSide {
  readonly #isBetter: (price: Decimal, other: Decimal) => boolean;
  // The best last: most changes are near the best price, and the end of an array is the cheap place to change.
  #levels: BookLevel[] = [];
  // Beyond it levels were forgotten, and what comes there has holes; undefined where all are known.
  #horizon: Decimal | undefined;

  /** @param side - Bids are best when high, asks when low. */
  constructor(side: "bids" | "asks") {
    this.#isBetter =
      side === "bids" ? (price, other) => price.gt(other) : (price, other) => price.lt(other);
  }

  /** How many levels there are. */
  get size(): number {
    return this.#levels.length;
  }

  /** The best level; undefined where there is none. */
  get best(): BookLevel | undefined {
    return this.#levels.at(-1);
  }

  /** Whether nothing is known of it any more: every level that was not forgotten is gone. */
  get isExhausted(): boolean {
    return this.#horizon !== undefined && this.#levels.length === 0;
  }

  /** Returns the best levels, the best first. */
  top(depth: number): readonly BookLevel[] {
    // From the end; `slice(-0)` would be all of them.
    return depth > 0 ? this.#levels.slice(-depth).reverse() : [];
  }

  /** Sets how much there is at a price; nothing removes the level. One beyond those that were forgotten is forgotten. */
  set(level: BookLevel): void {
    if (this.#horizon !== undefined && this.#isBetter(this.#horizon, level.price)) return;
    const index = this.#search(level.price);
    const isThere = this.#levels[index]?.price.equals(level.price) === true;
    if (level.size.isZero()) {
      if (isThere) this.#levels.splice(index, 1);
    } else this.#levels.splice(index, isThere ? 1 : 0, level);
  }

  /** Forgets the worst levels beyond a number of them. */
  trim(maxLevels: number): void {
    if (this.#levels.length <= maxLevels) return;
    this.#levels.splice(0, this.#levels.length - maxLevels);
    this.#horizon = this.#levels[0]?.price;
  }

  /** Forgets everything. */
  clear(): void {
    this.#levels = [];
    this.#horizon = undefined;
  }

  /** Index of the first level that is not worse than a price. */
  #search(price: Decimal): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBetter(price, (this.#levels[middle] as BookLevel).price)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
