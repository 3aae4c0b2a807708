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
import { parseSqlMode } from "../sql/sql-mode.ts";
import { writeString } from "../sql/string-literal.ts";
import { boundExpression } from "./bound-expression.ts";
import { freeIndex, uniquePrefix } from "./handle-names.ts";
import { narrowColumn } from "./narrow-columns.ts";
import { safeSites } from "./placeholder-sites.ts";
import type { CureInput, CureRefusal, CureResult } from "./program-cure.ts";
import { type PlacedStatement, placedStatements } from "./scope-at.ts";
import { regionsOf, type TextPiece, type ValueRegion } from "./text-pieces.ts";
import { type TextTrace, traceText } from "./trace-text.ts";

/**
 * Turns SQL that is joined from data into SQL to which data is bound. The text stays where it is made; what stood in it as a
 * value becomes `?`, is kept in a user variable at that place, and goes to EXECUTE … USING.
 *
 * Refused where a part is no value (a name, a list, an expression), where the text is chosen or built in branches, and wherever
 * a bound value could mean something else.
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
  const regions = regionsOf(trace.pieces, routine.mode);
  if (typeof regions === "string") return regions;
  const refused = refusedText(input, routine, trace, regions, at);
  if (refused !== null) return refused;

  const prefix = uniquePrefix(program);
  let index = freeIndex(program.ddl, prefix);
  const edits: Edit[] = [];
  const names: string[] = [];
  const kept = new Map<number, string>();
  for (const region of regions) {
    const first = trace.pieces[region.first.piece];
    const last = trace.pieces[region.last.piece];
    if (first === undefined || last === undefined) throw new Error("bug: a region without pieces");
    if (first.statement !== last.statement) return "a value is joined in by several statements";
    const bound = boundExpression(region, routine, at.variables);
    if ("reason" in bound) return bound.reason;
    if (trace.isImmediate) {
      names.push(bound.text);
    } else {
      const name = `@${quoteIdentifier(`${prefix}_${index}`)}`;
      index += 1;
      names.push(name);
      const start = trace.statements[first.statement]?.start ?? at.statement.start;
      kept.set(start, `${kept.get(start) ?? ""}SET ${name} = ${bound.text}; `);
    }
  }
  for (const [start, text] of kept) edits.push({ start, end: start, text });
  edits.push(...pieceEdits(trace.pieces, regions, routine));
  edits.push({
    start: trace.execute.end,
    end: trace.execute.end,
    text: ` USING ${names.join(", ")}`,
  });
  return edits;
}

/** Literals lose what became a value; data becomes '?' or nothing. */
function pieceEdits(
  pieces: readonly TextPiece[],
  regions: readonly ValueRegion[],
  { mode }: Routine,
): Edit[] {
  return newTexts(pieces, regions).flatMap((text, index) => {
    const piece = pieces[index];
    if (piece === undefined || text === piece.constant) return [];
    return [{ ...piece.span, text: writeString(text, mode) }];
  });
}

/** What each piece of the text becomes. */
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

/** Reads the text as it would be and looks where its placeholders are. */
function refusedText(
  input: CureInput,
  routine: Routine,
  trace: TextTrace,
  regions: readonly ValueRegion[],
  at: PlacedStatement,
): string | null {
  const text = newTexts(trace.pieces, regions).join("");
  let statement: PlainSql;
  try {
    const made = parseRoutine(`CREATE PROCEDURE p() ${text}`, routine.mode);
    if (made.body.type !== "plain") return "the text is no single statement";
    statement = readPlain(made, made.body);
  } catch (error) {
    if (!(error instanceof MysqlError)) throw error;
    return `the text cannot be read: ${error.message}`;
  }
  const { safe, all } = safeSites(statement);
  const placeholders = all.filter(({ type }) => type === "placeholder");
  if (placeholders.length !== regions.length) return "a part of the text is no value";
  if (placeholders.some((placeholder: Expression) => !safe.has(placeholder))) {
    return "a value stands where binding it would change the result: in the list, a group, an order or an expression";
  }
  const narrow = narrowColumn(statement, input.program, input.catalog);
  const hasText = regions.some((region) => {
    const bound = boundExpression(region, routine, at.variables);
    return !("reason" in bound) && bound.isText;
  });
  return narrow !== null && hasText
    ? `the character set of ${narrow} does not hold every value`
    : null;
}
