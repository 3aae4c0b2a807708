import { DECIMAL_38_6, type Decimal, decimal } from "orderly-ws/decimal";
import type { Library } from "../library.ts";

const Fine = decimal(38, 12);

/** `orderly-ws/decimal`, as amounts: a product of two 13-digit values fits. */
export const library: Library = (inputs) => {
  const a = inputs.left.map((text) => DECIMAL_38_6.parse(text));
  const b = inputs.right.map((text) => DECIMAL_38_6.parse(text));
  const fine = inputs.fine.map((text) => Fine.parse(text));
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
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Decimal).times(b[i] as Decimal);
      },
      divide(results) {
        for (let i = 0; i < count; i += 1) {
          results[i] = (a[i] as Decimal).dividedBy(b[i] as Decimal);
        }
      },
      quantize(results) {
        for (let i = 0; i < count; i += 1) results[i] = (fine[i] as Decimal).to(DECIMAL_38_6);
      },
      compare(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Decimal).compare(b[i] as Decimal);
      },
      parse(results) {
        for (let i = 0; i < count; i += 1) results[i] = DECIMAL_38_6.parse(texts[i] as string);
      },
      format(results) {
        for (let i = 0; i < count; i += 1) results[i] = (a[i] as Decimal).toString();
      },
    },
    print: (result) => String(result),
    make: (text) => DECIMAL_38_6.parse(text),
  };
};
