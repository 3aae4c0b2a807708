import { Big } from "big.js";
import type { Library } from "../library.ts";

const HALF_UP = 1;

/** big.js, rounding half up to 6 digits. */
export const library: Library = (inputs) => {
  Big.DP = 6;
  Big.RM = HALF_UP;
  const a = inputs.left.map((text) => new Big(text));
  const b = inputs.right.map((text) => new Big(text));
  const fine = inputs.fine.map((text) => new Big(text));
  const texts = inputs.left;
  const count = a.length;
  return {
    batches: {
      add(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Big).plus(b[i] as Big);
      },
      subtract(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Big).minus(b[i] as Big);
      },
      multiply(results) {
        for (let i = 0; i < count; i += 1) {
          results[i] = (a[i] as Big).times(b[i] as Big).round(6, HALF_UP);
        }
      },
      divide(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Big).div(b[i] as Big);
      },
      quantize(results) {
        for (let i = 0; i < count; i += 1) results[i] = (fine[i] as Big).round(6, HALF_UP);
      },
      compare(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Big).cmp(b[i] as Big);
      },
      parse(results) {
        for (let i = 0; i < count; i += 1) results[i] = new Big(texts[i] as string);
      },
      format(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Big).toFixed(6);
      },
    },
    print: (result) => (result instanceof Big ? result.toFixed(6) : String(result)),
    make: (text) => new Big(text),
  };
};
