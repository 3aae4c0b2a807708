import { DecimalError, unexpected } from "./decimal-error.ts";
import { tenTo } from "./powers-of-ten.ts";

/**
 * Writes units as `precision + 1` digits whose byte order is numeric order: `1` and the padded
 * magnitude, or, below zero, `0` and the magnitude's complement to 10^precision − 1.
 */
export function sortKeyOf(units: bigint, precision: number): string {
  if (units >= 0n) return `1${units.toString().padStart(precision, "0")}`;
  return `0${(tenTo(precision) - 1n + units).toString().padStart(precision, "0")}`;
}

/**
 * Reads what {@link sortKeyOf} wrote.
 *
 * @throws {@link DecimalError} with `DECIMAL_SYNTAX` for any other text, the key that would be −0
 *   included, so that a number has one key; `DECIMAL_NUMBER` or `DECIMAL_TYPE` for no text.
 */
export function unitsOfSortKey(key: string, precision: number): bigint {
  if (typeof key !== "string") throw unexpected(key, "a sort key");
  if (key.length !== precision + 1 || !/^[01][0-9]+$/.test(key)) {
    throw new DecimalError(
      "DECIMAL_SYNTAX",
      `a sort key of this type is 0 or 1 and ${precision} more digits, got ${key.length} characters`,
    );
  }
  const digits = BigInt(key.slice(1));
  if (key.startsWith("1")) return digits;
  const units = digits - (tenTo(precision) - 1n);
  if (units === 0n) {
    throw new DecimalError("DECIMAL_SYNTAX", "a sort key of zero starts with 1, got 0");
  }
  return units;
}
