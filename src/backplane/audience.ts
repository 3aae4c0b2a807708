import type { BackplaneEvent, BackplaneListener } from "./backplane.ts";

interface Carried {
  readonly event: BackplaneEvent;
  /** How many events were carried before it, and it. */
  readonly number: number;
}

/**
 * Is who listens to one topic. All hear one order: what is published while an event is being carried waits for its
 * end.
 */
export class Audience {
  /** After how many carried events each of them joined. */
  readonly #listeners = new Map<BackplaneListener, number>();
  #count = 0;
  #waiting: Carried[] | null = null;

  /** How many listen. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Adds a listener, who hears what is carried from now on. */
  add(listener: BackplaneListener): void {
    this.#listeners.set(listener, this.#count);
  }

  /** Removes a listener, who hears nothing more; without one, all. */
  remove(listener: BackplaneListener | undefined): void {
    if (listener === undefined) this.#listeners.clear();
    else this.#listeners.delete(listener);
  }

  /** Brings an event to everyone who joined before it. */
  carry(event: BackplaneEvent): void {
    this.#count += 1;
    const carried = { event, number: this.#count };
    if (this.#waiting !== null) {
      this.#waiting.push(carried);
      return;
    }
    const waiting = [carried];
    this.#waiting = waiting;
    try {
      for (let next = 0; next < waiting.length; next += 1) this.#bring(waiting[next] as Carried);
    } finally {
      this.#waiting = null;
    }
  }

  #bring({ event, number }: Carried): void {
    // A listener who joins while it runs is behind it already; one who leaves is not visited any more.
    for (const [listener, joinedAfter] of this.#listeners)
      if (joinedAfter < number) listener(event);
  }
}
