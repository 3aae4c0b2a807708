import { checkCount } from "./check-count.ts";
import {
  type MissingRange,
  type ResolvedSpan,
  resolveSpan,
  type SequenceReader,
} from "./sequence.ts";

/** What a {@link Sequencer} tells. None of the members may throw. */
export interface SequencerListener<Message> {
  /** The next message, in order: nothing is missing between it and the one before that was not told as lost. */
  delivered(message: Message): void;
  /** Numbers that should have come by now; each is told once. Ask for them, or wait. */
  missing?(range: MissingRange): void;
  /** Numbers that are given up; what follows them is delivered next. */
  lost?(range: MissingRange): void;
  /** A message that was delivered before, or is held already. It goes no further. */
  duplicated?(message: Message): void;
  /**
   * A message whose numbers are behind, and which is not known to have been delivered: it came after it was given
   * up, or the feed began to count anew. It goes no further.
   */
  regressed?(message: Message): void;
  /** A message whose numbers cannot be: no safe integers, or out of order. It goes no further. */
  malformed?(message: Message): void;
}

/** Settings of a {@link Sequencer}. */
export interface SequencerOptions<Message> {
  /** Reads a message's numbers. */
  readonly seq: SequenceReader<Message>;
  /**
   * The number that the first message follows.
   *
   * @defaultValue undefined: the first message decides
   */
  readonly startAfter?: number;
  /**
   * How many messages are held back while numbers before them are missing. One more, and what is missing first is
   * lost. 0 delivers at once, and each gap is lost as it is seen.
   *
   * @defaultValue 1,000
   */
  readonly maxHeld?: number;
  /**
   * How many delivered numbers are remembered, to tell a message that came twice from a feed that went back.
   *
   * @defaultValue 1,024
   */
  readonly maxRemembered?: number;
}

interface Held<Message> {
  readonly message: Message;
  readonly span: ResolvedSpan;
}

/**
 * Puts the messages of a numbered feed in order: what comes early is held back, what comes twice is dropped, and
 * what is missing is told exactly.
 *
 * Whatever a network does to a feed, the spans delivered and the ranges lost are, in the order told, its numbers
 * without hole or overlap. (A message that covers numbers from both sides of the position is delivered whole, since
 * it cannot be cut: feeds with such messages send absolute values.)
 *
 * Pure: no clock and no I/O. Whoever waits for what is missing calls {@link Sequencer.giveUp}.
 */
export class Sequencer<Message> {
  readonly #seq: SequenceReader<Message>;
  readonly #listener: SequencerListener<Message>;
  readonly #maxHeld: number;
  readonly #maxRemembered: number;
  #position: number | undefined;
  // The highest number seen: what is missing up to there was told.
  #highest = -1;
  // In order of the numbers that they follow: the first is the first that can be delivered.
  #held: Held<Message>[] = [];
  readonly #remembered = new Set<number>();

  /** @throws RangeError when a limit or `startAfter` is out of range. */
  constructor(options: SequencerOptions<Message>, listener: SequencerListener<Message>) {
    this.#seq = options.seq;
    this.#listener = listener;
    this.#maxHeld = checkCount("maxHeld", options.maxHeld ?? 1_000, 0);
    this.#maxRemembered = checkCount("maxRemembered", options.maxRemembered ?? 1_024, 0);
    if (options.startAfter !== undefined)
      this.#moveTo(checkCount("startAfter", options.startAfter, 0));
  }

  /** Number of the last change delivered or given up; undefined before the first. */
  get position(): number | undefined {
    return this.#position;
  }

  /** How many messages are held back. */
  get held(): number {
    return this.#held.length;
  }

  /** The ranges that are missing in front of what is held back, in order. */
  get missing(): readonly MissingRange[] {
    const ranges: MissingRange[] = [];
    let end = this.#position ?? -1;
    for (const { span } of this.#held) {
      if (span.previous > end) ranges.push({ from: end + 1, to: span.previous });
      end = Math.max(end, span.last);
    }
    return ranges;
  }

