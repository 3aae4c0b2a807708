import type { Expression } from "../sql/expression.ts";
import { type Carrier, keyOf, type TextPart } from "./text-parts.ts";
import type { Held, Path } from "./text-paths.ts";

/** A test of a text for being empty: `v = ''`, `v <> ''`, `LENGTH(v) > 0`. */
interface EmptinessTest {
  /** The variable. */
  readonly key: string;
  /** Whether it is true of the empty text. */
  readonly isTrueOfEmpty: boolean;
}

/**
 * What a test for the empty text gives on one way through a routine; null where it is no such test, or where that is not known.
 *
 * Binding does not change it: what has a placeholder had quotes or digits there.
 */
export function testedEmptiness(condition: Expression, path: Path): boolean | null {
  const test = testOf(condition);
  const held = test === null ? undefined : path.get(test.key);
  const isEmpty = held === undefined ? null : isEmptyText(held);
  return test === null || isEmpty === null ? null : isEmpty === test.isTrueOfEmpty;
}

function testOf(condition: Expression): EmptinessTest | null {
  if (condition.type !== "operator") return null;
  const [left, right] = condition.operands;
  if (left === undefined || right?.type !== "literal") return null;
  const { operator } = condition;
  const isLength = left.type === "call" && /^(?:OCTET_|CHAR_|CHARACTER_)?LENGTH$/.test(left.name);
  const inner = isLength ? left.args[0] : left;
  const key = inner === undefined ? null : keyOf(inner);
  const isNothing = isLength
    ? right.kind === "number" && right.value === "0"
    : right.kind === "string" && right.value === "";
  if (key === null || !isNothing) return null;
  if (operator === "=") return { key, isTrueOfEmpty: true };
  if (operator === "<>" || operator === "!=" || (isLength && operator === ">"))
    return { key, isTrueOfEmpty: false };
  return null;
}

/** Whether what a variable holds has no characters; null where that depends on data. */
function isEmptyText(held: Held): boolean | null {
  return typeof held === "string" ? null : areEmpty(held.parts, held.held);
}

function areEmpty(parts: readonly TextPart[], path: Path): boolean | null {
  let result: boolean | null = true;
  for (const part of parts) {
    const own = isEmptyPart(part, path);
    if (own === false) return false;
    if (own === null) result = null;
  }
  return result;
}

function isEmptyPart(part: TextPart, path: Path): boolean | null {
  switch (part.type) {
    case "constant":
      // A collation of PAD SPACE takes spaces for nothing.
      return part.value === "" ? true : part.value.trim() === "" ? null : false;
    case "variable": {
      const held = path.get(part.key);
      return held === undefined ? null : isEmptyText(held);
    }
    case "choice": {
      const found = new Set(part.options.map((option) => areEmpty(option.parts, path)));
      const [only = null] = found;
      return found.size === 1 ? only : null;
    }
    default:
      return null;
  }
}

/** The option of `IF(v = '', a, b)` that is chosen on one way; null where that is not known. */
export function optionByEmptiness<T extends { readonly carrier: Carrier }>(
  choice: Expression,
  options: readonly T[],
  path: Path,
): T | null {
  const [condition] = choice.type === "call" && choice.name === "IF" ? choice.args : [];
  const isTrue = condition === undefined ? null : testedEmptiness(condition, path);
  return isTrue === null ? null : (options[isTrue ? 0 : 1] ?? null);
}
