import type { Origin } from "../diagnosis/value.ts";
import type { Edit } from "../sql/edits.ts";
import { unquoteIdentifier } from "../sql/identifier.ts";
import type { Routine } from "../sql/routine.ts";
import { wordAt } from "../sql/token.ts";

/**
 * `JOIN (SELECT p AS symbol) d USING (symbol)`: the column of the query is named nowhere, so its item in the query gets the
 * collation.
 *
 * @returns Null where the query, or the item in it, cannot be told with certainty.
 */
export function collateJoined(routine: Routine, origin: Origin, to: string): Edit | null {
  const [alias = "", column = ""] = origin.name.split(".").slice(-2);
  if (origin.type !== "derived") return null;
  const { tokens } = routine;
  const found = tokens.flatMap(({ word }, index) => {
    const behind = tokens[index + 1]?.word === "AS" ? index + 2 : index + 1;
    return word === ")" && isName(routine, behind, alias) ? [index] : [];
  });
  const [closing, ...others] = found;
  if (closing === undefined || others.length > 0) return null;
  const items = selectItems(routine, closing);
  const own = items.filter(({ limit }) => isName(routine, limit - 1, column));
  const [item] = own;
  if (item === undefined || own.length > 1) return null;
  return collateItem(routine, item, to);
}

/** A range of tokens. */
interface Item {
  readonly first: number;
  readonly limit: number;
}

function isName({ tokens }: Routine, index: number, name: string): boolean {
  const token = tokens[index];
  if (token?.kind !== "word" && token?.kind !== "name") return false;
  return unquoteIdentifier(token.text).toLowerCase() === name.toLowerCase();
}

/** The items of the query that ends at a parenthesis; none where it is a UNION, whose queries would all have to change. */
function selectItems({ tokens }: Routine, closing: number): readonly Item[] {
  let depth = 0;
  let opening = closing;
  for (; opening >= 0; opening -= 1) {
    const word = tokens[opening]?.word;
    if (word === ")") depth += 1;
    else if (word === "(") depth -= 1;
    if (depth === 0) break;
    if (depth === 1 && (word === "UNION" || word === "EXCEPT" || word === "INTERSECT")) return [];
  }
  if (tokens[opening + 1]?.word !== "SELECT") return [];
  const items: Item[] = [];
  let first = opening + 2;
  for (let at = first; at <= closing; at += 1) {
    const word = wordAt(tokens, at);
    if (word === "(") depth += 1;
    else if (word === ")" && at < closing) depth -= 1;
    if (depth > 0 || ![",", "FROM", ")"].includes(word)) continue;
    if (word === ")" && at < closing) continue;
    items.push({ first, limit: at });
    first = at + 1;
    if (word === "FROM") break;
  }
  return items;
}

function collateItem({ source, tokens }: Routine, { first, limit }: Item, to: string): Edit | null {
  const hasAlias = limit - first > 1 && tokens[limit - 2]?.word !== ".";
  const hasAs = tokens[limit - 2]?.word === "AS";
  const last = tokens[hasAlias ? limit - (hasAs ? 3 : 2) : limit - 1];
  const start = tokens[first]?.start;
  if (last === undefined || start === undefined) return null;
  const text = source.slice(start, last.end);
  const value = /^[\w$.`]+$/.test(text) ? text : `(${text})`;
  const alias = hasAlias ? "" : ` AS ${tokens[limit - 1]?.text ?? ""}`;
  return { start, end: last.end, text: `${value} COLLATE ${to}${alias}` };
}
