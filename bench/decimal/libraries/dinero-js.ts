import * as numeric from "dinero.js";
import * as wide from "dinero.js/bigint";
import type { Library } from "../library.ts";

const WON = { code: "KRW", base: 10, exponent: 0 } as const;
const WIDE_WON = { code: "KRW", base: 10n, exponent: 0n } as const;

const unitsOf = (text: string): bigint => BigInt(text.replace(".", ""));

/**
 * dinero.js: on numbers where they hold every digit (add, subtract, compare, format of the short inputs), on
 * bigints where only those do. It neither parses nor divides.
 */
export const library: Library = (inputs, size) => {
  const print = (result: unknown): string =>
    typeof result !== "object" || result === null
      ? String(result)
      : padded(
          "calculator" in result &&
            (result as { calculator: unknown }).calculator === wide.calculator
            ? wide.toDecimal(result as wide.Dinero<bigint>)
            : numeric.toDecimal(result as numeric.Dinero<number>),
        );

  const makeWide = (text: string, scale: bigint): wide.Dinero<bigint> =>
    wide.dinero({ amount: unitsOf(text), currency: WIDE_WON, scale });
  const x = inputs.left.map((text) => makeWide(text, 6n));
  const y = inputs.right.map((text) => makeWide(text, 6n));
  const factors = inputs.right.map((text) => ({ amount: unitsOf(text), scale: 6n }));
  const fine = inputs.fine.map((text) => makeWide(text, 12n));
  const count = x.length;
  const rounded = {
    multiply(results: unknown[]) {
      for (let i = 0; i < count; i += 1) {
        const product = wide.multiply(x[i] as Wide, factors[i] as Factor);
        results[i] = wide.transformScale(product, 6n, wide.halfAwayFromZero);
      }
    },
    quantize(results: unknown[]) {
      for (let i = 0; i < count; i += 1) {
        results[i] = wide.transformScale(fine[i] as Wide, 6n, wide.halfAwayFromZero);
      }
    },
  };
  if (size === "long") {
    return {
      batches: {
        ...rounded,
        add(results) {
          for (let i = 0; i < count; i += 1) results[i] = wide.add(x[i] as Wide, y[i] as Wide);
        },
        subtract(results) {
          for (let i = 0; i < count; i += 1) results[i] = wide.subtract(x[i] as Wide, y[i] as Wide);
        },
        compare(results) {
          for (let i = 0; i < count; i += 1) results[i] = wide.compare(x[i] as Wide, y[i] as Wide);
        },
        format(results) {
          for (let i = 0; i < count; i += 1) results[i] = wide.toDecimal(x[i] as Wide);
        },
      },
      print,
      make: (text) => makeWide(text, 6n),
    };
  }

  const makeNumeric = (text: string): Numeric =>
    numeric.dinero({ amount: Number(unitsOf(text)), currency: WON, scale: 6 });
  const a = inputs.left.map(makeNumeric);
  const b = inputs.right.map(makeNumeric);
  return {
    batches: {
      ...rounded,
      add(results) {
        for (let i = 0; i < count; i += 1) {
          results[i] = numeric.add(a[i] as Numeric, b[i] as Numeric);
        }
      },
      subtract(results) {
        for (let i = 0; i < count; i += 1) {
          results[i] = numeric.subtract(a[i] as Numeric, b[i] as Numeric);
        }
      },
      compare(results) {
        for (let i = 0; i < count; i += 1) {
          results[i] = numeric.compare(a[i] as Numeric, b[i] as Numeric);
        }
      },
      format(results) {
        for (let i = 0; i < count; i += 1) results[i] = numeric.toDecimal(a[i] as Numeric);
      },
    },
    print,
    make: makeNumeric,
  };
};

type Wide = wide.Dinero<bigint>;
type Numeric = numeric.Dinero<number>;

interface Factor {
  readonly amount: bigint;
  readonly scale: bigint;
}

/** transformScale keeps the scale asked for, but drops none: only the text may be shorter. */
function padded(text: string): string {
  const [integer = "", fraction = ""] = text.split(".");
  return `${integer}.${fraction.padEnd(6, "0")}`;
}
