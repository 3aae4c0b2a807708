import type { Span } from "../sql/token.ts";
import { aggregateCompared, type Collated, charsetOf, DERIVATION } from "./collated.ts";
import type { UserVariables, Variables } from "./scope.ts";
import { collatedOf, type Value } from "./value.ts";
import type { World } from "./world.ts";

/** A comparison that the server would refuse, convert a column for, or of which nothing certain is known. */
export interface Conflict {
  /** What becomes of it. */
  readonly outcome: "error" | "index-lost" | "unknown";
  /** What is compared. */
  readonly operands: readonly Value[];
  /** Where. */
  readonly span: Span;
  /** The operator or function. */
  readonly operator: string;
  /** How many operands the server counts; of UNION more than three. */
  readonly count: number;
  /** Why nothing is known; else empty. */
  readonly reason: string;
}

/** A plain comparison of a column with a variable of the program, whatever their types. */
interface Meeting {
  /** Both sides. */
  readonly operands: readonly Value[];
  /** Where. */
  readonly span: Span;
  /** The operator. */
  readonly operator: string;
}

/** One reading of a program by the rules of one server. */
export interface Analysis {
  /** What is outside of the program. */
  readonly world: World;
  /** Locals and parameters in scope. */
  readonly variables: Variables;
  /** User variables so far. */
  readonly users: UserVariables;
  /** Gets what is found. */
  readonly conflicts: Conflict[];
  /** Gets every meeting of a column with a variable. */
  readonly meetings: Meeting[];
}

/** Operators by which an index can serve. */
const SEARCHABLE = new Set(["=", "<=>", "<", "<=", ">", ">=", "IN", "BETWEEN", "LIKE", "USING"]);

/** How a comparison is to be judged. */
export interface ComparisonSite {
  /** Where it stands. */
  readonly span: Span;
  /** The operator or function. */
  readonly operator: string;
  /** Whether it chooses rows, so that an index could serve. */
  readonly isFilter: boolean;
  /** Whether all texts are taken together whatever the first operand is: IN, CASE. */
  readonly isList?: boolean;
  /** Whether numbers and times are taken as texts too, as functions do that work on texts. */
  readonly takesAll?: boolean;
}

/** Judges a comparison and records what comes of it. Rows are compared item by item. */
export function compare(
  analysis: Analysis,
  operands: readonly Value[],
  site: ComparisonSite,
): void {
  const [first] = operands;
  if (first === undefined) return;
  const open = operands.findIndex(({ candidates }) => candidates !== undefined);
  if (open !== -1) {
    compareEach(analysis, operands, open, site);
    return;
  }
  if (operands.some(({ kind }) => kind === "row")) {
    compareRows(analysis, operands, site);
    return;
  }
  record(analysis, operands, site);
  if (first.kind === "null" && operands.length === 2) return;
  const certain = operands.filter(({ kind }) => kind !== "unknown");
  const texts = textsCompared(certain, site, analysis);
  const unsure = operands.filter(({ kind }) => kind === "unknown");
  const aggregate = texts.length > 1 ? aggregateCompared(texts, analysis.world.flavour) : null;
  const base = { operands, span: site.span, operator: site.operator, count: operands.length };
  if (aggregate?.isIllegal === true && (unsure.length === 0 || isPlain(first))) {
    analysis.conflicts.push({ ...base, outcome: "error", reason: "" });
  } else if (unsure.length > 0) {
    const isDecided = texts.some(({ derivation }) => derivation === DERIVATION.explicit);
    const matters = certain.some(({ collated }) => collated?.derivation === DERIVATION.implicit);
    const bothUnsure = unsure.length > 1 && unsure.some(({ origins }) => origins.length > 0);
    if (!isDecided && (matters || bothUnsure)) {
      const reason = unsure[0]?.reason ?? "";
      analysis.conflicts.push({ ...base, outcome: "unknown", reason });
    }
  } else if (aggregate !== null && site.isFilter && SEARCHABLE.has(site.operator)) {
    if (losesIndex(operands, aggregate.collated)) {
      analysis.conflicts.push({ ...base, outcome: "index-lost", reason: "" });
    }
  }
}

