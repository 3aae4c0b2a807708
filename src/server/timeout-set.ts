/**
 * Holds things that all have the same time to live; the oldest is first, so that looking for what is
 * due costs nothing where nothing is.
 */
export class TimeoutSet<Item> {
  readonly #timeoutMs: number;
  readonly #dueMs = new Map<Item, number>();

  /** @param timeoutMs - Milliseconds to live; `Infinity` for ever. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** How many there are. */
  get size(): number {
    return this.#dueMs.size;
  }

  /** Adds an item, whose time runs from now. */
  add(item: Item, nowMs: number): void {
    this.#dueMs.set(item, nowMs + this.#timeoutMs);
  }

  /** Removes an item. @returns Whether it was there. */
  delete(item: Item): boolean {
    return this.#dueMs.delete(item);
  }

  /** Takes out what is due, and hands it over one by one. */
  expire(nowMs: number, onExpired: (item: Item) => void): void {
    for (const [item, dueMs] of this.#dueMs) {
      if (dueMs > nowMs) return;
      this.#dueMs.delete(item);
      onExpired(item);
    }
  }
}
