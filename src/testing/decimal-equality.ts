import { Decimal } from "../decimal/index.ts";

/**
 * Tells vitest (or Jest) when two decimals are equal: same precision, scale and rounding, same value.
 *
 * A Decimal's state is private, so without it `toEqual` holds any two of them equal, and a test that
 * compares prices cannot fail.
 *
 * @returns Undefined where neither side is a Decimal, so that other testers decide.
 *
 * @example
 * ```ts
 * // In a set-up file:
 * expect.addEqualityTesters([decimalEquality]);
 * ```
 */
export function decimalEquality(a: unknown, b: unknown): boolean | undefined {
  const isDecimal = a instanceof Decimal;
  if (isDecimal !== b instanceof Decimal) return false;
  if (!isDecimal || !(b instanceof Decimal)) return undefined;
  return (
    a.units === b.units &&
    a.type.scale === b.type.scale &&
    a.type.precision === b.type.precision &&
    a.type.rounding === b.type.rounding
  );
}
