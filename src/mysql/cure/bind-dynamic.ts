import type { StoredProgram } from "../catalog/stored-program.ts";
import { charsetOf } from "../diagnosis/collated.ts";
import { lineOf } from "../diagnosis/finding.ts";
import { MysqlError } from "../mysql-error.ts";
import { applyEdits, type Edit } from "../sql/edits.ts";
import type { Expression } from "../sql/expression.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { PlainSql } from "../sql/plain-sql.ts";
import { readPlain } from "../sql/read-plain.ts";
import type { Routine } from "../sql/routine.ts";
import type { RoutineStatement } from "../sql/routine-statement.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import { writeString } from "../sql/string-literal.ts";
import type { Span } from "../sql/token.ts";
import { freeIndex, uniquePrefix } from "./handle-names.ts";
import { narrowColumn } from "./narrow-columns.ts";
import { safeSites } from "./placeholder-sites.ts";
import type { CureInput, CureRefusal, CureResult } from "./program-cure.ts";
import { type PlacedStatement, placedStatements } from "./scope-at.ts";
import type { Carrier } from "./text-parts.ts";
import type { TextPiece } from "./text-pieces.ts";
import { textUsedElsewhere } from "./text-uses.ts";
import { type TextTrace, traceText } from "./trace-text.ts";
import { wayNumbers } from "./way-numbers.ts";
import { type BoundRegion, type BoundWay, boundWays } from "./way-regions.ts";

/**
 * Turns SQL that is joined from data into SQL to which data is bound. The text stays where it is made; what stood in it as a
 * value becomes `?`, is kept in a user variable at that place, and goes to EXECUTE … USING.
 *
 * A text that is built in branches is followed on every way; where these differ in their values, a number that the routine adds
 * up chooses the EXECUTE. Refused where a part is no value (a name, a list, an expression), where a loop makes the text, and
 * wherever a bound value could mean something else.
 */
export function bindDynamicSql(input: CureInput): CureResult {
  const { program } = input;
  const routine = parseRoutine(program.ddl, parseSqlMode(program.sqlMode));
  const placed = placedStatements(routine);
  const refusals: CureRefusal[] = [];
  const notes = new Set<string>();
  let edits: Edit[] = [];
  for (const finding of input.findings) {
    if (finding.class !== "dynamic-sql") continue;
    const at = placed.find(({ statement }) => statement.start === finding.span.start);
    // One at a time: the next round sees the new text and chooses other names.
    const made =
      edits.length > 0
        ? []
        : at === undefined
          ? "it is in no statement of its own"
          : bind(input, routine, at);
    if (typeof made === "string") {
      refusals.push({ line: lineOf(program.ddl, finding.span.start), reason: made });
      continue;
    }
    if (made.length > 0) {
      edits = [...made];
      const connection = charsetOf(program.collationConnection);
      if (input.catalog.server.flavour === "mariadb" && connection !== "utf8mb4") {
        notes.add(
          `characters outside of the connection's character set ${connection} become ? in prepared SQL, as before`,
        );
      }
      notes.add(
        "SQL that was joined is bound now: a NULL in it raised error 1064, and is compared as NULL now; quotes and backslashes in data are data",
      );
    }
  }
  return { ddl: applyEdits(program.ddl, edits), notes: [...notes], refusals };
}

/** The edits that bind one prepared text, or why there are none. */
function bind(input: CureInput, routine: Routine, at: PlacedStatement): readonly Edit[] | string {
  const { program } = input;
  const trace = traceText(routine, at);
  if (typeof trace === "string") return trace;
  const ways = boundWays(trace.ways, routine);
  if (typeof ways === "string") return ways;
  for (const way of ways) {
    const refused = refusedText(input, routine, way);
    if (refused !== null) return refused;
  }
  const used = textUsedElsewhere(routine, trace);
  if (used !== null) return `${used} is also looked at where it is not prepared`;
  const edits = pieceEdits(ways, routine);
  if (typeof edits === "string") return edits;

  const lists = new Set(ways.map(({ regions }) => regions.map(({ place }) => place).join()));
  const regions = distinctRegions(ways);
  const common = ways.slice(0, 1).flatMap((way) => way.regions);
  if (lists.size <= 1 && trace.isImmediate && regions.every((region) => region.at === at)) {
    return [
      ...edits,
      usingEdit(
        trace.execute,
        common.map(({ bound }) => bound.text),
      ),
    ];
  }
  const names = new NewNames(program);
  const variables = new Map(regions.map((region) => [region, names.next()]));
  const valuesOf = (own: readonly BoundRegion[]): string[] =>
    own.map((region) => variables.get(region) ?? "");
  const kept = new Map<number, string>();
  const keep = (start: number, text: string): void => {
    kept.set(start, `${kept.get(start) ?? ""}${text}`);
  };
  for (const [{ at: own, bound }, name] of variables)
    keep(own.statement.start, `SET ${name} = ${bound.text}; `);
  const execute =
    lists.size <= 1
      ? usingEdit(trace.execute, valuesOf(common))
      : chosenExecute(routine, trace, ways, valuesOf, names, keep);
  if (typeof execute === "string") return execute;
  return [...[...kept].map(([start, text]) => ({ start, end: start, text })), ...edits, execute];
}

/** Gives names of user variables that the program does not have yet. */
class NewNames {
  readonly #prefix: string;
  #index: number;

