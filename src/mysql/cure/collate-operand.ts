import { charsetOf } from "../diagnosis/collated.ts";
import type { Finding } from "../diagnosis/finding.ts";
import { isNativeResult } from "../diagnosis/functions.ts";
import type { Origin } from "../diagnosis/value.ts";
import type { Edit } from "../sql/edits.ts";
import { quoteIdentifier, unquoteIdentifier } from "../sql/identifier.ts";
import type { Routine } from "../sql/routine.ts";
import { type Span, wordAt } from "../sql/token.ts";
import { collateJoined } from "./collate-using.ts";
import { siblingsBefore } from "./siblings-before.ts";

/** Edits of one operand, or why there can be none. */
export type OperandCure = { readonly edits: readonly Edit[] } | { readonly reason: string };

/** Character sets that hold every character of those behind them. */
const WIDTH = ["utf8mb4", "utf16", "utf16le", "utf32", "utf8mb3", "ucs2"];

/** Whether a character set cannot hold every text of another. */
export function isNarrower(charset: string, than: string): boolean {
  if (charset === than) return false;
  const width = WIDTH.indexOf(charset);
  const other = WIDTH.indexOf(than);
  // Between two that are not of Unicode nobody knows; ASCII fits into all.
  if (width === -1) return than !== "ascii";
  if (other === -1) return false;
  return width >= 4 && other < 4;
}

/** Operators that find nothing where one side is NULL, as they do for a text that the other side cannot hold. */
const FINDS_NOTHING = new Set(["=", "IN", "LIKE"]);

/**
 * Gives one operand another collation where it stands.
 *
 * A text that is narrowed gets a guard: without it, a character that the column cannot hold would become a question mark, and
 * find the rows that hold one.
 */
export function collateAt(
  routine: Routine,
  finding: Finding,
  origin: Origin,
  from: string,
  to: string,
): OperandCure {
  if (!isWithin(origin.span, finding.span)) return collateOther(routine, finding, origin, to);
  const { start, end } = operandAround(routine, finding, origin);
  const text = routine.source.slice(start, end);
  const item = selectItemAt(routine, { start, end });
  const alias = item === "unnamed" ? ` AS ${quoteIdentifier(unquoteIdentifier(text))}` : "";
  const collate = ` COLLATE ${to}`;
  const charset = charsetOf(to);
  if (charset === charsetOf(from)) {
    return { edits: [{ start: end, end, text: `${collate}${alias}` }] };
  }
  // What these give is ASCII, in whatever character set.
  if (!isNarrower(charset, charsetOf(from)) || isNativeResult(origin.name)) {
    const replacement = `CONVERT(${text} USING ${charset})${collate}${alias}`;
    return { edits: [{ start, end, text: replacement }] };
  }
  if (origin.type === "returned") {
    return {
      reason: `${origin.name} can return characters that ${charset} cannot hold, and would have to be called more than once: declare what it returns as CHARACTER SET ${charset}`,
    };
  }
  if (!FINDS_NOTHING.has(finding.operator) || isNegated(routine, finding)) {
    return {
      reason: `${origin.name} can hold characters that ${charset} cannot, and ${finding.operator} would not treat them as before`,
    };
  }
  const wide = charsetOf(from);
  const narrow = `CONVERT(${text} USING ${charset})`;
  const replacement = `IF(${text} = CONVERT(${narrow} USING ${wide}) COLLATE ${wide}_bin, ${narrow}${collate}, NULL)`;
  return { edits: [{ start, end, text: replacement }] };
}

/** Whether the value is cast on its way: CAST and CONVERT to CHAR give the connection's collation, whatever was declared. */
export function isCast(routine: Routine, finding: Finding, origin: Origin): boolean {
  return callsAround(routine, finding, origin).some(({ name }) => /^(CAST|CONVERT)$/.test(name));
}

/** The operand that an origin is in, as far as functions go: it is the result that gets the collation. */
function operandAround(routine: Routine, finding: Finding, origin: Origin): Span {
  return callsAround(routine, finding, origin).at(-1) ?? origin.span;
}

