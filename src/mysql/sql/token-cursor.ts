import type { MysqlError } from "../mysql-error.ts";
import { unquoteIdentifier } from "./identifier.ts";
import type { Span, Token } from "./token.ts";
import { unreadable } from "./unreadable.ts";

/** Stands for the end of the text, so that a reader need not ask at every step. */
function endToken(source: string): Token {
  return { kind: "space", start: source.length, end: source.length, text: "", word: "" };
}

/** Walks over the tokens that mean something: no space, no comments. */
export class TokenCursor {
  /** The text that the tokens were cut from. */
  readonly source: string;
  readonly #tokens: readonly Token[];
  readonly #limit: number;
  readonly #end: Token;
  #at: number;

  /**
   * @param tokens - Without blanks.
   * @param from - Index of the first token.
   * @param limit - Index behind the last one; beyond it the cursor sees the end.
   */
  constructor(source: string, tokens: readonly Token[], from = 0, limit: number = tokens.length) {
    this.source = source;
    this.#tokens = tokens;
    this.#at = from;
    this.#limit = limit;
    const behind = tokens[limit];
    this.#end =
      behind === undefined
        ? endToken(source)
        : { ...endToken(source), start: behind.start, end: behind.start };
  }

  /** Index of the next token among all. */
  get index(): number {
    return this.#at;
  }

  set index(index: number) {
    this.#at = index;
  }

  /** Whether nothing is left. */
  get isDone(): boolean {
    return this.#at >= this.#limit;
  }

  /** The token `ahead` places on; at the end one without text. */
  peek(ahead = 0): Token {
    const index = this.#at + ahead;
    return (index < this.#limit ? this.#tokens[index] : undefined) ?? this.#end;
  }

  /** The token before the next one. */
  get previous(): Token {
    return this.#tokens[this.#at - 1] ?? this.#end;
  }

  /** Goes past the next token and returns it. */
  next(): Token {
    const token = this.peek();
    if (this.isDone) throw this.error("the text ends early");
    this.#at += 1;
    return token;
  }

  /** Whether these words or symbols follow, one after another. */
  isAt(...words: readonly string[]): boolean {
    return words.every((word, ahead) => this.peek(ahead).word === word);
  }

  /** Whether the next token is one of these. */
  isAtAny(words: ReadonlySet<string>): boolean {
    return words.has(this.peek().word);
  }

  /** Goes past these words where all of them follow. */
  accept(...words: readonly string[]): boolean {
    if (!this.isAt(...words)) return false;
    this.#at += words.length;
    return true;
  }

  /** Goes past these words. */
  expect(...words: readonly string[]): Token {
    for (const word of words) {
      if (!this.accept(word)) throw this.error(`${word} is missing`);
    }
    return this.previous;
  }

  /** Goes past a name, quoted or not, and returns it without quotes. */
  name(): { readonly name: string; readonly span: Span } {
    const token = this.next();
    if (token.kind !== "word" && token.kind !== "name") {
      throw this.error("a name is missing", token.start);
    }
    return {
      name: unquoteIdentifier(token.text),
      span: { start: token.start, end: token.end },
    };
  }

  /** Goes to behind the parenthesis that closes the one which comes next. */
  skipParentheses(): Span {
    const { start } = this.expect("(");
    for (let depth = 1; depth > 0; ) {
      const { word } = this.next();
      if (word === "(") depth += 1;
      else if (word === ")") depth -= 1;
    }
    return { start, end: this.previous.end };
  }

  /** Makes the error for what follows. */
  error(what: string, at: number = this.peek().start): MysqlError {
    return unreadable(this.source, at, what);
  }
}
