import { type Decimal, type DecimalOperand, decimalOfUnits, scaledOf } from "./decimal.ts";
import { DecimalError } from "./decimal-error.ts";
import type { DecimalType } from "./decimal-type.ts";
import { tenTo } from "./powers-of-ten.ts";
import { divideRounded } from "./rounding.ts";

/**
 * Averages values by weight, such as prices by quantity: Σ(value · weight) / Σ weight, rounded once.
 *
 * @param pairs - `[value, weight]` each, of any types.
 * @param type - What to return, round by and check against, such as the prices' own type.
 * @throws {@link DecimalError} with `DECIMAL_DIVISION_BY_ZERO` if the weights add up to zero or there
 *   are none, `DECIMAL_RANGE`, `DECIMAL_INEXACT` under `exact`, `DECIMAL_NUMBER` or `DECIMAL_TYPE`.
 */
export function weightedAverage(
  pairs: Iterable<readonly [value: DecimalOperand, weight: DecimalOperand]>,
  type: DecimalType,
): Decimal {
  let products = 0n;
  let productScale = 0;
  let weights = 0n;
  let weightScale = 0;
  for (const [value, weight] of pairs) {
    const left = scaledOf(value);
    const right = scaledOf(weight);
    const scale = left.scale + right.scale;
    if (scale > productScale) {
      products *= tenTo(scale - productScale);
      productScale = scale;
    }
    products += left.units * right.units * tenTo(productScale - scale);
    if (right.scale > weightScale) {
      weights *= tenTo(right.scale - weightScale);
      weightScale = right.scale;
    }
    weights += right.units * tenTo(weightScale - right.scale);
  }
  if (weights === 0n) {
    throw new DecimalError("DECIMAL_DIVISION_BY_ZERO", "the weights add up to zero");
  }
  const dividend = products * tenTo(weightScale + type.scale);
  const units = divideRounded(dividend, weights * tenTo(productScale), type.rounding);
  return decimalOfUnits(units, type);
}
