const MAX_ENTRIES = 5_000;

/**
 * Everything that happened, in the order in which it happened: what the panels show, and what a console or a test reads.
 *
 * Entries: `{ number, atMs, kind, ... }` with the kinds `state`, `session` (an event of the session's queue), `topic` (an
 * event of a topic, delivered), `token` (a token settled), `gap`, `closed`, `error` and `receipt`.
 */
export class Journal {
  #entries = [];
  #listeners = new Set();
  #count = 0;

  /** The last entries, oldest first. */
  get entries() {
    return this.#entries;
  }

  /** Adds an entry. */
  add(kind, details) {
    this.#count += 1;
    const entry = { number: this.#count, atMs: performance.now(), kind, ...details };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.splice(0, MAX_ENTRIES / 10);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Calls a listener with each entry from here on. */
  onEntry(listener) {
    this.#listeners.add(listener);
  }
}
