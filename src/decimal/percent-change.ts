import { type Decimal, type DecimalOperand, decimalOfUnits, scaledOf } from "./decimal.ts";
import { DecimalError } from "./decimal-error.ts";
import type { DecimalType } from "./decimal-type.ts";
import { tenTo } from "./powers-of-ten.ts";
import { divideRounded } from "./rounding.ts";

/**
 * Tells by how many per cent a value changed: (after − before) / |before| · 100, rounded once.
 *
 * Relative to the magnitude of `before`, so that a rise is positive from below zero too.
 *
 * @param type - What to return. Defaults to the type of `before`.
 * @throws {@link DecimalError} with `DECIMAL_DIVISION_BY_ZERO` if `before` is zero, `DECIMAL_RANGE`,
 *   `DECIMAL_INEXACT` under `exact`, `DECIMAL_NUMBER` or `DECIMAL_TYPE`.
 */
export function percentChange(
  before: Decimal,
  after: DecimalOperand,
  type: DecimalType = before.type,
): Decimal {
  const base = scaledOf(before);
  const next = scaledOf(after);
  if (base.units === 0n) {
    throw new DecimalError("DECIMAL_DIVISION_BY_ZERO", "a change from zero has no percentage");
  }
  const scale = base.scale > next.scale ? base.scale : next.scale;
  const from = base.units * tenTo(scale - base.scale);
  const change = next.units * tenTo(scale - next.scale) - from;
  const units = divideRounded(
    change * 100n * tenTo(type.scale),
    from < 0n ? -from : from,
    type.rounding,
  );
  return decimalOfUnits(units, type);
}
