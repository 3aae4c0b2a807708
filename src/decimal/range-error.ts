import { DecimalError } from "./decimal-error.ts";
import type { DecimalType } from "./decimal-type.ts";
import { formatUnits } from "./format-units.ts";

/** The precision of `DECIMAL_38_6`, which the message recommends to narrower types. */
const AMOUNT_PRECISION = 38;

/** Makes the error for a result beyond a type: how long it is, where the type ends, what to use. */
export function rangeError(units: bigint, type: DecimalType): DecimalError {
  const digits = units.toString().length - (units < 0n ? 1 : 0) - type.scale;
  const advice =
    type.precision < AMOUNT_PRECISION
      ? "; amounts need the wider DECIMAL_38_6: 10 trillion is already beyond DECIMAL(19,6)"
      : "";
  return new DecimalError(
    "DECIMAL_RANGE",
    `DECIMAL(${type.precision},${type.scale}) ends at ±${formatUnits(type.maxUnits, type.scale)}, ` +
      `got ${digits} integer digits${advice}`,
  );
}
