import type { Decimal } from "./decimal.ts";
import { DecimalError } from "./decimal-error.ts";
import { DECIMAL_19_6, type DecimalType } from "./decimal-type.ts";

/** The tick of the prices from the band before up to, not including, `below`. */
export interface TickBand {
  /** Where the band ends, itself excluded; null for the last band, which has no end. */
  readonly below: Decimal | null;
  /** What prices in the band are multiples of, above zero. */
  readonly tick: Decimal;
}

/**
 * Makes price bands from texts, checked so that rounding within a band stays on the ticks of its
 * neighbours.
 *
 * @param rows - `[below, tick]` each, in ascending order; null as `below` of the last for no end.
 * @param type - Of the bounds and ticks. Defaults to DECIMAL_19_6.
 * @throws {@link DecimalError} with `DECIMAL_STEP` if there are none, a tick is not above zero, the bounds
 *   do not ascend, or a bound is no multiple of the ticks on both sides; and as `type.parse`.
 */
export function tickBands(
  rows: readonly (readonly [below: string | null, tick: string])[],
  type: DecimalType = DECIMAL_19_6,
): readonly TickBand[] {
  const bands = rows.map(([below, tick]) =>
    Object.freeze({ below: below === null ? null : type.parse(below), tick: type.parse(tick) }),
  );
  if (bands.length === 0) throw new DecimalError("DECIMAL_STEP", "expected at least one band");
  bands.forEach((band, index) => {
    const next = bands[index + 1];
    const place = `band ${index + 1}`;
    if (band.tick.sign() <= 0) {
      throw new DecimalError("DECIMAL_STEP", `the tick of ${place} must be above 0`);
    }
    if (next === undefined) return;
    if (band.below === null || next.below?.lte(band.below) === true) {
      throw new DecimalError("DECIMAL_STEP", `the bounds must ascend, ${place} does not`);
    }
    if (
      !band.below.mod(band.tick).isZero() ||
      (next.tick.sign() > 0 && !band.below.mod(next.tick).isZero())
    ) {
      throw new DecimalError(
        "DECIMAL_STEP",
        `the bound of ${place} must be a multiple of its tick and of the next`,
      );
    }
  });
  return Object.freeze(bands);
}

/**
 * Tells the tick at a price, for `price.quantize(tickSize(price, bands), mode)`.
 *
 * @param bands - As {@link tickBands} makes them, or {@link KRX_TICK_BANDS}.
 * @throws {@link DecimalError} with `DECIMAL_STEP` if the price is beyond the last band.
 */
export function tickSize(price: Decimal, bands: readonly TickBand[]): Decimal {
  for (const { below, tick } of bands) {
    if (below === null || price.lt(below)) return tick;
  }
  throw new DecimalError("DECIMAL_STEP", "the price is beyond the last of the bands");
}

/** Ticks of Korea Exchange stock prices in KRW, in force since January 2023. */
export const KRX_TICK_BANDS: readonly TickBand[] = tickBands([
  ["2000", "1"],
  ["5000", "5"],
  ["20000", "10"],
  ["50000", "50"],
  ["200000", "100"],
  ["500000", "500"],
  [null, "1000"],
]);
