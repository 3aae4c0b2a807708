/**
 * Every code a decimal operation can fail with. Each has a row in `docs/decimal.md`.
 *
 * | code | means |
 * | --- | --- |
 * | `DECIMAL_SYNTAX` | a text is not `-?\d+(\.\d+)?`, or a sort key is not one of its type |
 * | `DECIMAL_TOO_LONG` | a text is longer than {@link MAX_TEXT_LENGTH} characters |
 * | `DECIMAL_NUMBER` | a JavaScript number was given, or a value was asked to become one |
 * | `DECIMAL_RANGE` | the rounded result does not fit the type; nothing is ever clamped |
 * | `DECIMAL_INEXACT` | digits would be lost under the mode `exact` |
 * | `DECIMAL_DIVISION_BY_ZERO` | the divisor, the weights or the base of a percentage are zero |
 * | `DECIMAL_TYPE` | an argument is of the wrong kind: operand, type, mode or number of digits |
 * | `DECIMAL_RATIOS` | ratios are absent, negative or add up to zero |
 * | `DECIMAL_STEP` | a step is not above zero, finer than the type, or no band holds the price |
 */
export const DECIMAL_ERROR_CODES = [
  "DECIMAL_SYNTAX",
  "DECIMAL_TOO_LONG",
  "DECIMAL_NUMBER",
  "DECIMAL_RANGE",
  "DECIMAL_INEXACT",
  "DECIMAL_DIVISION_BY_ZERO",
  "DECIMAL_TYPE",
  "DECIMAL_RATIOS",
  "DECIMAL_STEP",
] as const;

/** One of {@link DECIMAL_ERROR_CODES}. */
export type DecimalErrorCode = (typeof DECIMAL_ERROR_CODES)[number];

/**
 * Reports a decimal operation that was refused.
 *
 * Decimals never change, so a refused operation leaves everything as it was. Messages name limits,
 * positions and counts of digits, never the amount itself.
 */
export class DecimalError extends Error {
  /** Stable identifier; the message is for people and may change. */
  readonly code: DecimalErrorCode;

  constructor(code: DecimalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DecimalError";
    this.code = code;
  }
}

/**
 * Makes the error for a value that should have been something else, without showing the value.
 *
 * @param value - What was given.
 * @param expected - What should have been given, as it reads after "expected".
 * @returns `DECIMAL_NUMBER` for a JavaScript number, else `DECIMAL_TYPE`.
 */
export function unexpected(value: unknown, expected: string): DecimalError {
  if (typeof value === "number") {
    return new DecimalError(
      "DECIMAL_NUMBER",
      `expected ${expected}, got a JavaScript number, which may have lost digits already; keep the text it came from`,
    );
  }
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return new DecimalError("DECIMAL_TYPE", `expected ${expected}, got ${kind}`);
}