/** Compares each of the texts that an operand may be, and keeps the worst that comes of it. */
function compareEach(
  analysis: Analysis,
  operands: readonly Value[],
  open: number,
  site: ComparisonSite,
): void {
  const conflicts: Conflict[] = [];
  for (const candidate of operands[open]?.candidates ?? []) {
    const tried = operands.map((operand, index) => (index === open ? candidate : operand));
    compare({ ...analysis, conflicts, meetings: [] }, tried, site);
  }
  record(analysis, operands, site);
  const worst = conflicts.find(({ outcome }) => outcome === "error") ?? conflicts[0];
  if (worst !== undefined) analysis.conflicts.push(worst);
}

function isPlain({ kind }: Value): boolean {
  return kind === "text";
}

/**
 * The texts that are aggregated. Two operands are compared as texts only where both are; of a list the first decides, and on
 * MySQL a time takes part in it as a text would.
 */
function textsCompared(
  operands: readonly Value[],
  site: ComparisonSite,
  { world }: Analysis,
): Collated[] {
  const [first] = operands;
  const collated = operands.flatMap((value) => collatedOf(value) ?? []);
  const kinds = operands.map(({ kind }) => kind);
  if (site.takesAll === true) return collated;
  if (kinds.includes("json") && world.flavour === "mysql") return [];
  const isMixed = kinds.some((kind) => kind === "number");
  const hasTime = kinds.some((kind) => kind === "temporal");
  if (operands.length <= 2 || !isAggregated(site)) {
    return isMixed || hasTime || kinds.includes("null") ? [] : collated;
  }
  if (site.isList === true) {
    if (first?.kind === "text" || first?.kind === "null") return collated;
    return first?.kind === "temporal" && world.flavour === "mysql" ? collated : [];
  }
  if (isMixed || (hasTime && world.flavour === "mariadb")) return [];
  return collated;
}

function isAggregated({ operator, isList }: ComparisonSite): boolean {
  return isList === true || operator !== "=";
}

function compareRows(analysis: Analysis, operands: readonly Value[], site: ComparisonSite): void {
  const [left, ...rest] = operands;
  if (left === undefined) return;
  // Both servers compare a row with a list of rows without aggregating at all.
  if (site.isList === true && rest.length > 1) return;
  for (const right of rest) {
    if (left.kind !== "row" || right.kind !== "row" || left.items.length !== right.items.length)
      continue;
    for (const [index, item] of left.items.entries()) {
      const other = right.items[index];
      if (other !== undefined) compare(analysis, [item, other], { ...site, isList: false });
    }
  }
}

/** Whether an indexed column is converted on behalf of something that the program made. */
function losesIndex(operands: readonly Value[], result: Collated): boolean {
  if (result.derivation === DERIVATION.explicit) return false;
  const isMade = operands.some(({ origins }) =>
    origins.some(({ type }) => type !== "column" && type !== "returned"),
  );
  return (
    isMade &&
    operands.some(
      ({ collated, isBare, origins }) =>
        isBare &&
        collated !== null &&
        charsetOf(collated.collation) !== charsetOf(result.collation) &&
        origins.some(
          ({ type, isIndexed }) => (type === "column" || type === "temporary") && isIndexed,
        ),
    )
  );
}

/** Keeps a meeting of a column with a parameter or local. */
function record(analysis: Analysis, operands: readonly Value[], site: ComparisonSite): void {
  const types = new Set(
    operands.flatMap(({ origins, isBare }) => (isBare ? origins.map(({ type }) => type) : [])),
  );
  if (types.has("column") && (types.has("parameter") || types.has("local")) && site.isFilter) {
    analysis.meetings.push({ operands, span: site.span, operator: site.operator });
  }
}
