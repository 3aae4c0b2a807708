import { Decimal, type DecimalOperand, decimalOfUnits } from "./decimal.ts";
import { unexpected } from "./decimal-error.ts";
import type { DecimalType } from "./decimal-type.ts";
import { bigintOf, NOT_SMALL, smallIntegerOf } from "./integer-halves.ts";
import { tenTo } from "./powers-of-ten.ts";
import { dropDigits } from "./rounding.ts";

/**
 * Adds up values of any types, exactly and without a range, and rounds and checks once, when asked.
 *
 * Unlike a value it changes: keep it where the adding happens, and hand out {@link DecimalSum.total}.
 *
 * @example
 * ```ts
 * const turnover = new DecimalSum(DECIMAL_38_6);
 * for (const trade of trades) turnover.add(notional(trade.price, trade.quantity));
 * turnover.total();
 * ```
 */
export class DecimalSum {
  readonly #type: DecimalType;
  /** The sum so far, but for #small, in units of 10^−#scale, the finest scale seen. */
  #units = 0n;
  /** The part of the sum that still fits 53 bits: adding to it makes no garbage, as adding bigints does. */
  #small = 0;
  #scale: number;
  #count = 0;

  /** @param type - What {@link DecimalSum.total} returns, rounds by and is checked against. */
  constructor(type: DecimalType) {
    this.#type = type;
    this.#scale = type.scale;
  }

  /** Tells how many values were added. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds one value.
   *
   * @throws {@link DecimalError} with `DECIMAL_NUMBER` or `DECIMAL_TYPE` for what is no Decimal or
   *   bigint; the sum stays as it was.
   */
  add(value: DecimalOperand): this {
    if (value instanceof Decimal && value.type.scale === this.#scale) this.#addUnits(value.units);
    else this.#addOther(value);
    this.#count += 1;
    return this;
  }

  /**
   * Adds each value in turn.
   *
   * @throws {@link DecimalError} as {@link DecimalSum.add}; those before the refused one are added.
   */
  addAll(values: Iterable<DecimalOperand>): this {
    for (const value of values) this.add(value);
    return this;
  }

  #addUnits(units: bigint): void {
    const small = smallIntegerOf(units);
    const sum = this.#small + small;
    if (small !== NOT_SMALL && sum < NOT_SMALL && sum > -NOT_SMALL) this.#small = sum;
    else this.#units = this.#settled() + units;
  }

  /** Moves the small part over, and returns the whole sum. */
  #settled(): bigint {
    if (this.#small === 0) return this.#units;
    this.#units += bigintOf(this.#small);
    this.#small = 0;
    return this.#units;
  }

  #addOther(value: DecimalOperand): void {
    if (typeof value === "bigint") {
      this.#units += value * tenTo(this.#scale);
      return;
    }
    if (!(value instanceof Decimal)) throw unexpected(value, "a Decimal or a bigint");
    const { scale } = value.type;
    this.#settled();
    if (scale > this.#scale) {
      this.#units *= tenTo(scale - this.#scale);
      this.#scale = scale;
    }
    this.#units += value.units * tenTo(this.#scale - scale);
  }

  /**
   * Returns the sum so far, rounded once.
   *
   * @throws {@link DecimalError} with `DECIMAL_RANGE`, and `DECIMAL_INEXACT` under `exact`; the sum
   *   stays as it was and can go on.
   */
  total(): Decimal {
    const { scale, rounding } = this.#type;
    return decimalOfUnits(dropDigits(this.#settled(), this.#scale - scale, rounding), this.#type);
  }
}
