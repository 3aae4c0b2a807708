import type { Expression } from "../sql/expression.ts";
import type { SqlMode } from "../sql/sql-mode.ts";
import type { Span } from "../sql/token.ts";
import { isNativeResult } from "./functions.ts";
import type { Value } from "./value.ts";

/** A part of a text that is executed as SQL. */
export interface TextPart {
  /** What it is when it is always the same; null where it depends on data. */
  readonly constant: string | null;
  /** For a part that depends on data: whether its characters can leave the place that it was meant for. */
  readonly injectable: "yes" | "no" | "unknown";
  /** How a part is kept from it, or whose text it is, for messages. */
  readonly note: string;
  /** The quote that a doubling guards it in: it is safe between such quotes only. Null without. */
  readonly guardedIn: string | null;
}

/** Finds what a text is joined from. */
export interface TextSources {
  /** The mode stored with the program, by which the text is read when it is prepared. */
  readonly mode: SqlMode;
  /** The client's character set stored with the program. */
  readonly characterSetClient: string;
  /** The parts that a variable was given; null where the program gave it none. */
  variable(expression: Expression): readonly TextPart[] | null;
  /** What is known of an expression. */
  value(expression: Expression): Value;
  /** The members of an ENUM, where it is declared as one. */
  readonly membersOf: MembersOf;
}

/** Finds the members of the ENUM that a declaration is; null for every other type. */
export type MembersOf = (declaration: Span) => readonly string[] | null;

/** Character sets in which a backslash can be a character's second byte, or another character's conversion. */
const TREACHEROUS = new Set(["sjis", "cp932", "big5", "gbk", "gb18030"]);

/** The parts of a text, in order. Where one of several is chosen, all of them, one after another. */
export function textParts(expression: Expression, sources: TextSources): readonly TextPart[] {
  const parts = (items: readonly Expression[]): readonly TextPart[] =>
    items.flatMap((item) => textParts(item, sources));
  if (expression.type === "literal")
    return [constant(expression.kind === "null" ? "" : expression.value)];
  if (expression.type === "collate" || expression.type === "convert")
    return textParts(expression.operand, sources);
  if (expression.type === "cast" && expression.dataType.isCharacter)
    return textParts(expression.operand, sources);
  if (expression.type === "case") return parts(expression.results);
  if (expression.type === "call" && expression.schema === null) {
    const [first, second, third] = expression.args;
    switch (expression.name) {
      case "CONCAT":
      case "CONCAT_WS":
      case "COALESCE":
      case "IFNULL":
        return parts(expression.args);
      case "IF":
      case "ELT":
        return parts(expression.args.slice(1));
      case "TRIM":
      case "RTRIM":
      case "LTRIM":
        if (first !== undefined && expression.args.length === 1) return textParts(first, sources);
        break;
      case "QUOTE":
        if (first !== undefined) return [quoted(first, sources)];
        break;
      case "REPLACE":
        if (first !== undefined && second !== undefined && third !== undefined) {
          const doubled = doubledQuote(second, third);
          if (doubled !== null) return [guarded(doubled, first, sources)];
        }
        break;
      default:
    }
  }
  const value = sources.value(expression);
  const [origin] = value.isBare ? value.origins : [];
  const members = origin?.declaration == null ? null : sources.membersOf(origin.declaration);
  // A closed set: whoever calls chooses from what is written here.
  if (members !== null) return members.map(constant);
  const known = sources.variable(expression);
  if (known !== null) return known;
  return [part(expression, value)];
}

/** Whether a caller can change what a text made of these parts does. */
export function injectability(
  parts: readonly TextPart[],
  mode: SqlMode,
): { readonly injectable: "yes" | "no" | "unknown"; readonly notes: readonly string[] } {
  const state = new QuoteState(mode);
  const found = new Set<string>();
  const notes = new Set<string>();
  for (const item of parts) {
    if (item.constant !== null) {
      state.read(item.constant);
      continue;
    }
    const isMisplaced =
      item.injectable === "no" && item.guardedIn !== null && item.guardedIn !== state.quote;
    found.add(isMisplaced ? "yes" : item.injectable);
    notes.add(isMisplaced ? `${item.note}, which guards it elsewhere only` : item.note);
  }
  const injectable = found.has("yes") ? "yes" : found.has("unknown") ? "unknown" : "no";
  return { injectable, notes: [...notes] };
}

