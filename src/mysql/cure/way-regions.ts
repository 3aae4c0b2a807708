import type { Routine } from "../sql/routine.ts";
import { type BoundExpression, boundExpression, guardsQuotes } from "./bound-expression.ts";
import { type PlacedStatement, placedStatements } from "./scope-at.ts";
import { type Carrier, keyOf } from "./text-parts.ts";
import { assignmentsOf } from "./text-paths.ts";
import { regionsOf, type TextPiece, type ValueRegion } from "./text-pieces.ts";

/** A place of a text that becomes a placeholder, on whatever way it is reached. */
export interface BoundRegion {
  /** What brings it into the text. */
  readonly carrier: Carrier;
  /** The statement of that. */
  readonly at: PlacedStatement;
  /** Where it begins: tells regions apart, and orders them. */
  readonly place: number;
  /** What is bound. */
  readonly bound: BoundExpression;
}

/** One way in which a text comes about, with its values found. */
export interface BoundWay {
  /** Its values, in the order of the text. */
  readonly regions: readonly BoundRegion[];
  /** What each piece becomes, in order. */
  readonly texts: readonly string[];
  /** The pieces. */
  readonly pieces: readonly TextPiece[];
}

/** Finds the values of every way. A text says why one cannot be bound. */
export function boundWays(
  ways: readonly (readonly TextPiece[])[],
  routine: Routine,
): readonly BoundWay[] | string {
  const known = new Map<string, BoundRegion>();
  const all: BoundWay[] = [];
  for (const pieces of ways) {
    const found = regionsOf(pieces, routine.mode);
    if (typeof found === "string") return found;
    const regions: BoundRegion[] = [];
    for (const region of found) {
      const made = boundRegion(region, pieces, routine);
      if (typeof made === "string") return made;
      const key = `${made.place} ${made.bound.text}`;
      regions.push(known.get(key) ?? made);
      known.set(key, known.get(key) ?? made);
    }
    all.push({ regions, texts: newTexts(pieces, found), pieces });
  }
  return all;
}

function boundRegion(
  region: ValueRegion,
  pieces: readonly TextPiece[],
  routine: Routine,
): BoundRegion | string {
  const own = pieces.slice(region.first.piece, region.last.piece + 1);
  const [first] = own;
  if (first === undefined) throw new Error("bug: a region without pieces");
  const { carrier } = first;
  if (carrier.at === null || own.some((piece) => piece.carrier !== carrier))
    return "a value is joined in by several statements";
  const guarded = region.isQuoted ? guardedVariable(region, routine) : null;
  if (guarded !== null) return `${guarded} has its quotes doubled before it is joined in`;
  const bound = boundExpression(region, routine, carrier.at.variables);
  if ("reason" in bound) return bound.reason;
  return { carrier, at: carrier.at, place: first.span.start + region.first.kept, bound };
}

/** A variable in quotes to which something guarded was given: bound, it would keep what the guard put in. */
function guardedVariable({ parts }: ValueRegion, routine: Routine): string | null {
  const found = parts.find((part) => {
    const key = typeof part === "string" ? null : keyOf(part);
    return placedStatements(routine).some(({ statement }) =>
      assignmentsOf(routine, statement, null).some(
        (given) => given.key === key && given.value !== null && guardsQuotes(given.value),
      ),
    );
  });
  if (found === undefined || typeof found === "string") return null;
  return routine.source.slice(found.start, found.end);
}

/** What each piece of a text becomes. */
function newTexts(pieces: readonly TextPiece[], regions: readonly ValueRegion[]): string[] {
  const texts = pieces.map(({ constant }) => constant ?? "");
  // From behind, so that offsets in a literal which ends one region and begins the next stay true.
  for (const { first, last } of regions.toReversed()) {
    const [from, to] = [first.piece, last.piece];
    if (from === to) {
      const text = texts[from] ?? "";
      texts[from] = `${text.slice(0, first.kept)}?${text.slice(last.taken)}`;
      continue;
    }
    texts[to] = (texts[to] ?? "").slice(last.taken);
    for (let between = from + 1; between < to; between += 1) texts[between] = "";
    texts[from] = `${(texts[from] ?? "").slice(0, first.kept)}?`;
  }
  return texts;
}