  /** Takes one message of the feed. */
  push(message: Message): void {
    const given = this.#seq(message);
    if (given === undefined) {
      this.#listener.delivered(message);
      return;
    }
    const span = resolveSpan(given);
    if (span === undefined) {
      this.#listener.malformed?.(message);
      return;
    }
    const position = this.#position ?? span.previous;
    if (span.last <= position) this.#behind(message, span);
    else if (span.previous <= position) this.#deliverAndGoOn({ message, span });
    else this.#hold({ message, span });
  }

  /**
   * Gives up what is missing up to a number, and delivers what was held back behind it. What is missing beyond the
   * number is still waited for.
   *
   * @param upTo - Defaults to everything that is missing.
   * @throws RangeError when the number is not an integer from 0 up.
   */
  giveUp(upTo: number = Number.MAX_SAFE_INTEGER): void {
    checkCount("upTo", upTo, 0);
    for (;;) {
      const first = this.#held[0];
      if (first === undefined || (this.#position ?? -1) >= upTo) return;
      this.#lose(Math.min(first.span.previous, upTo));
      this.#drain();
    }
  }

  /**
   * Goes on behind a number, as after a snapshot that holds everything up to it: what is held back and older is
   * dropped, what follows is delivered.
   *
   * @throws RangeError when the number is not an integer from 0 up.
   */
  resumeAfter(position: number): void {
    this.#remembered.clear();
    this.#moveTo(checkCount("position", position, 0));
    this.#held = this.#held.filter(({ span }) => span.last > position);
    this.#highest = this.#held.reduce((end, { span }) => Math.max(end, span.last), position);
    this.#drain();
  }

  /** Forgets its place: the next message is the first, as after a feed that counts anew. What is held back is dropped. */
  restart(): void {
    this.#position = undefined;
    this.#highest = -1;
    this.#held = [];
    this.#remembered.clear();
  }

  #behind(message: Message, span: ResolvedSpan): void {
    if (this.#remembered.has(span.last)) this.#listener.duplicated?.(message);
    else this.#listener.regressed?.(message);
  }

  #hold(entry: Held<Message>): void {
    const { span } = entry;
    if (this.#isHeld(span)) {
      this.#listener.duplicated?.(entry.message);
      return;
    }
    // From the end: what is held back mostly came in order.
    let index = this.#held.length;
    while (index > 0 && (this.#held[index - 1] as Held<Message>).span.previous > span.previous)
      index -= 1;
    const from = Math.max(this.#highest, this.#position ?? -1) + 1;
    this.#held.splice(index, 0, entry);
    this.#highest = Math.max(this.#highest, span.last);
    if (span.previous >= from) this.#listener.missing?.({ from, to: span.previous });
    while (this.#held.length > this.#maxHeld) {
      this.#lose((this.#held[0] as Held<Message>).span.previous);
      this.#drain();
    }
  }

  /** Whether one message that is held back has every number of a span. */
  #isHeld({ previous, last }: ResolvedSpan): boolean {
    if (last > this.#highest) return false;
    return this.#held.some(({ span }) => span.previous <= previous && span.last >= last);
  }

  #drain(): void {
    for (;;) {
      const first = this.#held[0];
      if (first === undefined || first.span.previous > (this.#position ?? -1)) return;
      this.#held.shift();
      // One that lies wholly in another's span has nothing new.
      if (first.span.last > (this.#position ?? -1)) this.#deliver(first);
      else this.#listener.duplicated?.(first.message);
    }
  }

  #deliverAndGoOn(entry: Held<Message>): void {
    this.#deliver(entry);
    if (this.#held.length > 0) this.#drain();
  }

  #deliver({ message, span }: Held<Message>): void {
    this.#moveTo(span.last);
    this.#remembered.add(span.last);
    if (this.#remembered.size > this.#maxRemembered) {
      const oldest = this.#remembered.values().next().value;
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#listener.delivered(message);
  }

  #lose(to: number): void {
    const from = (this.#position ?? -1) + 1;
    if (to < from) return;
    this.#moveTo(to);
    this.#listener.lost?.({ from, to });
  }

  #moveTo(position: number): void {
    this.#position = position;
    this.#highest = Math.max(this.#highest, position);
  }
}
