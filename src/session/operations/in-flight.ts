const LEAST_SLOTS = 16;
/** As many as a busy session has unanswered. */
const MOST_SLOTS = 1_024;

/**
 * Finds what was written by its id on the wire.
 *
 * Ids only grow and answers come mostly in order, so that a ring of slots holds nearly everything. A `Map` alone does
 * the same and costs a busy session a third of its time: V8 makes its table anew as entries come and go, each old table
 * refers to the next, and once one of them has outlived its youth, so does everything that the later ones ever held.
 */
export class InFlight<T> {
  #values: (T | undefined)[] = [];
  #ids: number[] = [];
  /** What a later id took the slot of: unanswered for long. */
  readonly #late = new Map<number, T>();
  #inSlots = 0;

  constructor() {
    this.#resize(LEAST_SLOTS);
  }

  /** How many ids are unanswered. */
  get size(): number {
    return this.#inSlots + this.#late.size;
  }

  /** Returns what has an id, or undefined where nothing has. */
  get(id: number): T | undefined {
    const slot = this.#slotOf(id);
    return this.#ids[slot] === id ? this.#values[slot] : this.#late.get(id);
  }

  /** Adds something under an id that is larger than all before it. */
  add(id: number, value: T): void {
    let slot = this.#slotOf(id);
    while (this.#values[slot] !== undefined && this.#ids.length < MOST_SLOTS) {
      this.#grow();
      slot = this.#slotOf(id);
    }
    const before = this.#values[slot];
    if (before === undefined) this.#inSlots += 1;
    else this.#late.set(this.#ids[slot] as number, before);
    this.#ids[slot] = id;
    this.#values[slot] = value;
  }

  /** Forgets an id. */
  delete(id: number): void {
    const slot = this.#slotOf(id);
    if (this.#ids[slot] !== id) {
      this.#late.delete(id);
    } else if (this.#values[slot] !== undefined) {
      this.#values[slot] = undefined;
      this.#inSlots -= 1;
    }
  }

  /** Takes everything, in the order of the ids. */
  drain(): T[] {
    if (this.size === 0) return [];
    const late = [...this.#late.keys()];
    const ids = [...late, ...this.#ids.filter((_, slot) => this.#values[slot] !== undefined)];
    const values = ids.sort((a, b) => a - b).map((id) => this.get(id) as T);
    this.#late.clear();
    this.#resize(LEAST_SLOTS);
    return values;
  }

  /** Walks everything, in no order. */
  *[Symbol.iterator](): Iterator<T> {
    yield* this.#late.values();
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  #slotOf(id: number): number {
    return id & (this.#ids.length - 1);
  }

  #grow(): void {
    const [ids, values] = [this.#ids, this.#values];
    this.#resize(ids.length * 2);
    for (const [slot, value] of values.entries())
      if (value !== undefined) this.add(ids[slot] as number, value);
  }

  #resize(slots: number): void {
    this.#ids = new Array<number>(slots).fill(0);
    this.#values = new Array<T | undefined>(slots).fill(undefined);
    this.#inSlots = 0;
  }
}
