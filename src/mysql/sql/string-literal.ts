import type { SqlMode } from "./sql-mode.ts";

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["0", "\0"],
  ["b", "\b"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["Z", "\u001a"],
  // Kept with their backslash, since they mean something to LIKE only.
  ["%", "\\%"],
  ["_", "\\_"],
]);

/**
 * Reads a string as written.
 *
 * @param text - A `string` token's text, quotes included; an `N` in front is ignored.
 * @param mode - The mode of the text that it stands in.
 */
export function readString(text: string, mode: SqlMode): string {
  const from = text.startsWith("N") || text.startsWith("n") ? 1 : 0;
  const quote = text.charAt(from);
  const inner = text.slice(from + 1, -1);
  if (mode.noBackslashEscapes) return inner.replaceAll(quote + quote, quote);
  return inner.replace(/\\(.)|''|""/gsu, (match, escaped: string | undefined) => {
    if (escaped !== undefined) return ESCAPES.get(escaped) ?? escaped;
    return match.startsWith(quote) ? quote : match;
  });
}

/**
 * Writes a string so that a text of this mode reads it back exactly. For text that we make; values are bound.
 *
 * @throws RangeError where no literal can hold it: a NUL under NO_BACKSLASH_ESCAPES.
 */
export function writeString(value: string, mode: SqlMode): string {
  if (mode.noBackslashEscapes) {
    if (value.includes("\0")) throw new RangeError("a NUL needs backslash escapes");
    return `'${value.replaceAll("'", "''")}'`;
  }
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''").replaceAll("\0", "\\0")}'`;
}
