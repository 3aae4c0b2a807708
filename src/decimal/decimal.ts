import type { Big } from "big.js";
import { allocateUnits } from "./allocate.ts";
import { bigOf } from "./big-bridge.ts";
import { DecimalError, unexpected } from "./decimal-error.ts";
import type { DecimalType } from "./decimal-type.ts";
import { formatUnits } from "./format-units.ts";
import { type DecimalFormatOptions, formatLocale } from "./locale-format.ts";
import { tenTo } from "./powers-of-ten.ts";
import { rangeError } from "./range-error.ts";
import { assertRoundingMode, divideRounded, dropDigits, type RoundingMode } from "./rounding.ts";
import { sortKeyOf } from "./sort-key.ts";

/** The right side of an operation: a decimal of any type, or a BigInt as a whole number. */
export type DecimalOperand = Decimal | bigint;

/** A number of units of 10^−scale. */
export interface Scaled {
  /** The whole number. */
  readonly units: bigint;
  /** Digits after the point. */
  readonly scale: number;
}

/** Takes an operand apart, or refuses it. */
export function scaledOf(operand: DecimalOperand): Scaled {
  if (operand instanceof Decimal) return { units: operand.units, scale: operand.type.scale };
  if (typeof operand === "bigint") return { units: operand, scale: 0 };
  throw unexpected(operand, "a Decimal or a bigint");
}

function finer(left: Scaled, right: Scaled): number {
  return left.scale > right.scale ? left.scale : right.scale;
}

function rescale(value: Scaled, scale: number): bigint {
  return value.units * tenTo(scale - value.scale);
}

function rounded(units: bigint, scale: number, type: DecimalType): Decimal {
  return construct(dropDigits(units, scale - type.scale, type.rounding), type);
}

function plusScaled(left: Decimal, right: Scaled): Decimal {
  const a = scaledOf(left);
  const scale = finer(a, right);
  return rounded(rescale(a, scale) + rescale(right, scale), scale, left.type);
}

/** Set by the class, whose constructor is private: only {@link decimalOfUnits} may reach it. */
let construct: (units: bigint, type: DecimalType) => Decimal;

function divisionByZero(): DecimalError {
  return new DecimalError("DECIMAL_DIVISION_BY_ZERO", "the divisor is zero");
}

/**
 * Holds one exact DECIMAL(p, s) value.
 *
 * Values never change and are made by a type: `DECIMAL_19_6.parse("12.5")`. An operation computes
 * exactly, rounds **once** by the rounding of the left operand's type, checks that type's range,
 * and returns that type. Operands may be of different types; comparison is by numeric value.
 *
 * `${value}` gives the text. What would turn a value into a JavaScript number throws
 * `DECIMAL_NUMBER`, so `a > b` and `a + b` cannot lie: use {@link Decimal.gt} and {@link Decimal.plus}.
 *
 * Every method that takes an operand throws {@link DecimalError} with `DECIMAL_NUMBER` for a
 * JavaScript number, `DECIMAL_TYPE` for anything else that is neither a Decimal nor a bigint, and,
 * where it returns a value, `DECIMAL_RANGE` if the rounded result does not fit.
 * State is private, so `structuredClone` and deep-equality checks cannot see it: send the text, and
 * compare with {@link Decimal.equals} (for tests, `decimalEquality` in `orderly-ws/testing`).
 */
export class Decimal {
  // No private methods: they would cost each value eight bytes, for the mark that it has them.
  readonly #units: bigint;
  readonly #type: DecimalType;

  /** Makes a value of `units` times 10^−scale. Only types call it: see `DecimalType.fromUnits`. */
  private constructor(units: bigint, type: DecimalType) {
    if (units > type.maxUnits || units < type.minUnits) throw rangeError(units, type);
    this.#units = units;
    this.#type = type;
  }

  /** Tells the type that bounds, rounds and prints this value. */
  get type(): DecimalType {
    return this.#type;
  }

  /** Gives the value as a whole number of 10^−scale: 12.5 at scale 6 is `12500000n`. */
  get units(): bigint {
    return this.#units;
  }

