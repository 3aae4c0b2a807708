import type { Span } from "./token.ts";

/** One change of a text: what stands in the span becomes `text`. An empty span inserts. */
export interface Edit extends Span {
  /** What stands there afterwards. */
  readonly text: string;
}

/**
 * Changes a text by offsets; everything outside the spans stays as it is, byte for byte.
 *
 * @param edits - In any order. Two insertions at one place keep their order in the array, and come before a replacement that
 *   begins there.
 * @throws RangeError where a span lies outside of the text, or two overlap.
 */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  const ordered = edits
    .map((edit, index) => ({ edit, index }))
    .toSorted(
      (a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.index - b.index,
    );
  let result = "";
  let at = 0;
  for (const { edit } of ordered) {
    if (edit.start < at || edit.end < edit.start || edit.end > source.length) {
      throw new RangeError(
        `an edit of ${edit.start} to ${edit.end} overlaps another, or leaves the text of ${source.length} characters`,
      );
    }
    result += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + source.slice(at);
}
