import { type Decimal, type DecimalOperand, decimalOfUnits, scaledOf } from "./decimal.ts";
import { DECIMAL_38_6 } from "./decimal-type.ts";
import { tenTo } from "./powers-of-ten.ts";
import { dropDigits } from "./rounding.ts";

/**
 * Multiplies a price by a quantity into an amount: DECIMAL_38_6, rounded once, half up.
 *
 * `price.times(quantity)` would be of the price's type, and amounts outgrow DECIMAL(19,6).
 *
 * @throws {@link DecimalError} with `DECIMAL_RANGE`, `DECIMAL_NUMBER` or `DECIMAL_TYPE`.
 */
export function notional(price: DecimalOperand, quantity: DecimalOperand): Decimal {
  const left = scaledOf(price);
  const right = scaledOf(quantity);
  const surplus = left.scale + right.scale - DECIMAL_38_6.scale;
  const product = left.units * right.units;
  const units =
    surplus > 0 ? dropDigits(product, surplus, DECIMAL_38_6.rounding) : product * tenTo(-surplus);
  return decimalOfUnits(units, DECIMAL_38_6);
}