  /** Adds. */
  plus(other: DecimalOperand): Decimal {
    const type = this.#type;
    if (other instanceof Decimal && other.#type.scale === type.scale) {
      return new Decimal(this.#units + other.#units, type);
    }
    return plusScaled(this, scaledOf(other));
  }

  /** Subtracts. */
  minus(other: DecimalOperand): Decimal {
    const type = this.#type;
    if (other instanceof Decimal && other.#type.scale === type.scale) {
      return new Decimal(this.#units - other.#units, type);
    }
    const { units, scale } = scaledOf(other);
    return plusScaled(this, { units: -units, scale });
  }

  /** Multiplies. */
  times(other: DecimalOperand): Decimal {
    const type = this.#type;
    if (other instanceof Decimal) {
      const product = this.#units * other.#units;
      return new Decimal(dropDigits(product, other.#type.scale, type.rounding), type);
    }
    return new Decimal(this.#units * scaledOf(other).units, type);
  }

  /**
   * Divides. Rounded once from the exact quotient, where MySQL's own division may round twice.
   *
   * @throws {@link DecimalError} with `DECIMAL_DIVISION_BY_ZERO`.
   */
  dividedBy(other: DecimalOperand): Decimal {
    const { units, scale } = scaledOf(other);
    if (units === 0n) throw divisionByZero();
    const type = this.#type;
    return new Decimal(divideRounded(this.#units * tenTo(scale), units, type.rounding), type);
  }

  /**
   * Returns what is left of a division whose quotient is truncated: the sign is this value's, as in
   * MySQL's `MOD`.
   *
   * @throws {@link DecimalError} with `DECIMAL_DIVISION_BY_ZERO`.
   */
  mod(other: DecimalOperand): Decimal {
    const right = scaledOf(other);
    if (right.units === 0n) throw divisionByZero();
    const left = scaledOf(this);
    const scale = finer(left, right);
    return rounded(rescale(left, scale) % rescale(right, scale), scale, this.#type);
  }

  /** Returns the value with the other sign; zero stays zero. */
  negate(): Decimal {
    return new Decimal(-this.#units, this.#type);
  }

  /** Returns the value without its sign. */
  abs(): Decimal {
    return this.#units < 0n ? this.negate() : this;
  }

  /** Compares by numeric value, whatever the types: −1 if this is less, 0 if equal, 1 if greater. */
  compare(other: DecimalOperand): -1 | 0 | 1 {
    if (other instanceof Decimal && other.#type.scale === this.#type.scale) {
      return this.#units < other.#units ? -1 : this.#units > other.#units ? 1 : 0;
    }
    const left = scaledOf(this);
    const right = scaledOf(other);
    const scale = finer(left, right);
    const difference = rescale(left, scale) - rescale(right, scale);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  /** Tells whether both are the same number, whatever the types. */
  equals(other: DecimalOperand): boolean {
    return this.compare(other) === 0;
  }

  /** Tells whether this is less. */
  lt(other: DecimalOperand): boolean {
    return this.compare(other) < 0;
  }

  /** Tells whether this is less or equal. */
  lte(other: DecimalOperand): boolean {
    return this.compare(other) <= 0;
  }

  /** Tells whether this is greater. */
  gt(other: DecimalOperand): boolean {
    return this.compare(other) > 0;
  }

  /** Tells whether this is greater or equal. */
  gte(other: DecimalOperand): boolean {
    return this.compare(other) >= 0;
  }

  /** Tells whether this is zero. */
  isZero(): boolean {
    return this.#units === 0n;
  }

  /** Returns −1, 0 or 1, as the value is below, at or above zero. */
  sign(): -1 | 0 | 1 {
    return this.#units < 0n ? -1 : this.#units === 0n ? 0 : 1;
  }

  /**
   * Converts to another type.
   *
   * @param mode - How to round the digits that do not fit. Defaults to the other type's rounding.
   * @throws {@link DecimalError} with `DECIMAL_RANGE`, and `DECIMAL_INEXACT` under `exact`.
   */
  to(type: DecimalType, mode?: RoundingMode): Decimal {
    if (typeof type?.maxUnits !== "bigint") throw unexpected(type, "a decimal type");
    const rounding = mode ?? type.rounding;
    if (rounding !== type.rounding) assertRoundingMode(rounding);
    const surplus = this.#type.scale - type.scale;
    const units =
      surplus > 0 ? dropDigits(this.#units, surplus, rounding) : this.#units * tenTo(-surplus);
    return new Decimal(units, type);
  }

  /**
   * Rounds to fewer digits; the type, and so the text's length, stays.
   *
   * @param scale - Digits to keep after the point; negative ones round to tens, hundreds and so on,
   *   as MySQL's `ROUND`. From −65 to 30. At or above the type's scale nothing changes.
   * @param mode - Defaults to the type's rounding.
   * @throws {@link DecimalError} with `DECIMAL_TYPE` for another scale, and `DECIMAL_INEXACT` under `exact`.
   */
  round(scale: number, mode: RoundingMode = this.#type.rounding): Decimal {
    if (mode !== this.#type.rounding) assertRoundingMode(mode);
    if (typeof scale !== "number" || !(scale >= -65 && scale <= 30) || scale % 1 !== 0) {
      throw new DecimalError(
        "DECIMAL_TYPE",
        `expected a scale from -65 to 30, got ${String(scale)}`,
      );
    }
    const surplus = this.#type.scale - scale;
    if (surplus <= 0) return this;
    return new Decimal(dropDigits(this.#units, surplus, mode) * tenTo(surplus), this.#type);
  }

  /**
   * Rounds to a multiple of a step: a tick or a lot size. See `tickSize` for a market's price bands.
   *
   * @param mode - Which neighbour to take. Defaults to the type's rounding.
   * @throws {@link DecimalError} with `DECIMAL_STEP` if the step is not above zero or has digits that
   *   this type cannot hold, and `DECIMAL_INEXACT` under `exact` for what is no multiple.
   */
  quantize(step: DecimalOperand, mode: RoundingMode = this.#type.rounding): Decimal {
    if (mode !== this.#type.rounding) assertRoundingMode(mode);
    const right = scaledOf(step);
    const surplus = right.scale - this.#type.scale;
    const stepUnits = surplus > 0 ? right.units / tenTo(surplus) : right.units * tenTo(-surplus);
    if (right.units <= 0n || (surplus > 0 && stepUnits * tenTo(surplus) !== right.units)) {
      throw new DecimalError(
        "DECIMAL_STEP",
        `a step must be above 0 and a multiple of 10^-${this.#type.scale}`,
      );
    }
    return new Decimal(divideRounded(this.#units, stepUnits, mode) * stepUnits, this.#type);
  }

  /**
   * Splits the value into parts in the given ratios that add up to it to the last unit.
   *
   * Each part is first truncated; the units left over go to the largest remainders, ties to the lower
   * index. A negative value splits as its positive counterpart does.
   *
   * @param ratios - At least one, each 0 or more, their sum above 0.
   * @throws {@link DecimalError} with `DECIMAL_RATIOS`.
   */
  allocate(ratios: readonly DecimalOperand[]): Decimal[] {
    if (!Array.isArray(ratios)) throw unexpected(ratios, "an array of ratios");
    const weights = (ratios as readonly DecimalOperand[]).map(scaledOf);
    const scale = weights.reduce(
      (widest, weight) => (weight.scale > widest ? weight.scale : widest),
      0,
    );
    const parts = allocateUnits(
      this.#units,
      weights.map((weight) => rescale(weight, scale)),
    );
    return parts.map((units) => new Decimal(units, this.#type));
  }

  /** Returns the text with all of the type's fraction digits: no exponent, no `-0`, no grouping. */
  toString(): string {
    return formatUnits(this.#units, this.#type.scale);
  }

  /** Returns the text, so that JSON carries a string. Read it back with `reviver`. */
  toJSON(): string {
    return this.toString();
  }

  /**
   * Returns the text to bind. In arithmetic and comparisons bind it to the type's `placeholder`: a
   * bare `?` makes the server compute in DOUBLE.
   */
  toSql(): string {
    return this.toString();
  }

  /**
   * Returns `CAST('…' AS DECIMAL(p,s))`, which mysql2's `query()` puts in place of `?` for an object
   * that has this method. Without it the value would arrive as JSON, in quotes. mysql2's
   * `execute()` never calls it, and its types refuse a Decimal: bind {@link Decimal.toSql} there.
   */
  toSqlString(): string {
    return this.#type.placeholder.replace("?", `'${this.toString()}'`);
  }

  /** Returns the digits-only key whose byte order is numeric order; see `DecimalType.fromSortKey`. */
  toSortKey(): string {
    return sortKeyOf(this.#units, this.#type.precision);
  }

  /** Returns the same number as a big.js value. */
  toBig(): Big {
    return bigOf(this.toString());
  }

  /**
   * Formats for people, exactly, whatever the number of digits.
   *
   * @param locale - As for `Intl.NumberFormat`. Defaults to the system's.
   * @throws {@link DecimalError} with `DECIMAL_TYPE` for digits out of range; `RangeError` from Intl
   *   for a locale or currency that is malformed.
   */
  format(locale?: Intl.LocalesArgument, options: DecimalFormatOptions = {}): string {
    return formatLocale(this.#units, this.#type, locale, options);
  }

  /**
   * Returns the text where a string is wanted.
   *
   * @throws {@link DecimalError} with `DECIMAL_NUMBER` where a number or either would do.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new DecimalError(
      "DECIMAL_NUMBER",
      "a Decimal does not become a number: use plus, compare, lt and the like, or toString()",
    );
  }

  static {
    // What Node's console.log calls: else a value, having no properties, prints as `Decimal {}`.
    Object.defineProperty(Decimal.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: Decimal) {
        return `${this.#type} ${this.toString()}`;
      },
    });
    construct = (units, type) => new Decimal(units, type);
  }
}

/**
 * Makes a value for a type.
 *
 * @throws {@link DecimalError} with `DECIMAL_RANGE`.
 */
export function decimalOfUnits(units: bigint, type: DecimalType): Decimal {
  return construct(units, type);
}
