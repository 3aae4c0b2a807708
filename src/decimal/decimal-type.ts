import type { Big } from "big.js";
import { unitsOfBig } from "./big-bridge.ts";
import { Decimal, type DecimalOperand, decimalOfUnits } from "./decimal.ts";
import { DecimalError, unexpected } from "./decimal-error.ts";
import { DecimalSum } from "./decimal-sum.ts";
import { parseUnits } from "./parse-units.ts";
import { tenTo } from "./powers-of-ten.ts";
import { assertRoundingMode, dropDigits, type RoundingMode } from "./rounding.ts";
import { unitsOfSortKey } from "./sort-key.ts";
import { type StandardProperties, standardProperties } from "./standard-schema.ts";
import { conversionOf, exactNumber, type UnsafeConversion } from "./unsafe-number.ts";

/** The widest DECIMAL of MySQL and MariaDB, in digits. */
export const MAX_PRECISION = 65;

/** The most digits after the point. MySQL's limit; MariaDB would take 38. */
export const MAX_SCALE = 30;

/** What may differ between types of the same precision and scale. */
export interface DecimalTypeOptions {
  /**
   * How digits that do not fit are rounded.
   *
   * @defaultValue `"half-up"`: away from zero at a tie, as MySQL stores a DECIMAL.
   */
  readonly rounding?: RoundingMode;
}

/** Set by the class, whose constructor is private: only {@link decimal} may reach it, and checks first. */
let construct: (precision: number, scale: number, rounding: RoundingMode) => DecimalType;

/**
 * Describes a DECIMAL(p, s) column and makes its values. Made by {@link decimal}.
 *
 * It is also a Standard Schema validator of decimal texts.
 */
export class DecimalType {
  /** Digits in all, 1 to 65. */
  readonly precision: number;
  /** Digits after the point, 0 to 30 and at most the precision. */
  readonly scale: number;
  /** How results and texts with more digits are rounded. */
  readonly rounding: RoundingMode;
  /** The largest value in units of 10^−scale: 10^precision − 1. */
  readonly maxUnits: bigint;
  /** The smallest value in units of 10^−scale: −(10^precision − 1). */
  readonly minUnits: bigint;
  /**
   * The SQL to put where a value takes part in arithmetic or a comparison: `CAST(? AS DECIMAL(p,s))`.
   * With a bare `?` the server may compute in DOUBLE and lose digits.
   */
  readonly placeholder: string;
  /** Validates and parses through the Standard Schema interface, version 1: strings and Decimals. */
  readonly "~standard": StandardProperties<string | Decimal, Decimal>;

  private constructor(precision: number, scale: number, rounding: RoundingMode) {
    this.precision = precision;
    this.scale = scale;
    this.rounding = rounding;
    this.maxUnits = tenTo(precision) - 1n;
    this.minUnits = -this.maxUnits;
    this.placeholder = `CAST(? AS DECIMAL(${precision},${scale}))`;
    this["~standard"] = standardProperties((value) =>
      value instanceof Decimal ? this.from(value) : this.parse(value as string),
    );
    // Values live by these bounds. There are few types, and reading a frozen field costs nothing.
    Object.freeze(this);
  }

  /**
   * Reads a text: `-?\d+(\.\d+)?`, at most 128 characters. Digits beyond the scale are rounded.
   *
   * @throws {@link DecimalError} with `DECIMAL_SYNTAX`, `DECIMAL_TOO_LONG`, `DECIMAL_RANGE`,
   *   `DECIMAL_INEXACT` under `exact`, `DECIMAL_NUMBER` for a number, `DECIMAL_TYPE` for other kinds.
   */
  parse(text: string): Decimal {
    return decimalOfUnits(parseUnits(text, this.scale, this.rounding), this);
  }

  /**
   * Converts: a text as {@link DecimalType.parse}, a bigint as a whole number, a Decimal of any type
   * rounded by this type.
   *
   * @throws {@link DecimalError} as `parse`.
   */
  from(value: string | DecimalOperand): Decimal {
    if (typeof value === "string") return this.parse(value);
    if (typeof value === "bigint") return decimalOfUnits(value * tenTo(this.scale), this);
    if (value instanceof Decimal) return value.type === this ? value : value.to(this);
    throw unexpected(value, "a Decimal, a decimal text or a bigint");
  }

  /**
   * Makes a value from a whole number of 10^−scale: `12500000n` is 12.5 at scale 6.
   *
   * @throws {@link DecimalError} with `DECIMAL_RANGE`, or `DECIMAL_NUMBER` or `DECIMAL_TYPE` for what
   *   is no bigint.
   */
  fromUnits(units: bigint): Decimal {
    if (typeof units !== "bigint") throw unexpected(units, "a bigint of units");
    return decimalOfUnits(units, this);
  }

