/** Where a message of a numbered feed belongs. Numbers are safe integers from 0 up. */
export interface SequenceSpan {
  /** Number of the first change in the message. @defaultValue `last`: one message, one number */
  readonly first?: number;
  /** Number of the last change in the message. */
  readonly last: number;
  /**
   * Number that the message follows, where the feed says it and its numbers have holes of their own.
   *
   * @defaultValue `first - 1`
   */
  readonly previous?: number;
}

/** Reads a message's place in its feed; undefined for a message that has none and passes as it is. */
export type SequenceReader<Message> = (message: Message) => SequenceSpan | undefined;

/** Numbers that are missing, both ends included. Of a feed with holes of its own, not each of them exists. */
export interface MissingRange {
  /** The first number that is missing. */
  readonly from: number;
  /** The last number that is missing. */
  readonly to: number;
}

/** A span with everything filled in. */
export interface ResolvedSpan {
  readonly first: number;
  readonly last: number;
  readonly previous: number;
}

/** Fills in what a span leaves out. Returns undefined where the numbers cannot be. */
export function resolveSpan(span: SequenceSpan): ResolvedSpan | undefined {
  const { last } = span;
  const first = span.first ?? (span.previous === undefined ? last : span.previous + 1);
  const previous = span.previous ?? first - 1;
  const isSane =
    Number.isSafeInteger(last) &&
    Number.isSafeInteger(first) &&
    Number.isSafeInteger(previous) &&
    previous >= -1 &&
    previous < first &&
    first <= last;
  return isSane ? { first, last, previous } : undefined;
}
