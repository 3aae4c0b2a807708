import { DecimalError, unexpected } from "./decimal-error.ts";
import { bigintOf } from "./integer-halves.ts";
import { tenTo } from "./powers-of-ten.ts";
import { dropDigits, type RoundingMode } from "./rounding.ts";

/** The longest text that is read, in characters: bounds time and memory whatever a peer sends. */
export const MAX_TEXT_LENGTH = 128;

/** Up to this many digits, scale included, an integer stays below 2^53. */
const SMALL_DIGITS = 15;

const ZERO = 48;
const MINUS = 45;
const POINT = 46;

/**
 * Reads a text as a whole number of units of 10^−scale, rounding once where it has more digits.
 *
 * @param text - `-?\d+(\.\d+)?`, at most {@link MAX_TEXT_LENGTH} characters; leading zeros allowed.
 * @throws {@link DecimalError} with `DECIMAL_NUMBER` or `DECIMAL_TYPE` for what is not a string,
 *   `DECIMAL_TOO_LONG`, `DECIMAL_SYNTAX`, and `DECIMAL_INEXACT` under `exact`.
 */
export function parseUnits(text: string, scale: number, mode: RoundingMode): bigint {
  if (typeof text !== "string") throw unexpected(text, "a decimal text");
  const length = text.length;
  if (length > MAX_TEXT_LENGTH) {
    throw new DecimalError(
      "DECIMAL_TOO_LONG",
      `a decimal text has at most ${MAX_TEXT_LENGTH} characters, got ${length}`,
    );
  }
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  let point = length;
  let integer = 0;
  for (let index = start; index < length; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    // Past 2^53 the sum is no longer exact; it is thrown away below.
    if (digit >= 0 && digit <= 9) integer = integer * 10 + digit;
    else if (digit === POINT - ZERO && point === length && index > start) point = index;
    else throw syntaxError(text, index);
  }
  if (length === start || point === length - 1) throw syntaxError(text, length);

  const fractionDigits = point === length ? 0 : length - point - 1;
  if (fractionDigits <= scale && point - start + scale <= SMALL_DIGITS) {
    for (let digits = fractionDigits; digits < scale; digits += 1) integer *= 10;
    return bigintOf(start === 1 ? -integer : integer);
  }
  return parseWide(text, point, fractionDigits, scale, mode);
}

function parseWide(
  text: string,
  point: number,
  fractionDigits: number,
  scale: number,
  mode: RoundingMode,
): bigint {
  const digits = BigInt(fractionDigits === 0 ? text : text.slice(0, point) + text.slice(point + 1));
  if (fractionDigits <= scale) return digits * tenTo(scale - fractionDigits);
  return dropDigits(digits, fractionDigits - scale, mode);
}

function syntaxError(text: string, index: number): DecimalError {
  const place =
    text === ""
      ? "it is empty"
      : index < text.length
        ? `character ${index + 1} does not fit`
        : "a digit is missing at its end";
  return new DecimalError("DECIMAL_SYNTAX", `a decimal text is -?digits(.digits)?: ${place}`);
}
