import { Decimal } from "decimal.js";
import type { Library } from "../library.ts";

const HALF_UP = Decimal.ROUND_HALF_UP;

/** decimal.js, with digits enough for the quotients, rounding half up to 6. */
export const library: Library = (inputs) => {
  Decimal.set({ precision: 40, rounding: HALF_UP });
  const a = inputs.left.map((text) => new Decimal(text));
  const b = inputs.right.map((text) => new Decimal(text));
  const fine = inputs.fine.map((text) => new Decimal(text));
  const texts = inputs.left;
  const count = a.length;
  return {
    batches: {
      add(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Decimal).plus(b[i] as Decimal);
      },
      subtract(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Decimal).minus(b[i] as Decimal);
      },
      multiply(results) {
        for (let i = 0; i < count; i += 1) {
          results[i] = (a[i] as Decimal).times(b[i] as Decimal).toDecimalPlaces(6, HALF_UP);
        }
      },
      divide(results) {
        for (let i = 0; i < count; i += 1)
          results[i] = (a[i] as Decimal).div(b[i] as Decimal).toDecimalPlaces(6, HALF_UP);
      },
      quantize(results) {
        for (let i = 0; i < count; i += 1)
          results[i] = (fine[i] as Decimal).toDecimalPlaces(6, HALF_UP);
      },
      compare(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Decimal).cmp(b[i] as Decimal);
      },
      parse(results) {
        for (let i = 0; i < count; i += 1) results[i] = new Decimal(texts[i] as string);
      },
      format(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Decimal).toFixed(6);
      },
    },
    print: (result) => (result instanceof Decimal ? result.toFixed(6) : String(result)),
    make: (text) => new Decimal(text),
  };
};
