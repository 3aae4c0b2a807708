import type { Catalog } from "../catalog/read-catalog.ts";
import { charsetOf, DERIVATION } from "../diagnosis/collated.ts";
import type { Finding, FindingOperand } from "../diagnosis/finding.ts";
import { lineOf } from "../diagnosis/finding.ts";
import type { Origin } from "../diagnosis/value.ts";
import { applyEdits, type Edit } from "../sql/edits.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { Routine } from "../sql/routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import { collateAt, isCast, isNarrower, type OperandCure } from "./collate-operand.ts";
import { type Declaration, declarationsOf } from "./declarations.ts";
import { isUsedElsewhere } from "./elsewhere.ts";
import type { CureInput, CureRefusal, CureResult } from "./program-cure.ts";

/** A place that must change: what stands there shall have another collation. */
interface Demand {
  readonly finding: Finding;
  readonly origin: Origin;
  /** The collation that it has. */
  readonly from: string;
  /** The collation that it shall have. */
  readonly to: string;
}

/**
 * Settles comparisons by collation, and nothing else. A parameter or local that is compared with columns of one collation
 * only is declared with it; everything else gets COLLATE where it fails, and there alone.
 *
 * Done once more on its own result it may find more to do, since one comparison can hide another.
 */
export function cureByCollate(input: CureInput): CureResult {
  const { program, catalog } = input;
  const mode = parseSqlMode(program.sqlMode);
  const routine = parseRoutine(program.ddl, mode);
  const refusals: CureRefusal[] = [];
  const demands = input.findings.flatMap((finding) => demandsOf(finding, refusals, input));
  const edits = new Map<string, Edit>();
  const notes = new Set<string>();
  const settled = new Set<Demand>();
  for (const declaration of declarationsOf(routine)) {
    const own = demands.filter(
      ({ origin }) => origin.declaration?.start === declaration.type.start,
    );
    const to = redeclaredTo(routine, declaration, own);
    if (to === null) continue;
    const clause = redeclaration(declaration, to);
    edits.set(`${clause.start}`, clause);
    for (const demand of own) settled.add(demand);
    const names = declaration.names.join(", ");
    notes.add(paddingNote(catalog, names, own[0]?.from ?? to, to));
  }
  for (const demand of demands) {
    if (settled.has(demand)) continue;
    const { finding, origin, from, to } = demand;
    const made: OperandCure =
      origin.isSometimesNoText === true
        ? {
            reason: `${origin.name} may also hold a number or a time: COLLATE would make a text of it`,
          }
        : collateAt(routine, finding, origin, from, to);
    if ("reason" in made) {
      refusals.push({ line: lineOf(program.ddl, origin.span.start), reason: made.reason });
      continue;
    }
    for (const edit of made.edits) edits.set(`${edit.start}`, edits.get(`${edit.start}`) ?? edit);
    notes.add(paddingNote(catalog, origin.name, from, to));
  }
  notes.delete("");
  return { ddl: applyEdits(program.ddl, [...edits.values()]), notes: [...notes], refusals };
}

/** What must change for one comparison: everything that has not the collation that its column has. */
function demandsOf(
  finding: Finding,
  refusals: CureRefusal[],
  { program: { ddl }, catalog }: CureInput,
): readonly Demand[] {
  const { operands } = finding;
  if (finding.class === "unknown") {
    refusals.push({ line: lineOf(ddl, finding.span.start), reason: refusedUnknown(finding) });
    return [];
  }
  if (!["error", "error-on-other-server", "index-lost"].includes(finding.class)) return [];
  const to = targetOf(operands, catalog);
  const line = lineOf(ddl, finding.span.start);
  if (to === null) {
    refusals.push({ line, reason: "nothing says which collation the comparison should have" });
    return [];
  }
  const demands = operands.flatMap(({ collated, origins }) => {
    const isSettled = collated?.collation === to && collated.derivation <= DERIVATION.implicit;
    if (collated === null || (isSettled && collated.derivation !== DERIVATION.none)) return [];
    // A column among others stays as it is, unless it meets another one.
    const isMixed = origins.some(({ type }) => type !== "column");
    return origins
      .filter(({ type }) => type !== "column" || (!isMixed && operands.every(hasColumn)))
      .map((origin) => ({ finding, origin, from: collated.collation, to }));
  });
  if (demands.length === 0) {
    refusals.push({ line, reason: "no part of the comparison can be given another collation" });
  }
  return demands;
}