/** Follows which quote is open in a text that is read part by part. */
export class QuoteState {
  /** The open quote; empty outside of all. */
  quote: string;
  readonly #mode: SqlMode;

  constructor(mode: SqlMode, quote = "") {
    this.#mode = mode;
    this.quote = quote;
  }

  /** Reads a part that is always the same. */
  read(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const char = text.charAt(at);
      if (this.quote === "") {
        if (char === "'" || char === '"' || char === "`") this.quote = char;
      } else if (char === "\\" && this.quote !== "`" && !this.#mode.noBackslashEscapes) {
        at += 1;
      } else if (char === this.quote) {
        this.quote = "";
      }
    }
  }
}

function constant(value: string): TextPart {
  return { constant: value, injectable: "no", note: "", guardedIn: null };
}

function part(expression: Expression, value: Value): TextPart {
  const names = value.origins.map(({ name }) => name).join(", ");
  const data = (injectable: TextPart["injectable"], note: string): TextPart => ({
    ...{ constant: null, injectable, note, guardedIn: null },
  });
  if (value.kind === "number" || value.kind === "temporal" || value.kind === "null") {
    return data(
      "no",
      `${names === "" ? "a part" : names} is ${value.kind === "number" ? "a number" : "a date or time"}`,
    );
  }
  if (expression.type === "system-variable" || value.collated?.derivation === 3) {
    return data("unknown", "a value of the server's session is in it");
  }
  const isStored = value.origins.some(
    ({ type, name }) => type === "returned" && !isNativeResult(name),
  );
  if (isStored) {
    return data("unknown", `${names} returns what nobody looked at here`);
  }
  if (value.origins.every(({ type }) => type === "returned") && value.kind === "text")
    return data("no", "a part is made of constants");
  return data("yes", `the text of ${names === "" ? "a value" : names} is joined in as it is`);
}

function quoted(argument: Expression, sources: TextSources): TextPart {
  const inner = part(argument, sources.value(argument));
  if (inner.injectable === "no") return inner;
  const base = { constant: null, guardedIn: "" };
  if (sources.mode.noBackslashEscapes) {
    return {
      ...base,
      injectable: "yes",
      note: "QUOTE() escapes with backslashes, which NO_BACKSLASH_ESCAPES takes literally",
    };
  }
  if (TREACHEROUS.has(sources.characterSetClient)) {
    return {
      ...base,
      injectable: "unknown",
      note: `QUOTE() under the client's character set ${sources.characterSetClient}`,
    };
  }
  return { ...base, injectable: "no", note: "QUOTE() guards it" };
}

/** The quote that REPLACE doubles: `REPLACE(x, '''', '''''')`. */
function doubledQuote(from: Expression, to: Expression): string | null {
  if (from.type !== "literal" || to.type !== "literal") return null;
  const quote = from.value;
  const isQuote = quote === "'" || quote === '"' || quote === "`";
  return isQuote && to.value === quote + quote ? quote : null;
}

function guarded(quote: string, argument: Expression, sources: TextSources): TextPart {
  const inner = part(argument, sources.value(argument));
  if (inner.injectable === "no") return inner;
  const isBacktick = quote === "`" || (quote === '"' && sources.mode.ansiQuotes);
  const isSafe = isBacktick || sources.mode.noBackslashEscapes;
  return {
    constant: null,
    guardedIn: quote,
    injectable: isSafe ? "no" : "yes",
    note: isSafe
      ? "its quotes are doubled"
      : "its quotes are doubled, which a backslash in front of one undoes",
  };
}