  /**
   * Reads a big.js value, rounding digits beyond the scale.
   *
   * @throws {@link DecimalError} with `DECIMAL_RANGE`, `DECIMAL_INEXACT` under `exact`, `DECIMAL_NUMBER`
   *   or `DECIMAL_TYPE` for what is no big.js value.
   */
  fromBig(value: Big): Decimal {
    return decimalOfUnits(unitsOfBig(value, this.scale, this.rounding), this);
  }

  /**
   * Reads what `toSortKey` of a value of the same precision and scale wrote.
   *
   * @throws {@link DecimalError} with `DECIMAL_SYNTAX` for any other text.
   */
  fromSortKey(key: string): Decimal {
    return decimalOfUnits(unitsOfSortKey(key, this.precision), this);
  }

  /**
   * Converts a JavaScript number by its exact binary value, and says what was lost.
   *
   * For data that exists as numbers only. 0.1 is not one tenth (see `exact` in the result), numbers
   * above 2^53 may stand for several integers, and digits that arithmetic lost before cannot be
   * found again. Wherever the text still exists, parse the text.
   *
   * @throws {@link DecimalError} with `DECIMAL_NUMBER` for NaN and the infinities, `DECIMAL_RANGE`,
   *   and `DECIMAL_INEXACT` under `exact`.
   */
  fromUnsafeNumber(value: number): UnsafeConversion {
    const exact = exactNumber(value);
    const surplus = exact.scale - this.scale;
    const units =
      surplus > 0 ? dropDigits(exact.units, surplus, this.rounding) : exact.units * tenTo(-surplus);
    return conversionOf(decimalOfUnits(units, this), exact);
  }

  /** The smallest value. */
  get min(): Decimal {
    return decimalOfUnits(this.minUnits, this);
  }

  /** The largest value. */
  get max(): Decimal {
    return decimalOfUnits(this.maxUnits, this);
  }

  /** Zero. */
  get zero(): Decimal {
    return decimalOfUnits(0n, this);
  }

  /**
   * Adds values of any types up, rounding and checking the range once, at the end: partial sums may
   * exceed the type.
   *
   * @throws {@link DecimalError} with `DECIMAL_RANGE`, `DECIMAL_INEXACT` under `exact`, `DECIMAL_NUMBER`
   *   or `DECIMAL_TYPE` for an element that is no Decimal or bigint.
   */
  sum(values: Iterable<DecimalOperand>): Decimal {
    return new DecimalSum(this).addAll(values).total();
  }

  /** Returns `DECIMAL(p,s)`. */
  toString(): string {
    return `DECIMAL(${this.precision},${this.scale})`;
  }

  static {
    construct = (precision, scale, rounding) => new DecimalType(precision, scale, rounding);
  }
}

/**
 * Makes a type: what a column of DECIMAL(precision, scale) can hold, and how values are rounded to it.
 *
 * Make each type once and keep it.
 *
 * @param precision - Digits in all, 1 to 65.
 * @param scale - Digits after the point, 0 to 30 and at most the precision.
 * @throws {@link DecimalError} with `DECIMAL_TYPE` for a precision, scale or rounding that is none.
 *
 * @example
 * ```ts
 * const Quantity = decimal(20, 2, { rounding: "down" });
 * Quantity.parse("10.999").toString(); // "10.99"
 * ```
 */
export function decimal(
  precision: number,
  scale: number,
  options: DecimalTypeOptions = {},
): DecimalType {
  const { rounding = "half-up" } = options;
  assertWithin("precision", precision, 1, MAX_PRECISION);
  assertWithin("scale", scale, 0, precision < MAX_SCALE ? precision : MAX_SCALE);
  assertRoundingMode(rounding);
  return construct(precision, scale, rounding);
}

function assertWithin(name: string, value: unknown, from: number, to: number): void {
  if (typeof value !== "number" || !(value >= from && value <= to) || value % 1 !== 0) {
    throw new DecimalError(
      "DECIMAL_TYPE",
      `${name} must be an integer from ${from} to ${to}, got ${String(value)}`,
    );
  }
}

/**
 * Prices: DECIMAL(19,6), half up, up to 9,999,999,999,999.999999.
 *
 * **It ends just below 10 trillion.** An amount of 10,000,000,000,000 KRW does not fit: amounts,
 * and whatever is multiplied or added up, are {@link DECIMAL_38_6}.
 */
export const DECIMAL_19_6: DecimalType = decimal(19, 6);

/** Amounts: DECIMAL(38,6), half up, up to 10^32 less one millionth. See {@link DECIMAL_19_6} for prices. */
export const DECIMAL_38_6: DecimalType = decimal(38, 6);
