import type { Decimal } from "./decimal.ts";
import { DecimalError } from "./decimal-error.ts";
import { formatUnits } from "./format-units.ts";
import { tenTo } from "./powers-of-ten.ts";

/** What a JavaScript number became, and what it had lost or loses on the way. */
export interface UnsafeConversion {
  /** The number's exact binary value, rounded once by the type. */
  readonly value: Decimal;
  /** All digits of the number's exact binary value: 0.1 is `0.1000000000000000055511151231257827…`. */
  readonly exact: string;
  /** `exact` minus `value`, as text; `0` where nothing is lost here. What was lost before shows in `exact`. */
  readonly lost: string;
}

/** An exact fraction of a power of ten: `units` · 10^−`scale`. */
export interface ExactNumber {
  /** The numerator. */
  readonly units: bigint;
  /** Fraction digits, 0 to 1074. */
  readonly scale: number;
}

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/**
 * Takes a double apart into the exact decimal fraction that it stands for (IEEE 754 binary64).
 *
 * @throws {@link DecimalError} with `DECIMAL_NUMBER` for NaN and the infinities, `DECIMAL_TYPE` for
 *   what is no number.
 */
export function exactNumber(value: number): ExactNumber {
  if (typeof value !== "number") {
    throw new DecimalError("DECIMAL_TYPE", `expected a number, got ${typeof value}`);
  }
  double[0] = value;
  const word = bits[0] as bigint;
  const biased = (word >> 52n) & 0x7ffn;
  if (biased === 0x7ffn) {
    throw new DecimalError("DECIMAL_NUMBER", "a number that is not finite has no decimal value");
  }
  const fraction = word & 0xf_ffff_ffff_ffffn;
  const mantissa = biased === 0n ? fraction : fraction | 0x10_0000_0000_0000n;
  const signed = word >> 63n === 1n ? -mantissa : mantissa;
  let exponent = (biased === 0n ? 1n : biased) - 1075n;
  if (exponent >= 0n) return { units: signed << exponent, scale: 0 };
  let odd = signed;
  while (odd !== 0n && odd % 2n === 0n && exponent < 0n) {
    odd /= 2n;
    exponent += 1n;
  }
  if (odd === 0n) return { units: 0n, scale: 0 };
  // m / 2^k is m · 5^k / 10^k.
  let scale = 0;
  for (let power = exponent; power < 0n; power += 1n) scale += 1;
  return { units: odd * 5n ** -exponent, scale };
}

/** Says how far a rounded value is from the exact number. */
export function conversionOf(value: Decimal, { units, scale }: ExactNumber): UnsafeConversion {
  const common = scale > value.type.scale ? scale : value.type.scale;
  const lost = units * tenTo(common - scale) - value.units * tenTo(common - value.type.scale);
  return {
    value,
    exact: formatUnits(units, scale),
    lost: lost === 0n ? "0" : formatUnits(lost, common),
  };
}
