import { BigNumber } from "bignumber.js";
import type { Library } from "../library.ts";

const HALF_UP = BigNumber.ROUND_HALF_UP;

/** bignumber.js, rounding half up to 6 digits. */
export const library: Library = (inputs) => {
  BigNumber.config({ DECIMAL_PLACES: 6, ROUNDING_MODE: HALF_UP });
  const a = inputs.left.map((text) => new BigNumber(text));
  const b = inputs.right.map((text) => new BigNumber(text));
  const fine = inputs.fine.map((text) => new BigNumber(text));
  const texts = inputs.left;
  const count = a.length;
  return {
    batches: {
      add(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as BigNumber).plus(b[i] as BigNumber);
      },
      subtract(results) {
        for (let i = 0; i < count; i += 1)
          results[i] = (a[i] as BigNumber).minus(b[i] as BigNumber);
      },
      multiply(results) {
        for (let i = 0; i < count; i += 1) {
          results[i] = (a[i] as BigNumber).times(b[i] as BigNumber).decimalPlaces(6, HALF_UP);
        }
      },
      divide(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as BigNumber).div(b[i] as BigNumber);
      },
      quantize(results) {
        for (let i = 0; i < count; i += 1)
          results[i] = (fine[i] as BigNumber).decimalPlaces(6, HALF_UP);
      },
      compare(results) {
        for (let i = 0; i < count; i += 1)
          results[i] = (a[i] as BigNumber).comparedTo(b[i] as BigNumber);
      },
      parse(results) {
        for (let i = 0; i < count; i += 1) results[i] = new BigNumber(texts[i] as string);
      },
      format(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as BigNumber).toFixed(6);
      },
    },
    print: (result) => (result instanceof BigNumber ? result.toFixed(6) : String(result)),
    make: (text) => new BigNumber(text),
  };
};
