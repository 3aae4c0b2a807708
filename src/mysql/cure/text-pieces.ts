import type { Expression } from "../sql/expression.ts";
import type { SqlMode } from "../sql/sql-mode.ts";
import { readString } from "../sql/string-literal.ts";
import type { Span } from "../sql/token.ts";
import type { Carrier } from "./text-parts.ts";

/** A part of a text that is joined and then prepared, in the order of the text. */
export interface TextPiece {
  /** Where it is written. */
  readonly span: Span;
  /** The characters of a constant; null where it depends on data. */
  readonly constant: string | null;
  /** Whether it is a literal, which can be written anew. */
  readonly isLiteral: boolean;
  /** Whether a text with it need not be readable. */
  readonly isOdd: boolean;
  /** What gives a part that depends on data; null of a constant. */
  readonly expression: Expression | null;
  /** What brings it into the text. */
  readonly carrier: Carrier;
}

/** Places of the text that are to become one bound value: a whole literal with data in it, or data outside of quotes. */
export interface ValueRegion {
  /** Index of the first piece, and how many of its characters stay in front: up to the opening quote. */
  readonly first: { readonly piece: number; readonly kept: number };
  /** Index of the last piece, and how many of its characters belong to the region: with the closing quote. */
  readonly last: { readonly piece: number; readonly taken: number };
  /** What it is made of: characters, or the expression that gives them. */
  readonly parts: readonly (string | Expression)[];
  /** Whether it stood in quotes: then it is a text whatever it is made of. */
  readonly isQuoted: boolean;
}

/**
 * Finds what in a joined text is a value. A text says why it cannot be told.
 *
 * @param mode - The mode that the text will be read by.
 */
export function regionsOf(
  pieces: readonly TextPiece[],
  mode: SqlMode,
): readonly ValueRegion[] | string {
  const regions: ValueRegion[] = [];
  let open: {
    quote: string;
    piece: number;
    at: number;
    parts: (string | Expression)[];
    from: number;
    hasData: boolean;
  } | null = null;
  for (const [index, { constant, expression }] of pieces.entries()) {
    if (constant === null) {
      if (expression === null) continue;
      if (open === null) {
        regions.push({
          first: { piece: index, kept: 0 },
          last: { piece: index, taken: 0 },
          parts: [expression],
          isQuoted: false,
        });
        continue;
      }
      if (open.quote === "`" || (open.quote === '"' && mode.ansiQuotes))
        return "a name is joined in, and names cannot be bound";
      open.hasData = true;
      open.parts.push(expression);
      continue;
    }
    let from = 0;
    for (let at = 0; at < constant.length; at += 1) {
      const char = constant.charAt(at);
      if (open === null) {
        if (/^(?:--[\s]|#|\/\*)/.test(constant.slice(at))) return "the text has a comment in it";
        if (char === "'" || char === '"' || char === "`") {
          open = { quote: char, piece: index, at, parts: [], from: at + 1, hasData: false };
          from = at + 1;
        }
        continue;
      }
      const escapes = open.quote !== "`" && !mode.noBackslashEscapes;
      if (char === "\\" && escapes) {
        if (at + 1 >= constant.length) return "a backslash stands in front of data";
        at += 1;
      } else if (char === open.quote) {
        if (constant.charAt(at + 1) === open.quote) {
          at += 1;
          continue;
        }
        pushText(open.parts, constant.slice(from, at), open.quote, mode);
        if (open.hasData) {
          regions.push({
            first: { piece: open.piece, kept: open.at },
            last: { piece: index, taken: at + 1 },
            parts: open.parts,
            isQuoted: true,
          });
        }
        open = null;
      }
    }
    if (open !== null) pushText(open.parts, constant.slice(from), open.quote, mode);
  }
  return open === null ? regions : "a quote in the text is not closed";
}

/** Adds what stands in a literal, with its escapes undone. */
function pushText(
  parts: (string | Expression)[],
  inner: string,
  quote: string,
  mode: SqlMode,
): void {
  if (inner !== "") parts.push(readString(`${quote}${inner}${quote}`, mode));
}
