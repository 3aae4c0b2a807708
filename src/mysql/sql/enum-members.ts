import type { SqlMode } from "./sql-mode.ts";
import { readString } from "./string-literal.ts";
import { tokenize } from "./tokenize.ts";

/**
 * The values that an ENUM may have.
 *
 * @param list - What stands in its parentheses, as written.
 */
export function enumMembers(list: string, mode: SqlMode): readonly string[] {
  return tokenize(list, mode)
    .filter(({ kind }) => kind === "string")
    .map(({ text }) => readString(text, mode));
}
