import type { SqlMode } from "./sql-mode.ts";
import type { Token, TokenKind } from "./token.ts";

// ASCII's own spaces: to the server a no-break space is a letter.
const SPACE = /[ \t\n\v\f\r]+/y;
// `--` starts a comment only before white space, a control character or the end: `5--1` is 6.
const LINE_COMMENT = /(?:#|--(?![!-~\u0080-\uffff]))[^\n]*/y;
const VERSION_OPEN = /\/\*M?!\d*/y;
// The server's rule: letters, digits, `_`, `$` and everything above ASCII.
const WORD = /[\w$\u0080-\uffff]+/y;
const DIGITS_WORD = /\d+[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y;
const HEX = /0x[\da-fA-F]+(?![\w$\u0080-\uffff])|[xX]'[\da-fA-F]*'/y;
const BIT = /0b[01]+(?![\w$\u0080-\uffff])|[bB]'[01]*'/y;
// Not the first dot of MariaDB's range `1..10`.
const NUMBER = /(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYSTEM_VARIABLE = /@@(?:[\w$]+|`(?:[^`]|``)+`)(?:\.(?:[\w$]+|`(?:[^`]|``)+`))*/y;
const PLAIN_VARIABLE = /@[\w$.\u0080-\uffff]*/y;
const SYMBOL = /<=>|->>|:=|<=|>=|<>|!=|\|\||&&|<<|>>|->|\.\.|[-+*/%=<>!~&|^(),;.:?{}[\]]/y;

/**
 * Cuts a text into tokens. Never fails: what it cannot place becomes an `unplaced` token.
 *
 * @param mode - The modes that the text is read by: those stored with the routine.
 * @returns Tokens in order, without gaps; their texts joined are `source`.
 */
export function tokenize(source: string, mode: SqlMode): Token[] {
  const tokens: Token[] = [];
  let versionDepth = 0;
  let at = 0;

  const push = (kind: TokenKind, end: number): void => {
    const text = source.slice(at, end);
    const word = kind === "word" ? text.toUpperCase() : kind === "symbol" ? text : "";
    tokens.push({ kind, start: at, end, text, word });
    at = end;
  };
  const matchEnd = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(source) ? pattern.lastIndex : -1;
  };
  const take = (kind: TokenKind, pattern: RegExp): boolean => {
    const end = matchEnd(pattern);
    if (end <= at) return false;
    push(kind, end);
    return true;
  };
  /** A quoted token whose quote stands at `quoteAt`; a quote that never ends takes the rest as unplaced. */
  const takeQuoted = (kind: TokenKind, quoteAt: number): void => {
    const end = quotedEnd(source, quoteAt, mode);
    push(end === -1 ? "unplaced" : kind, end === -1 ? source.length : end);
  };

  while (at < source.length) {
    const char = source.charAt(at);
    const next = source.charAt(at + 1);
    if (take("space", SPACE) || take("comment", LINE_COMMENT)) continue;
    if (char === "/" && next === "*") {
      if (take("version-open", VERSION_OPEN)) {
        versionDepth += 1;
        continue;
      }
      const close = source.indexOf("*/", at + 2);
      push(close === -1 ? "unplaced" : "comment", close === -1 ? source.length : close + 2);
      continue;
    }
    if (char === "*" && next === "/" && versionDepth > 0) {
      versionDepth -= 1;
      push("version-close", at + 2);
      continue;
    }
    if (char === "'" || char === '"' || char === "`") {
      takeQuoted(nameQuote(char, mode) ? "name" : "string", at);
    } else if ((char === "n" || char === "N") && next === "'") {
      takeQuoted("string", at + 1);
    } else if (char === "@") {
      if (next === "@") {
        if (!take("system-variable", SYSTEM_VARIABLE)) push("unplaced", at + 2);
      } else if (next === "'" || next === '"' || next === "`") {
        takeQuoted("user-variable", at + 1);
      } else {
        take("user-variable", PLAIN_VARIABLE);
      }
    } else if (char === "." && next !== "." && isName(tokens.at(-1))) {
      push("symbol", at + 1);
    } else if (followsDot(tokens) && take("word", WORD)) {
      // Behind a dot a name may begin with, or be, digits.
    } else if (take("hex", HEX) || take("bit", BIT)) {
      // Taken by the condition.
    } else if (take("number", numberOrWord(source, at))) {
      // Taken by the condition.
    } else if (!take("word", WORD) && !take("symbol", SYMBOL)) {
      push("unplaced", at + 1);
    }
  }
  return tokens;
}

/** Offset behind the closing quote, or -1 where there is none. */
function quotedEnd(source: string, quoteAt: number, mode: SqlMode): number {
  const quote = source.charAt(quoteAt);
  const hasEscapes = !nameQuote(quote, mode) && !mode.noBackslashEscapes;
  for (let at = quoteAt + 1; at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === "\\" && hasEscapes) at += 1;
    else if (char === quote) {
      if (source.charAt(at + 1) !== quote) return at + 1;
      at += 1;
    }
  }
  return -1;
}

function nameQuote(quote: string, mode: SqlMode): boolean {
  return quote === "`" || (quote === '"' && mode.ansiQuotes);
}

/** Whether the last token is a dot directly behind a name: then a word follows, whatever it looks like. */
function followsDot(tokens: readonly Token[]): boolean {
  return tokens.at(-1)?.word === "." && isName(tokens.at(-2));
}

function isName(token: Token | undefined): boolean {
  return token?.kind === "word" || token?.kind === "name";
}

/** `1e5` and `12` are numbers, `1abc` is a name. */
function numberOrWord(source: string, at: number): RegExp {
  DIGITS_WORD.lastIndex = at;
  if (!DIGITS_WORD.test(source)) return NUMBER;
  const word = source.slice(at, DIGITS_WORD.lastIndex);
  return /^\d+[eE](?:\d+$|$)/.test(word) && /^\d+[eE][+-]?\d/.test(source.slice(at))
    ? NUMBER
    : NO_MATCH;
}

const NO_MATCH = /(?!)/y;
