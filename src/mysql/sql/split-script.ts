import { DEFAULT_SQL_MODE, type SqlMode } from "./sql-mode.ts";
import { isBlank, type Span } from "./token.ts";
import { tokenize } from "./tokenize.ts";
import { unreadable } from "./unreadable.ts";

/** One statement of a script. */
export interface ScriptStatement extends Span {
  /** Its text, without the delimiter, and without space and comments before it. */
  readonly text: string;
}

const DELIMITER_LINE = /^[ \t]*delimiter(?:[ \t]+(\S+)[^\n]*)?[ \t]*$/i;

/**
 * Splits a script as the command-line client does: at `;`, or at what the last DELIMITER line said. DELIMITER is the client's
 * word: no server knows it.
 *
 * A SET of sql_mode in the script does not change how the rest of it is read: give such scripts their `mode`.
 *
 * @throws {@link MysqlError} with `DDL_UNREADABLE` for a string, name or comment that does not end, and for a DELIMITER line
 *   that names none.
 */
export function splitScript(source: string, mode: SqlMode = DEFAULT_SQL_MODE): ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  let delimiter = ";";
  let at = 0;
  while (at < source.length) {
    const line = lineAt(source, at);
    const named = startsLine(source, at) ? DELIMITER_LINE.exec(line.text) : null;
    if (named !== null) {
      if (named[1] === undefined)
        throw unreadable(source, at, "a DELIMITER line names no delimiter");
      delimiter = named[1];
      at = line.end;
      continue;
    }
    const end = statementEnd(source, at, delimiter, mode);
    const span = trim(source, { start: at, end: end.text }, mode);
    if (span !== null) statements.push({ ...span, text: source.slice(span.start, span.end) });
    at = end.next;
  }
  return statements;
}

function startsLine(source: string, at: number): boolean {
  return /(?:^|\n)[ \t]*$/.test(source.slice(Math.max(0, source.lastIndexOf("\n", at - 1)), at));
}

function lineAt(source: string, at: number): { readonly text: string; readonly end: number } {
  const newline = source.indexOf("\n", at);
  const end = newline === -1 ? source.length : newline + 1;
  return { text: source.slice(at, end).replace(/\r?\n$/, ""), end };
}

/** Where the statement that begins at `at` ends, and where the next begins. */
function statementEnd(
  source: string,
  at: number,
  delimiter: string,
  mode: SqlMode,
): { readonly text: number; readonly next: number } {
  let from = at;
  // Text is read in pieces that end at a possible delimiter, so that a file is not read again for each statement.
  for (;;) {
    const found = source.indexOf(delimiter, from);
    const nextLine = delimiterLineWithin(source, at, found === -1 ? source.length : found, mode);
    if (nextLine !== null) return { text: nextLine, next: nextLine };
    if (found === -1) return { text: source.length, next: source.length };
    if (isOutsideQuotes(source.slice(at, found), mode)) {
      return { text: found, next: found + delimiter.length };
    }
    from = found + 1;
  }
}

/** A DELIMITER line that follows nothing but blanks: what stands before it is no statement. */
function delimiterLineWithin(
  source: string,
  start: number,
  end: number,
  mode: SqlMode,
): number | null {
  const text = source.slice(start, end);
  if (!/delimiter/i.test(text)) return null;
  for (const token of tokenize(text, mode)) {
    if (isBlank(token)) continue;
    const isLine = token.word === "DELIMITER" && startsLine(source, start + token.start);
    return isLine && token.start > 0 ? start + token.start : null;
  }
  return null;
}

function isOutsideQuotes(text: string, mode: SqlMode): boolean {
  const tokens = tokenize(text, mode);
  const last = tokens.at(-1);
  if (last === undefined) return true;
  if (last.kind === "comment" && !last.text.startsWith("/*")) return false;
  return !tokens.some((token) => token.kind === "unplaced");
}

/** Takes blanks off the beginning and space off the end. Null where nothing is left. */
function trim(source: string, span: Span, mode: SqlMode): Span | null {
  const tokens = tokenize(source.slice(span.start, span.end), mode);
  const broken = tokens.find((token) => token.kind === "unplaced");
  if (broken !== undefined) {
    throw unreadable(source, span.start + broken.start, "a string, name or comment does not end");
  }
  const first = tokens.find((token) => !isBlank(token));
  const last = tokens.findLast((token) => !isBlank(token));
  if (first === undefined || last === undefined) return null;
  return { start: span.start + first.start, end: span.start + last.end };
}
