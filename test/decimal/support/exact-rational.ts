import type { RoundingMode } from "orderly-ws/decimal";

/**
 * An exact fraction: the second opinion of the tests. It shares nothing with the library and rounds the
 * way that the definitions read: name the two neighbours, then choose.
 */
export interface Rational {
  readonly numerator: bigint;
  /** Above zero. */
  readonly denominator: bigint;
}

export function rational(numerator: bigint, denominator: bigint): Rational {
  return denominator < 0n
    ? { numerator: -numerator, denominator: -denominator }
    : { numerator, denominator };
}

/** Reads a decimal text, of any length, by splitting it at the point. */
export function rationalOf(text: string): Rational {
  const [integer = "", fraction = ""] = text.split(".");
  return rational(BigInt(integer + fraction), 10n ** BigInt(fraction.length));
}

export function add(a: Rational, b: Rational): Rational {
  return rational(
    a.numerator * b.denominator + b.numerator * a.denominator,
    a.denominator * b.denominator,
  );
}

export function negate(a: Rational): Rational {
  return rational(-a.numerator, a.denominator);
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function divide(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** a − b · trunc(a / b). */
export function remainder(a: Rational, b: Rational): Rational {
  const { numerator, denominator } = divide(a, b);
  const magnitude = (numerator < 0n ? -numerator : numerator) / denominator;
  const truncated = numerator < 0n ? -magnitude : magnitude;
  return add(a, negate(multiply(b, rational(truncated, 1n))));
}

export function sign(a: Rational): number {
  return a.numerator < 0n ? -1 : a.numerator > 0n ? 1 : 0;
}

/** The whole number of 10^−scale that a mode rounds to; null where `exact` forbids it. */
export function roundToScale(value: Rational, scale: number, mode: RoundingMode): bigint | null {
  const power = 10n ** BigInt(scale < 0 ? -scale : scale);
  const scaled =
    scale < 0
      ? rational(value.numerator, value.denominator * power)
      : rational(value.numerator * power, value.denominator);
  return roundToInteger(scaled, mode);
}

export function roundToInteger(
  { numerator, denominator }: Rational,
  mode: RoundingMode,
): bigint | null {
  let below = numerator / denominator;
  if (below * denominator > numerator) below -= 1n;
  if (below * denominator === numerator) return below;
  const above = below + 1n;
  const [towardZero, awayFromZero] = numerator < 0n ? [above, below] : [below, above];
  const toBelow = numerator - below * denominator;
  const toAbove = above * denominator - numerator;
  const nearest = toBelow < toAbove ? below : toAbove < toBelow ? above : null;
  switch (mode) {
    case "up":
      return awayFromZero;
    case "down":
      return towardZero;
    case "ceiling":
      return above;
    case "floor":
      return below;
    case "half-up":
      return nearest ?? awayFromZero;
    case "half-down":
      return nearest ?? towardZero;
    case "half-even":
      return nearest ?? (below % 2n === 0n ? below : above);
    case "05up":
      return /[05]$/.test(towardZero.toString()) ? awayFromZero : towardZero;
    case "exact":
      return null;
  }
}