  constructor(program: StoredProgram) {
    this.#prefix = uniquePrefix(program);
    this.#index = freeIndex(program.ddl, this.#prefix);
  }

  next(): string {
    const name = `@${quoteIdentifier(`${this.#prefix}_${this.#index}`)}`;
    this.#index += 1;
    return name;
  }
}

function usingEdit({ end }: Span, values: readonly string[]): Edit {
  return { start: end, end, text: values.length === 0 ? "" : ` USING ${values.join(", ")}` };
}

/** Ways differ in their values: CASE chooses the EXECUTE by a number that the statements on the way add up. */
function chosenExecute(
  routine: Routine,
  trace: TextTrace,
  ways: readonly BoundWay[],
  valuesOf: (regions: readonly BoundRegion[]) => readonly string[],
  names: NewNames,
  keep: (start: number, text: string) => void,
): Edit | string {
  if (goesOnAfterErrors(routine.body))
    return "a CONTINUE handler may skip a part of the text, so that nobody knows which values it holds";
  const carriersOf = (way: BoundWay): Carrier[] => way.regions.map(({ carrier }) => carrier);
  const changing = [...new Set(distinctRegions(ways).map(({ carrier }) => carrier))].filter(
    (carrier) => !ways.every((way) => carriersOf(way).includes(carrier)),
  );
  const numbers = wayNumbers(routine, trace, changing, () => names.next());
  if (typeof numbers === "string") return numbers;
  const lists = new Map<number, string>();
  for (const way of ways) {
    const own = [...new Set(carriersOf(way))];
    const number = numbers.numberOf(own);
    const list = valuesOf(way.regions).join(", ");
    if ((lists.get(number) ?? list) !== list) return "the same values stand in another order";
    lists.set(number, list);
  }
  for (const { start, text } of numbers.sets) keep(start, text);
  const { start, end } = trace.execute;
  const execute = routine.source.slice(start, end);
  const cases = [...lists]
    .toSorted(([a], [b]) => a - b)
    .map(
      ([number, list]) => `WHEN ${number} THEN ${execute}${list === "" ? "" : ` USING ${list}`};`,
    );
  return { start, end, text: `CASE ${numbers.number} ${cases.join(" ")} END CASE` };
}

/** Whether an error may be passed over: a CONTINUE handler for anything but the end of a cursor. */
function goesOnAfterErrors(statement: RoutineStatement): boolean {
  if (statement.type === "plain") return false;
  if (statement.type === "if" || statement.type === "case")
    return statement.branches.some(({ statements }) => statements.some(goesOnAfterErrors));
  const own =
    statement.type === "block" &&
    statement.declarations.some(
      (declaration) =>
        declaration.type === "handler" &&
        declaration.action === "CONTINUE" &&
        !declaration.conditions.every((condition) => HARMLESS.test(condition)),
    );
  return own || statement.statements.some(goesOnAfterErrors);
}

const HARMLESS = /^(?:NOT FOUND|SQLWARNING|SQLSTATE (?:VALUE )?'02000'|1329)$/;

function distinctRegions(ways: readonly BoundWay[]): readonly BoundRegion[] {
  return [...new Set(ways.flatMap(({ regions }) => regions))].toSorted((a, b) => a.place - b.place);
}

/** Literals lose what became a value; data becomes '?' or nothing. On every way the same, or a text says that it is not. */
function pieceEdits(ways: readonly BoundWay[], { mode }: Routine): readonly Edit[] | string {
  const texts = new Map<number, { piece: TextPiece; text: string }>();
  for (const { pieces, texts: own } of ways) {
    for (const [index, piece] of pieces.entries()) {
      const text = own[index] ?? "";
      if (!piece.isLiteral && piece.constant !== null) {
        if (text !== piece.constant)
          return "a value is joined to a number, or to what is chosen from a closed set";
        continue;
      }
      const known = texts.get(piece.span.start);
      if (known !== undefined && known.text !== text)
        return "a part of the text is a value on one way and none on another";
      texts.set(piece.span.start, { piece, text });
    }
  }
  return [...texts.values()].flatMap(({ piece, text }) =>
    text === piece.constant ? [] : [{ ...piece.span, text: writeString(text, mode) }],
  );
}

/** Reads the text as it would be and looks where its placeholders are. */
function refusedText(
  input: CureInput,
  routine: Routine,
  { texts, regions, pieces }: BoundWay,
): string | null {
  let statement: PlainSql;
  try {
    const made = parseRoutine(`CREATE PROCEDURE p() ${texts.join("")}`, routine.mode);
    if (made.body.type !== "plain") return "the text is no single statement";
    statement = readPlain(made, made.body);
  } catch (error) {
    if (!(error instanceof MysqlError)) throw error;
    if (pieces.some(({ isOdd }) => isOdd)) return null;
    return `the text cannot be read: ${error.message}`;
  }
  const { safe, all } = safeSites(statement);
  const placeholders = all.filter(({ type }) => type === "placeholder");
  if (placeholders.length !== regions.length) return "a part of the text is no value";
  if (placeholders.some((placeholder: Expression) => !safe.has(placeholder))) {
    return "a value stands where binding it would change the result: in the list, a group, an order or an expression";
  }
  const narrow = narrowColumn(statement, input.program, input.catalog);
  return narrow !== null && regions.some(({ bound }) => bound.isText)
    ? `the character set of ${narrow} does not hold every value`
    : null;
}
