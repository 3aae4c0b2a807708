import type { Catalog } from "../catalog/read-catalog.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import { charsetOf } from "../diagnosis/collated.ts";
import { lineOf } from "../diagnosis/finding.ts";
import { MysqlError } from "../mysql-error.ts";
import { applyEdits, type Edit } from "../sql/edits.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { PlainSql } from "../sql/plain-sql.ts";
import { readPlain } from "../sql/read-plain.ts";
import type { Routine } from "../sql/routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import { writeString } from "../sql/string-literal.ts";
import { isCalledWherePrepareIsRefused } from "./calls.ts";
import { refusedUnknown } from "./collate.ts";
import { freeIndex, uniquePrefix } from "./handle-names.ts";
import { narrowColumn, remainingMix } from "./narrow-columns.ts";
import { type PreparedText, preparedText } from "./prepared-text.ts";
import type { CureInput, CureRefusal, CureResult } from "./program-cure.ts";
import { type PlacedStatement, placedStatements } from "./scope-at.ts";

/** What reads the state that preparing a statement changes. */
const STATE_READERS =
  /\b(?:ROW_COUNT|FOUND_ROWS|LAST_INSERT_ID)\s*\(|\bGET\s+(?:CURRENT\s+|STACKED\s+)?DIAGNOSTICS\b|\bSHOW\s+(?:WARNINGS|ERRORS)\b/i;
const UNICODE_CLIENTS = new Set(["utf8mb3", "utf8mb4", "utf8"]);

/**
 * Prepares a statement that fails and binds to it what it compared: a bound value takes the column's collation.
 *
 * On MariaDB by EXECUTE IMMEDIATE, which leaves nothing behind. On MySQL by PREPARE, EXECUTE and DEALLOCATE with a handle of
 * its own, in a block that deallocates it on errors too; DEALLOCATE makes ROW_COUNT() 0, so that only queries are cured there.
 */
export function cureByUsing(input: CureInput): CureResult {
  const { program, catalog } = input;
  const routine = parseRoutine(program.ddl, parseSqlMode(program.sqlMode));
  const placed = placedStatements(routine);
  const refusals: CureRefusal[] = [];
  const notes = new Set<string>();
  const edits = new Map<number, Edit>();
  const prefix = uniquePrefix(program);
  let index = freeIndex(program.ddl, prefix);
  for (const finding of input.findings) {
    if (finding.class === "unknown") {
      refusals.push({
        line: lineOf(program.ddl, finding.span.start),
        reason: refusedUnknown(finding),
      });
    }
    if (!["error", "error-on-other-server", "index-lost"].includes(finding.class)) continue;
    const at = placed.find(
      ({ statement }) => statement.start <= finding.span.start && finding.span.end <= statement.end,
    );
    if (at !== undefined && edits.has(at.statement.start)) continue;
    const prepared =
      at === undefined
        ? "it is in a condition, a cursor or a default, and only statements can be prepared"
        : prepare(input, routine, at);
    if (at === undefined || typeof prepared === "string") {
      const reason = typeof prepared === "string" ? prepared : "";
      refusals.push({ line: lineOf(program.ddl, finding.span.start), reason });
      continue;
    }
    const { start, end } = at.statement;
    const text = replacement(prepared, routine, catalog.server.flavour, `${prefix}_${index}`);
    edits.set(start, { start, end, text });
    index += 1;
    notes.add(
      "values are bound: they take the collation of the column that they are compared with, its rules for trailing spaces included",
    );
  }
  return { ddl: applyEdits(program.ddl, [...edits.values()]), notes: [...notes], refusals };
}

/** The statement as it is prepared, or why it cannot be. */
function prepare(
  { program, catalog }: CureInput,
  routine: Routine,
  at: PlacedStatement,
): PreparedText | string {
  const general = refusedProgram(program, catalog, routine);
  if (general !== null) return general;
  let sql: PlainSql;
  try {
    sql = readPlain(routine, at.statement);
  } catch (error) {
    if (error instanceof MysqlError) return `the statement cannot be read: ${error.message}`;
    throw error;
  }
  if (catalog.server.flavour === "mysql" && STATE_READERS.test(program.ddl)) {
    return "the routine reads ROW_COUNT(), FOUND_ROWS() or diagnostics, which DEALLOCATE resets";
  }
  const refused = refusedStatement(sql, at, catalog.server.flavour);
  if (refused !== null) return refused;
  const prepared = preparedText(routine, at, sql);
  if (typeof prepared === "string") return prepared;
  if (prepared.bound.length === 0)
    return "no parameter or local is in it: a temporary or derived column, or a user variable, needs a collation";
  if (hasNonAscii(prepared.text) && !UNICODE_CLIENTS.has(program.characterSetClient)) {
    return `a prepared text goes through the client's character set ${program.characterSetClient}, which does not hold all of it`;
  }
  const connection = charsetOf(program.collationConnection);
  if (catalog.server.flavour === "mariadb" && prepared.hasText && connection !== "utf8mb4") {
    // MySQL binds what a user variable holds; MariaDB converts it first, and an emoji would become a question mark that matches.
    return `bound texts go through the connection's character set ${connection}, which does not hold all of them`;
  }
  const made = parseRoutine(`CREATE PROCEDURE p() ${prepared.text}`, routine.mode);
  if (made.body.type !== "plain") throw new Error("bug: a prepared statement is no plain one");
  const bound = readPlain(made, made.body);
  const narrow = prepared.hasText ? narrowColumn(bound, program, catalog) : null;
  if (narrow !== null) return `the character set of ${narrow} does not hold every value`;
  const remains = remainingMix(bound, program, catalog);
  return remains ? "the collations would not mix in the prepared statement either" : prepared;
}

function refusedProgram(
  program: StoredProgram,
  catalog: Catalog,
  { kind }: Routine,
): string | null {
  if (kind === "function" || kind === "trigger")
    return `a ${kind} may not prepare statements (error 1336)`;
  const caller = isCalledWherePrepareIsRefused(program, catalog);
  if (caller !== null)
    return `${caller} calls it, where statements may not be prepared (error 1336)`;
  return null;
}

function refusedStatement(
  sql: PlainSql,
  { hasRecords }: PlacedStatement,
  flavour: "mysql" | "mariadb",
): string | null {
  if (hasRecords) return "the fields of a FOR record cannot be told from columns";
  switch (sql.type) {
    case "query":
      if (sql.query.into !== null)
        return "SELECT … INTO a local cannot be prepared, and a user variable keeps its old value where no row is found";
      break;
    case "insert":
    case "update":
    case "delete":
      if (flavour === "mysql") return "ROW_COUNT() would be 0 after the statement is deallocated";
      break;
    default:
      return "such a statement cannot be prepared with values";
  }
  return null;
}

function hasNonAscii(text: string): boolean {
  return /[^\0-\x7f]/.test(text);
}

function replacement(
  { text, bound }: PreparedText,
  routine: Routine,
  flavour: "mysql" | "mariadb",
  name: string,
): string {
  const literal = writeString(text, routine.mode);
  if (flavour === "mariadb") return `EXECUTE IMMEDIATE ${literal} USING ${bound.join(", ")}`;
  const handle = quoteIdentifier(name);
  const variables = bound.map((_, place) => `@${quoteIdentifier(`${name}_${place + 1}`)}`);
  const sets = bound.map((value, place) => `${variables[place]} = ${value}`).join(", ");
  return [
    "BEGIN",
    `DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN DECLARE CONTINUE HANDLER FOR 1243 BEGIN END; DEALLOCATE PREPARE ${handle}; RESIGNAL; END;`,
    `SET ${sets};`,
    `PREPARE ${handle} FROM ${literal};`,
    `EXECUTE ${handle} USING ${variables.join(", ")};`,
    `DEALLOCATE PREPARE ${handle};`,
    "END",
  ].join(" ");
}
