/** What the soak test found wrong; all of it must stay 0. */
export interface Faults {
  /** Events that neither came nor were told as a gap. */
  lost: number;
  /** Events that came twice. */
  duplicated: number;
  /** Events that came behind a later one. */
  reordered: number;
  /** Events that came after their unsubscribe had settled. */
  late: number;
  /** Closes whose receipt is not clean though the link held. */
  uncleanCloses: number;
  /** Tokens that ended as they may not. */
  badTokens: number;
}

/** Makes faults that all stand at 0. */
export function noFaults(): Faults {
  return { lost: 0, duplicated: 0, reordered: 0, late: 0, uncleanCloses: 0, badTokens: 0 };
}

/** Follows one topic of one subscription: every number once, in order, or told as a gap. */
export class TopicAccount {
  readonly #faults: Faults;
  #last: number | undefined;
  #ended = false;
  /** Events handled. */
  handled = 0;
  /** Events told as a gap. */
  gaps = 0;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Takes the position that the subscribe was answered with. */
  begin(seq: number): void {
    this.#last ??= seq;
  }

  /** Takes an event. */
  event(seq: number): void {
    this.handled += 1;
    if (this.#ended) this.#faults.late += 1;
    if (this.#last !== undefined) {
      if (seq === this.#last) this.#faults.duplicated += 1;
      else if (seq < this.#last) this.#faults.reordered += 1;
      else this.#faults.lost += seq - this.#last - 1;
    }
    this.#last = Math.max(this.#last ?? 0, seq);
  }

  /** Takes a gap. */
  gap(from: number, to: number | null): void {
    if (to === null) return;
    this.gaps += to - from + 1;
    if (this.#last !== undefined && from > this.#last + 1)
      this.#faults.lost += from - this.#last - 1;
    this.#last = to;
  }

  /** Takes the end, and what the peer says was the last. */
  end(lastSeq: number | undefined): void {
    this.#ended = true;
    if (lastSeq !== undefined && this.#last !== undefined)
      this.#faults.lost += Math.max(0, lastSeq - this.#last);
  }
}
