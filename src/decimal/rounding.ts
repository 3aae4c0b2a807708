import { DecimalError, unexpected } from "./decimal-error.ts";
import { halfOfTenTo, tenTo } from "./powers-of-ten.ts";

/**
 * Every way to round.
 *
 * | mode | the digits that do not fit |
 * | --- | --- |
 * | `up` | away from zero |
 * | `down` | toward zero (MySQL's `TRUNCATE`) |
 * | `ceiling` | toward +∞ |
 * | `floor` | toward −∞ |
 * | `half-up` | to the nearest; a tie away from zero. MySQL's rule for DECIMAL, and the default |
 * | `half-down` | to the nearest; a tie toward zero |
 * | `half-even` | to the nearest; a tie to the even neighbour |
 * | `05up` | away from zero if the last digit kept would be 0 or 5, else toward zero |
 * | `exact` | throw `DECIMAL_INEXACT` |
 */
export const ROUNDING_MODES = [
  "up",
  "down",
  "ceiling",
  "floor",
  "half-up",
  "half-down",
  "half-even",
  "05up",
  "exact",
] as const;

/** One of {@link ROUNDING_MODES}. */
export type RoundingMode = (typeof ROUNDING_MODES)[number];

/**
 * Refuses what is not a rounding mode.
 *
 * @throws {@link DecimalError} with `DECIMAL_TYPE` (`DECIMAL_NUMBER` for a number).
 */
export function assertRoundingMode(mode: unknown): asserts mode is RoundingMode {
  if (!(ROUNDING_MODES as readonly unknown[]).includes(mode)) {
    throw unexpected(mode, `a rounding mode (${ROUNDING_MODES.join(", ")})`);
  }
}

/**
 * Divides two integers and rounds once.
 *
 * @param dividend - Any integer.
 * @param divisor - Any integer but zero: the caller has refused that.
 * @throws {@link DecimalError} with `DECIMAL_INEXACT` under `exact` if a remainder is left.
 */
export function divideRounded(dividend: bigint, divisor: bigint, mode: RoundingMode): bigint {
  const n = divisor < 0n ? -dividend : dividend;
  const d = divisor < 0n ? -divisor : divisor;
  if (mode === "half-up") {
    // Truncating (2n ± d) / 2d is rounding n / d half away from zero, for the price of one division.
    return n < 0n ? (n + n - d) / (d + d) : (n + n + d) / (d + d);
  }
  return roundQuotient(n, d, mode);
}

/**
 * Drops decimal digits from the right of an integer and rounds once.
 *
 * @param digits - How many digits to drop, an integer from 0 up.
 * @throws {@link DecimalError} with `DECIMAL_INEXACT` under `exact` if one of them is not zero.
 */
export function dropDigits(units: bigint, digits: number, mode: RoundingMode): bigint {
  if (digits === 0) return units;
  if (mode === "half-up") {
    const half = halfOfTenTo(digits);
    return (units < 0n ? units - half : units + half) / tenTo(digits);
  }
  return roundQuotient(units, tenTo(digits), mode);
}

function roundQuotient(n: bigint, d: bigint, mode: RoundingMode): bigint {
  const quotient = n / d;
  const remainder = n - quotient * d;
  if (remainder === 0n || !roundsAway(quotient, remainder, d, mode)) return quotient;
  return n < 0n ? quotient - 1n : quotient + 1n;
}

/** Tells whether a non-zero remainder moves the truncated quotient one away from zero. */
function roundsAway(quotient: bigint, remainder: bigint, d: bigint, mode: RoundingMode): boolean {
  switch (mode) {
    case "up":
      return true;
    case "down":
      return false;
    case "ceiling":
      return remainder > 0n;
    case "floor":
      return remainder < 0n;
    case "05up":
      return quotient % 5n === 0n;
    case "exact":
      throw new DecimalError(
        "DECIMAL_INEXACT",
        "digits would be lost, which the mode exact forbids",
      );
    default: {
      const twice = remainder < 0n ? -remainder - remainder : remainder + remainder;
      if (twice !== d) return twice > d;
      return mode === "half-up" || (mode === "half-even" && quotient % 2n !== 0n);
    }
  }
}
