/** A member that knows its place, so that it is removed without a search. */
export interface Indexed {
  /** Where it is; -1 while it is nowhere. Only {@link TopicSubscribers} writes it. */
  index: number;
}

/**
 * Holds a topic's subscribers: adding, and removing even in the middle of a fan-out, take constant time.
 *
 * Outside a fan-out a removed place is filled with the last member. Within one it is left empty
 * until the end, so that nobody is visited twice or not at all.
 */
export class TopicSubscribers<Member extends Indexed> {
  readonly #places: (Member | null)[] = [];
  #empty = 0;
  #visits = 0;

  /** How many members there are. */
  get size(): number {
    return this.#places.length - this.#empty;
  }

  /** Adds a member; a fan-out under way does not visit it. */
  add(member: Member): void {
    member.index = this.#places.length;
    this.#places.push(member);
  }

  /** Removes a member; a fan-out under way does not visit it any more. */
  remove(member: Member): void {
    const { index } = member;
    if (index < 0) return;
    member.index = -1;
    if (this.#visits > 0) {
      this.#places[index] = null;
      this.#empty += 1;
      return;
    }
    const last = this.#places.pop() as Member;
    if (last !== member) {
      this.#places[index] = last;
      last.index = index;
    }
  }

  /** Visits every member that was there at the call and still is at its turn. */
  forEach(visit: (member: Member) => void): void {
    this.#visits += 1;
    const end = this.#places.length;
    for (let index = 0; index < end; index += 1) {
      const member = this.#places[index];
      if (member) visit(member);
    }
    this.#visits -= 1;
    if (this.#visits === 0 && this.#empty > 0) this.#compact();
  }

  #compact(): void {
    let to = 0;
    for (const member of this.#places) {
      if (member === null) continue;
      member.index = to;
      this.#places[to] = member;
      to += 1;
    }
    this.#places.length = to;
    this.#empty = 0;
  }
}
