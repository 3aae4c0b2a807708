import { QuoteState } from "../diagnosis/dynamic-text.ts";
import { unquoteIdentifier, userVariableName } from "../sql/identifier.ts";
import type { Routine } from "../sql/routine.ts";
import { type Token, wordAt } from "../sql/token.ts";
import { placedStatements } from "./scope-at.ts";
import type { TextPart } from "./text-parts.ts";
import { readStatement } from "./text-paths.ts";
import { type FollowedText, followText, type TextTrace } from "./trace-text.ts";

/**
 * Finds a variable that holds a part of a text and is also looked at otherwise: there it would hold something else once values
 * are bound. Tests for the empty text are let pass, since what is not empty stays so.
 *
 * @returns Its name as written, or null.
 */
export function textUsedElsewhere(routine: Routine, trace: TextTrace): string | null {
  const keys = new Set(trace.assignments.map(({ key }) => key));
  const joined = new Set<number>();
  const collect = (parts: readonly TextPart[]): void => {
    const quotes = new QuoteState(routine.mode);
    for (const part of parts) {
      if (part.type === "constant") quotes.read(part.value);
      if (quotes.quote !== "") continue;
      if (part.type === "choice") for (const option of part.options) collect(option.parts);
      if (part.type === "variable") joined.add(part.span.start);
    }
  };
  for (const own of [trace, ...othersThan(routine, trace)]) {
    for (const { parts } of [...own.assignments, own]) collect(parts);
  }
  const numbers = new Set<string>();
  for (const { key, parts } of trace.assignments)
    if (key.startsWith("@") && mayBeNumber(parts, numbers)) numbers.add(key);
  const { tokens, body } = routine;
  const found = tokens.find((token, index) => {
    const key = keyOfToken(token);
    if (key === null || !keys.has(key) || token.start < body.start) return false;
    if (!key.startsWith("@") && tokens[index - 1]?.word === ".") return false;
    if (joined.has(token.start) || isTarget(tokens, index)) return false;
    return numbers.has(key) || !isEmptinessTest(tokens, index);
  });
  return found === undefined ? null : found.text;
}

/** Whether a user variable that is given this holds a number, of which 0 equals the empty text: bound, it holds `?`. */
function mayBeNumber(parts: readonly TextPart[], numbers: ReadonlySet<string>): boolean {
  const [part, ...others] = parts;
  if (part === undefined || others.length > 0) return false;
  if (part.type === "choice") return part.options.every((own) => mayBeNumber(own.parts, numbers));
  return part.type === "variable" ? numbers.has(part.key) : part.type === "data";
}

function keyOfToken({ kind, text }: Token): string | null {
  if (kind === "user-variable") return `@${userVariableName(text)}`;
  return kind === "word" || kind === "name" ? unquoteIdentifier(text).toLowerCase() : null;
}

/** Other texts of the routine that have no statement in common with this one: variables are often used for one after another. */
function othersThan(routine: Routine, trace: TextTrace): readonly FollowedText[] {
  const statementsOf = ({ ways }: FollowedText): ReadonlySet<unknown> =>
    new Set(ways.flat().map(({ carrier }) => carrier.at?.statement.start));
  const own = statementsOf(trace);
  return placedStatements(routine).flatMap((at) => {
    const sql = readStatement(routine, at.statement);
    if (sql?.type !== "prepare" && sql?.type !== "execute-immediate") return [];
    const other = followText(routine, at, sql.text);
    if (typeof other === "string") return [];
    return [...statementsOf(other)].some((start) => own.has(start)) ? [] : [other];
  });
}

/** Whether a variable is given something there: SET, INTO, DECLARE. */
function isTarget(tokens: readonly Token[], index: number): boolean {
  const before = wordAt(tokens, index - 1);
  const after = wordAt(tokens, index + 1);
  if (before === "INTO" || before === "DECLARE") return true;
  return (before === "SET" || before === ",") && (after === "=" || after === ":=");
}

/** `v = ''`, `v <> ''`, `LENGTH(v) > 0`. */
function isEmptinessTest(tokens: readonly Token[], index: number): boolean {
  const word = (at: number): string => wordAt(tokens, index + at);
  if (["=", "<>", "!="].includes(word(1))) return tokens[index + 2]?.text === "''";
  const isLength = /^(?:OCTET_|CHAR_|CHARACTER_)?LENGTH$/.test(word(-2));
  return (
    isLength &&
    word(-1) === "(" &&
    word(1) === ")" &&
    /^(?:=|>|<>|!=)$/.test(word(2)) &&
    tokens[index + 3]?.text === "0"
  );
}
