import type { Token } from "../sql/token.ts";

/**
 * Gives the tokens before one, from behind, as far as the parenthesis around it; what stands in parentheses of its own is left
 * out.
 *
 * @returns Their indexes.
 */
export function* siblingsBefore(tokens: readonly Token[], index: number): Generator<number, void> {
  let depth = 0;
  for (let at = index - 1; at >= 0; at -= 1) {
    const word = tokens[at]?.word;
    if (word === ")") depth += 1;
    else if (word === "(") {
      if (depth === 0) return;
      depth -= 1;
    } else if (depth === 0) yield at;
  }
}
