/** Is the place of a name in an {@link OldestFirst}, whose business alone its members are. */
export class Place {
  /** Whose place it is. */
  readonly name: string;
  isTaken = false;
  older: Place | null = null;
  newer: Place | null = null;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Keeps names in the order in which they were last put, and gives the oldest without a search: in a `Map`, what was
 * deleted at its front has to be passed each time.
 */
export class OldestFirst {
  #oldest: Place | null = null;
  #newest: Place | null = null;

  /** Puts a name behind all others. */
  put(place: Place): void {
    this.delete(place);
    place.isTaken = true;
    place.older = this.#newest;
    if (this.#newest === null) this.#oldest = place;
    else this.#newest.newer = place;
    this.#newest = place;
  }

  /** Removes a name; does nothing where it is not there. */
  delete(place: Place): void {
    if (!place.isTaken) return;
    const { older, newer } = place;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    place.isTaken = false;
    place.older = null;
    place.newer = null;
  }

  /** Takes the oldest out; undefined where there is none. */
  take(): string | undefined {
    const oldest = this.#oldest;
    if (oldest === null) return undefined;
    this.delete(oldest);
    return oldest.name;
  }
}