/** Why nothing is done about what nobody knows. */
export function refusedUnknown({ message, operands }: Finding): string {
  return operands.length === 0
    ? message
    : `${message}; COLLATE would make a text of it, and it may be a number or a binary string`;
}

function hasColumn({ origins }: FindingOperand): boolean {
  return origins.some(({ type }) => type === "column");
}

/** The collation that a comparison shall have: the first column's, so that an index of it serves; else that of what is made. */
function targetOf(operands: readonly FindingOperand[], catalog: Catalog): string | null {
  const origins = operands.flatMap((operand) => operand.origins);
  const columns = origins.filter(({ type }) => type === "column");
  for (const column of [...columns.filter(({ isIndexed }) => isIndexed), ...columns]) {
    const collation = collationOfColumn(column, operands, catalog);
    if (collation !== null) return collation;
  }
  const made = operands.find(
    ({ collated, origins: own }) =>
      collated?.derivation === DERIVATION.implicit &&
      own.some(({ type }) => type !== "parameter" && type !== "local" && type !== "user-variable"),
  );
  const any = made ?? operands.find(({ collated }) => collated?.derivation === DERIVATION.implicit);
  return any?.collated?.collation ?? null;
}

/** Of a column that stands for itself what is compared; of one among others, in CONCAT for one, what its table says. */
function collationOfColumn(
  column: Origin,
  operands: readonly FindingOperand[],
  { tables }: Catalog,
): string | null {
  const [schema, table, name, ...rest] = column.name.split(".");
  if (schema !== undefined && table !== undefined && name !== undefined && rest.length === 0) {
    const known = tables.find(schema, table)?.columns.get(name.toLowerCase())?.collation;
    if (known != null) return known;
  }
  const own = operands.find(({ origins }) => origins.length === 1 && origins[0] === column);
  return own?.collated?.collation ?? null;
}

/** The collation to declare a variable with, or null where that could change more than what fails. */
function redeclaredTo(
  routine: Routine,
  { names, type, span }: Declaration,
  demands: readonly Demand[],
): string | null {
  const [first] = demands;
  if (first === undefined) return null;
  const { to, from } = first;
  if (demands.some((demand) => demand.to !== to || demand.from !== from)) return null;
  if (type.collation !== null || isNarrower(charsetOf(to), charsetOf(from))) return null;
  if (type.charset !== null && type.charset.name !== charsetOf(to)) return null;
  if (demands.some(({ finding, origin }) => isCast(routine, finding, origin))) return null;
  const places = demands.map(({ finding }) => finding.span);
  if (names.some((name) => isUsedElsewhere(routine, name, span, places))) return null;
  return to;
}

/** COLLATE alone is an error on MySQL, where no character set is written. */
function redeclaration({ type }: Declaration, to: string): Edit {
  if (type.charset !== null) {
    return { start: type.charset.end, end: type.charset.end, text: ` COLLATE ${to}` };
  }
  const text = ` CHARACTER SET ${charsetOf(to)} COLLATE ${to}`;
  return { start: type.attributesAt, end: type.attributesAt, text };
}

function paddingNote({ server }: Catalog, name: string, from: string, to: string): string {
  const before = server.collations.get(from)?.isPadSpace;
  const after = server.collations.get(to)?.isPadSpace;
  if (before === after || before === undefined || after === undefined) return "";
  return after
    ? `${name}: ${from} is NO PAD and ${to} is PAD SPACE, so trailing spaces do not count in these comparisons any more`
    : `${name}: ${from} is PAD SPACE and ${to} is NO PAD, so trailing spaces count in these comparisons from now on`;
}
