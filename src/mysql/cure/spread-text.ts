import { QuoteState } from "../diagnosis/dynamic-text.ts";
import type { SqlMode } from "../sql/sql-mode.ts";
import { optionByEmptiness } from "./emptiness.ts";
import type { Carrier, TextPart } from "./text-parts.ts";
import { MAX_PATHS, type Path } from "./text-paths.ts";
import type { TextPiece } from "./text-pieces.ts";

/** One way in which a text comes about, as far as it is known. */
interface Way {
  readonly pieces: readonly TextPiece[];
  /** The quote that is open behind them; empty outside of all. */
  readonly quote: string;
}

/**
 * Writes out what a text is made of: of each choice every option, in place of a variable what it holds. Within quotes both are
 * data and stay what they are. A text says why it cannot be done.
 *
 * @param held - What the variables in it hold.
 * @returns One list of pieces for each way in which the text may come about.
 */
export function spreadText(
  parts: readonly TextPart[],
  held: Path,
  mode: SqlMode,
): readonly (readonly TextPiece[])[] | string {
  const ways = spread(parts, held, mode, [{ pieces: [], quote: "" }]);
  return typeof ways === "string" ? ways : ways.map(({ pieces }) => pieces);
}

function spread(
  parts: readonly TextPart[],
  held: Path,
  mode: SqlMode,
  before: readonly Way[],
): readonly Way[] | string {
  let ways = before;
  for (const part of parts) {
    const next: Way[] = [];
    for (const way of ways) {
      const found = extend(way, part, held, mode);
      if (typeof found === "string") return found;
      next.push(...found);
    }
    if (next.length > MAX_PATHS) return `the text is made in more than ${MAX_PATHS} ways`;
    ways = next;
  }
  return ways;
}

function extend(way: Way, part: TextPart, held: Path, mode: SqlMode): readonly Way[] | string {
  const { span } = part;
  const push = (piece: TextPiece, quote: string): readonly Way[] => [
    { pieces: [...way.pieces, piece], quote },
  ];
  if (part.type === "constant") {
    const { value, isLiteral, isOdd, carrier } = part;
    const quotes = new QuoteState(mode, way.quote);
    quotes.read(value);
    return push(
      { span, constant: value, isLiteral, isOdd, expression: null, carrier },
      quotes.quote,
    );
  }
  const { expression, carrier } = part;
  const asData = (own: Carrier): readonly Way[] =>
    push(
      { span, constant: null, isLiteral: false, isOdd: false, expression, carrier: own },
      way.quote,
    );
  if (way.quote !== "") return asData(carrier);
  if (part.type === "choice") {
    const ways: Way[] = [];
    const known = optionByEmptiness(part.expression, part.options, held);
    for (const option of known === null ? part.options : [known]) {
      const found = spread(option.parts, held, mode, [way]);
      if (typeof found === "string") return found;
      ways.push(...found);
    }
    return ways;
  }
  const known = part.type === "data" ? undefined : held.get(part.key);
  if (known === undefined) return asData(carrier);
  if (typeof known === "string") return known;
  return spread(known.parts, known.held, mode, [way]);
}
