import fc from "fast-check";
import type { DecimalType } from "orderly-ws/decimal";

/** Cases a property: an operation is tried on at least this many. */
export const CASES = 100_000;

/** fast-check prints the seed with a failure; `DECIMAL_SEED` runs it again. */
export const RUNS: fc.Parameters<unknown> = {
  numRuns: CASES,
  ...(process.env["DECIMAL_SEED"] === undefined
    ? {}
    : { seed: Number(process.env["DECIMAL_SEED"]) | 0 }),
};

/**
 * Units of a type, every number of digits as likely as any other, up to so many digits: uniform integers
 * would nearly all be huge.
 */
export function units(digits: number): fc.Arbitrary<bigint> {
  return fc
    .tuple(fc.integer({ min: 1, max: digits }), fc.bigInt({ min: -(10n ** 65n), max: 10n ** 65n }))
    .map(([length, value]) => value % 10n ** BigInt(length));
}

/** Units anywhere in a type's range. */
export function unitsOf(type: DecimalType): fc.Arbitrary<bigint> {
  return units(type.precision);
}
