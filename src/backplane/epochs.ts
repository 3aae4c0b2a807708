/**
 * Names the epochs of topics: another one each time that a topic is forgotten, and the same one for as long as it is not.
 *
 * Which topics were forgotten is remembered up to a number of them. Beyond it the oldest is not, and every topic
 * that is unknown is taken for one that may have been forgotten then.
 */
export class Epochs {
  readonly #life: string;
  readonly #maxNames: number;
  /** When each topic was forgotten last, by the count of all that were; the oldest first. */
  readonly #forgotten = new Map<string, number>();
  #count = 0;
  /** When those were forgotten that are not remembered any more. */
  #floor = 0;

  /**
   * @param life - Names the life of the backplane.
   * @param maxNames - How many forgotten topics to remember.
   */
  constructor(life: string, maxNames: number) {
    this.#life = life;
    this.#maxNames = maxNames;
  }

  /** The epoch of a topic that is unknown, or begins now. */
  of(topic: string): string {
    const forgotten = this.#forgotten.get(topic) ?? this.#floor;
    return forgotten === 0 ? this.#life : `${this.#life}-${forgotten.toString(36)}`;
  }

  /** A topic is forgotten: its epoch must not come back. */
  forget(topic: string): void {
    this.#count += 1;
    this.#forgotten.delete(topic);
    this.#forgotten.set(topic, this.#count);
    if (this.#forgotten.size <= this.#maxNames) return;
    for (const [oldest, count] of this.#forgotten) {
      this.#forgotten.delete(oldest);
      this.#floor = count;
      return;
    }
  }

  /** All topics are forgotten. */
  forgetAll(): void {
    this.#count += 1;
    this.#forgotten.clear();
    this.#floor = this.#count;
  }
}
