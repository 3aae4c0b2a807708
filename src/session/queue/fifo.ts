const LEAST_SLOTS = 16;
/** More slots than this are let go of as soon as nothing waits. */
const MOST_EMPTY_SLOTS = 1_024;

/**
 * Is a first-in, first-out list with O(1) `push` and `shift` (an array's own `shift` moves every element once it has
 * grown): a ring of slots, as many as a power of two, that stay when nothing waits and so need not grow again.
 */
export class Fifo<T> {
  #slots: (T | undefined)[] = [];
  #head = 0;
  #size = 0;

  /** How many items wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item behind all others. */
  push(item: T): void {
    if (this.#size === this.#slots.length) this.#refill([...this]);
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = item;
    this.#size += 1;
  }

  /** Adds items in front of all others, in order. */
  unshift(items: readonly T[]): void {
    this.#refill([...items, ...this]);
  }

  /** Returns the first item without taking it, or undefined where there is none. */
  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** Takes the first item, or returns undefined where there is none. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    // The slot must not keep the item alive.
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#size -= 1;
    if (this.#size === 0 && this.#slots.length > MOST_EMPTY_SLOTS) this.#refill([]);
    return item;
  }

  /** Keeps the items that the predicate accepts, in order. */
  retain(keep: (item: T) => boolean): void {
    this.#refill([...this].filter(keep));
  }

  /** Takes everything, in order. */
  drain(): T[] {
    const all = [...this];
    this.#refill([]);
    return all;
  }

  /** Walks the items in order, without taking them. */
  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.#size; index += 1)
      yield this.#slots[(this.#head + index) & (this.#slots.length - 1)] as T;
  }

  /** Holds these items instead, with room for one more. */
  #refill(items: (T | undefined)[]): void {
    let slots = LEAST_SLOTS;
    this.#size = items.length;
    while (slots <= this.#size) slots *= 2;
    while (items.length < slots) items.push(undefined);
    this.#slots = items;
    this.#head = 0;
  }
}
