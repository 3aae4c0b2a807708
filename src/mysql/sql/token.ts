/**
 * What a token is.
 *
 * - `space`, `comment`: nothing to the server. A comment of `--` or `#` excludes its line's end.
 * - `version-open`, `version-close`: `/*!50003`, `/*M!` and the `*` `/` that ends it. What stands between is tokens like any other.
 * - `word`: an unquoted name, keyword or introducer (`_utf8mb4`).
 * - `name`: a name in backticks, or in double quotes under ANSI_QUOTES.
 * - `string`: also `N'…'`. `hex`: `0xFF`, `x'FF'`. `bit`: `0b01`, `b'01'`. `number`.
 * - `user-variable`: `@v`, `@'v'`; also the host part of an account. `system-variable`: `@@session.sql_mode`.
 * - `symbol`: an operator or a mark, the longest that fits.
 * - `unplaced`: an unterminated string, name or comment, or a character that SQL does not have; readers refuse it.
 */
export type TokenKind =
  | "space"
  | "comment"
  | "version-open"
  | "version-close"
  | "word"
  | "name"
  | "string"
  | "number"
  | "hex"
  | "bit"
  | "user-variable"
  | "system-variable"
  | "symbol"
  | "unplaced";

/** A part of a text. */
export interface Span {
  /** Offset of the first character, in UTF-16 units from the text's beginning. */
  readonly start: number;
  /** Offset behind the last character. */
  readonly end: number;
}

/** One token. All tokens of a text, joined, are the text again. */
export interface Token extends Span {
  /** What it is. */
  readonly kind: TokenKind;
  /** Its characters, exactly. */
  readonly text: string;
  /** For a word its text in capitals, so that keywords compare; for a symbol its text; else empty. */
  readonly word: string;
}

/** The `word` of a token; empty in front of the first one and behind the last. */
export function wordAt(tokens: readonly Token[], index: number): string {
  return tokens[index]?.word ?? "";
}

/** Whether the server ignores a token. */
export function isBlank(token: Token): boolean {
  return token.kind === "space" || token.kind === "comment";
}