/** The calls around an origin, inside out, but for the one that is the comparison itself. */
function callsAround(
  { tokens }: Routine,
  finding: Finding,
  origin: Origin,
): readonly (Span & { readonly name: string })[] {
  const calls: (Span & { name: string })[] = [];
  let depth = 0;
  for (let at = tokens.findIndex(({ start }) => start >= origin.span.start) - 1; at > 0; at -= 1) {
    const { word, start } = tokens[at] ?? { word: "", start: 0 };
    if (start < finding.span.start) break;
    if (word === ")") depth += 1;
    if (word !== "(") continue;
    if (depth > 0) {
      depth -= 1;
      continue;
    }
    const callee = tokens[at - 1];
    const isCall = callee?.kind === "word" && !NO_FUNCTIONS.has(callee.word);
    if (!isCall || callee.start < finding.span.start) continue;
    const call = { name: callee.word, start: callee.start, end: closing(tokens, at) };
    if (call.start === finding.span.start && call.end >= finding.span.end) break;
    calls.push(call);
  }
  return calls;
}

/** Words in front of a parenthesis that call nothing. */
const NO_FUNCTIONS = new Set(
  (
    "IN AND OR NOT XOR WHERE ON HAVING SELECT FROM JOIN LIKE REGEXP RLIKE BETWEEN WHEN THEN ELSE CASE ANY ALL SOME " +
    "EXISTS AS BY USING VALUES UNION DISTINCT SET DIV MOD IS ESCAPE"
  ).split(" "),
);

function closing(tokens: Routine["tokens"], opening: number): number {
  let depth = 0;
  for (let at = opening; at < tokens.length; at += 1) {
    const word = tokens[at]?.word;
    if (word === "(") depth += 1;
    else if (word === ")") {
      depth -= 1;
      if (depth === 0) return tokens[at]?.end ?? 0;
    }
  }
  return tokens.at(-1)?.end ?? 0;
}

function isWithin(span: Span, around: Span): boolean {
  return span.start >= around.start && span.end <= around.end && span.start < span.end;
}

/** `CASE p WHEN …`: what it is compared with gets the collation, since more may be compared with the operand. */
function collateOther(routine: Routine, finding: Finding, origin: Origin, to: string): OperandCure {
  const { start, end } = finding.span;
  if (finding.operator === "USING") {
    const edit = collateJoined(routine, origin, to);
    if (edit !== null) return { edits: [edit] };
    return { reason: `${origin.name} is compared without being named there: write ON for USING` };
  }
  if (finding.operator !== "CASE") {
    return { reason: `${origin.name} is compared without being named there: name it for the star` };
  }
  const text = routine.source.slice(start, end);
  const isWhole = text.startsWith("(") && text.endsWith(")");
  const operand = isWhole ? text : `(${text})`;
  return { edits: [{ start, end, text: `${operand} COLLATE ${to}` }] };
}

/** Whether a comparison is turned round: `NOT IN`, `NOT LIKE`, `NOT (…)`. Then finding nothing would find everything. */
function isNegated({ tokens }: Routine, { span }: Finding): boolean {
  const inside = tokens.filter(({ start, end }) => span.start <= start && end <= span.end);
  if (inside.some(({ word }) => word === "NOT" || word === "!")) return true;
  const first = tokens.findIndex(({ start }) => start >= span.start);
  for (let at = first - 1; at >= 0; at -= 1) {
    const word = wordAt(tokens, at);
    if (word === "NOT" || word === "!") return true;
    if (word !== "(") return false;
  }
  return false;
}

/** Whether an operand is all of a SELECT's item, and whether that has a name of its own. */
function selectItemAt({ tokens }: Routine, span: Span): "no" | "named" | "unnamed" {
  const first = tokens.findIndex(({ start }) => start === span.start);
  const last = tokens.findIndex(({ end }) => end === span.end);
  const before = wordAt(tokens, first - 1);
  const after = wordAt(tokens, last + 1);
  if (!["SELECT", "DISTINCT", "ALL", ","].includes(before)) return "no";
  if (before === "," && !isInSelectList(tokens, first)) return "no";
  if (["AS"].includes(after)) return "named";
  return [",", "FROM", "UNION", "INTO", ";", ")", "", "EXCEPT", "INTERSECT", "LIMIT"].includes(
    after,
  )
    ? "unnamed"
    : "named";
}

function isInSelectList(tokens: Routine["tokens"], index: number): boolean {
  for (const at of siblingsBefore(tokens, index)) {
    const word = wordAt(tokens, at);
    if (word === "SELECT") return true;
    if (["FROM", "WHERE", "VALUES", "SET", ";", "GROUP", "ORDER", "BY"].includes(word))
      return false;
  }
  return false;
}
