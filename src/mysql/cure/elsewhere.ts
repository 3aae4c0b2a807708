import { unquoteIdentifier } from "../sql/identifier.ts";
import type { Routine } from "../sql/routine.ts";
import { type Span, type Token, wordAt } from "../sql/token.ts";
import { siblingsBefore } from "./siblings-before.ts";

/** Functions that look at a text's bytes or length, whatever its collation. */
const COLLATION_BLIND = new Set(
  (
    "LENGTH CHAR_LENGTH CHARACTER_LENGTH OCTET_LENGTH BIT_LENGTH HEX ISNULL ASCII ORD MD5 SHA SHA1 SHA2 CRC32 " +
    "TO_BASE64"
  ).split(" "),
);

/** Words behind which an assignment's value has ended. */
const ENDS = new Set([";", ",", "WHERE", "ORDER", "LIMIT", "ON", "END", ""]);

/** Words at which looking backwards for SET ends. */
const STATEMENT_STARTS = new Set(
  "SELECT WHERE ON HAVING VALUES THEN ELSE DO BEGIN IF WHEN LOOP REPEAT ;".split(" "),
);

/**
 * Whether a variable may be compared, sorted, grouped or shown outside of some places, so that another collation of its own
 * could change what happens there. Says yes wherever it cannot tell.
 *
 * @param name - Of the parameter or local.
 * @param declaredAt - Where its declaration stands.
 * @param places - Comparisons that are meant to change.
 */
export function isUsedElsewhere(
  routine: Routine,
  name: string,
  declaredAt: Span,
  places: readonly Span[],
): boolean {
  const { tokens } = routine;
  const wanted = name.toLowerCase();
  return tokens.some((token, index) => {
    if (token.kind !== "word" && token.kind !== "name") return false;
    if (unquoteIdentifier(token.text).toLowerCase() !== wanted) return false;
    // Neither the header nor its own DECLARE.
    if (token.start < routine.body.start) return false;
    if (declaredAt.start <= token.start && token.end <= declaredAt.end) return false;
    if (tokens[index - 1]?.word === "." || tokens[index + 1]?.word === ".") return false;
    if (places.some(({ start, end }) => start <= token.start && token.end <= end)) return false;
    return !isIndifferent(tokens, index);
  });
}

/** Whether a collation does not matter at a place: an assignment, from it or to it, or a test for NULL. */
function isIndifferent(tokens: readonly Token[], index: number): boolean {
  const previous = wordAt(tokens, index - 1);
  const next = wordAt(tokens, index + 1);
  if (next === "IS") {
    const third = tokens[index + 2]?.word;
    return third === "NULL" || (third === "NOT" && tokens[index + 3]?.word === "NULL");
  }
  if (previous === "DEFAULT" || previous === "RETURN") return next === ";" || next === "";
  if (isIntoTarget(tokens, index)) return true;
  if ((next === "=" || next === ":=") && (previous === "SET" || previous === ",")) {
    return isInSet(tokens, index);
  }
  if (previous === "=" || previous === ":=") {
    const target = tokens[index - 2];
    // A user variable takes over the collation.
    if (target === undefined || target.kind === "user-variable" || !ENDS.has(next)) return false;
    return isInSet(tokens, index - 2);
  }
  const isArgument = (previous === "(" || previous === ",") && (next === ")" || next === ",");
  if (!isArgument) return false;
  if (previous === "(" && next === ")" && COLLATION_BLIND.has(wordAt(tokens, index - 2))) {
    return true;
  }
  return isPassedOn(tokens, openingOf(tokens, index));
}

/** `INTO a, p`: of SELECT and of FETCH. */
function isIntoTarget(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1; at >= 0; at -= 2) {
    if (tokens[at]?.word === "INTO") return true;
    if (tokens[at]?.word !== ",") return false;
  }
  return false;
}

/** Whether an assignment's target belongs to a SET, of a statement or of UPDATE, and is no comparison. */
function isInSet(tokens: readonly Token[], target: number): boolean {
  for (const at of siblingsBefore(tokens, target)) {
    const word = wordAt(tokens, at);
    if (word === "SET") return true;
    if (STATEMENT_STARTS.has(word)) return false;
    // Directly behind SET or a comma, or behind a qualifier; else it is within an expression.
    if (at === target - 1 && word !== "," && word !== ".") return false;
  }
  return false;
}

/** Index of the parenthesis around a token, or -1. */
function openingOf(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let at = index - 1; at >= 0; at -= 1) {
    const word = tokens[at]?.word;
    if (word === ")") depth += 1;
    else if (word === "(") {
      if (depth === 0) return at;
      depth -= 1;
    } else if (word === ";") return -1;
  }
  return -1;
}

/** Whether parentheses hold the rows of VALUES or the arguments of CALL: what is assigned has a collation of its own. */
function isPassedOn(tokens: readonly Token[], opening: number): boolean {
  if (opening < 1) return false;
  const before = tokens[opening - 1];
  if (before?.word === "VALUES" || before?.word === "VALUE") return true;
  if (before?.word === "," && tokens[opening - 2]?.word === ")") {
    return isPassedOn(tokens, openingOf(tokens, opening - 2));
  }
  const callee = tokens[opening - 2]?.word === "." ? opening - 4 : opening - 2;
  return tokens[callee]?.word === "CALL";
}
