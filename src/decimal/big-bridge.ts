import { Big } from "big.js";
import { unexpected } from "./decimal-error.ts";
import { tenTo } from "./powers-of-ten.ts";
import { dropDigits, type RoundingMode } from "./rounding.ts";

/** Digits beyond the widest type's 65 that an exponent may ask for before it is out of any range. */
const MAX_EXPONENT = 100;

/** Makes a big.js value from a decimal text. */
export function bigOf(text: string): Big {
  return new Big(text);
}

/**
 * Reads a big.js value as units of 10^−scale, rounding once.
 *
 * Time and memory follow the digits that it holds, not its exponent: 1e1000000 is not written out.
 *
 * @throws {@link DecimalError} with `DECIMAL_NUMBER` or `DECIMAL_TYPE` for what is no big.js value,
 *   `DECIMAL_INEXACT` under `exact`.
 */
export function unitsOfBig(value: Big, scale: number, mode: RoundingMode): bigint {
  // By shape, not instanceof: big.js makes a class a caller, and a program may hold two copies of it.
  if (typeof value !== "object" || value === null || !isBigShaped(value)) {
    throw unexpected(value, "a big.js value");
  }
  const { s, e, c } = value;
  const exponent = e > MAX_EXPONENT ? MAX_EXPONENT : e;
  // Of the digits that do not fit, rounding needs the first, and whether any other is not zero.
  const kept = exponent + scale + 2;
  const known = kept < 1 ? 1 : kept;
  const sticky = c.slice(known).some((digit) => digit !== 0);
  const digits = BigInt(c.slice(0, known).join("") + (sticky ? "1" : ""));
  const length = (c.length < known ? c.length : known) + (sticky ? 1 : 0);
  // The digits stand for digits · 10^(exponent − length + 1).
  const surplus = length - 1 - exponent - scale;
  const signed = s < 0 ? -digits : digits;
  if (surplus <= 0) return signed * tenTo(-surplus);
  // Below half a unit however far: one place more is as good as a million.
  return dropDigits(signed, surplus < length + 2 ? surplus : length + 2, mode);
}

function isBigShaped(value: object): value is Big {
  const { s, e, c } = value as Partial<Record<"s" | "e" | "c", unknown>>;
  return (
    (s === 1 || s === -1) &&
    isInteger(e) &&
    Array.isArray(c) &&
    c.length > 0 &&
    c.every((digit) => isInteger(digit) && digit >= 0 && digit <= 9)
  );
}

function isInteger(value: unknown): value is number {
  return typeof value === "number" && value % 1 === 0;
}
