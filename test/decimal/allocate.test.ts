import fc from "fast-check";
import { DECIMAL_19_6, type Decimal, type DecimalOperand, decimal } from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";
import { add, multiply, negate, rational, sign } from "./support/exact-rational.ts";
import { RUNS, units } from "./support/operands.ts";

const refusal = (code: string): unknown => expect.objectContaining({ name: "DecimalError", code });
const amount = (text: string): Decimal => DECIMAL_19_6.parse(text);
const split = (text: string, ratios: readonly DecimalOperand[]): string[] =>
  amount(text).allocate(ratios).map(String);

const ratios = fc
  .array(
    fc.oneof(
      fc.constant(0n),
      fc.bigInt({ min: 0n, max: 5n }),
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .filter((weights) => weights.some((weight) => weight > 0n));

describe("Decimal.allocate", () => {
  it("gives what is left over to the largest remainders, and ties to the lower index", () => {
    expect(split("0.000005", [3n, 7n])).toEqual(["0.000002", "0.000003"]);
    expect(split("0.000100", [1n, 1n, 1n])).toEqual(["0.000034", "0.000033", "0.000033"]);
    expect(split("-0.000100", [1n, 1n, 1n])).toEqual(["-0.000034", "-0.000033", "-0.000033"]);
    expect(split("0.000001", [0n, 1n, 1n])).toEqual(["0.000000", "0.000001", "0.000000"]);
    expect(split("1", [1n])).toEqual(["1.000000"]);
    expect(split("0", [1n, 2n])).toEqual(["0.000000", "0.000000"]);
  });

  it("takes ratios of any type", () => {
    const half = decimal(5, 2).parse("0.50");
    expect(split("10", [half, decimal(5, 1).parse("1.5"), 2n])).toEqual([
      "1.250000",
      "3.750000",
      "5.000000",
    ]);
  });

  it("refuses ratios that are absent, negative or all zero", () => {
    for (const bad of [[], [0n], [0n, DECIMAL_19_6.zero], [1n, -1n], [5n, amount("-0.000001")]]) {
      expect(() => amount("1").allocate(bad)).toThrow(refusal("DECIMAL_RATIOS"));
    }
    expect(() => amount("1").allocate("1" as never)).toThrow(refusal("DECIMAL_TYPE"));
  });

  it("returns parts that add up to the total, each within a unit of its share", () => {
    fc.assert(
      fc.property(units(19), ratios, (value, weights) => {
        const total = DECIMAL_19_6.fromUnits(value);
        const parts = total.allocate(weights);
        const sum = weights.reduce((a, b) => a + b);
        const isWhole = parts.reduce((a, part) => a + part.units, 0n) === value;
        const isFair = parts.every((part, index) => {
          const share = multiply(rational(value, 1n), rational(weights[index] as bigint, sum));
          const off = add(rational(part.units, 1n), negate(share));
          const magnitude = sign(off) < 0 ? negate(off) : off;
          return magnitude.numerator < magnitude.denominator;
        });
        if (!isWhole || !isFair) expect(parts.map(String)).toBe("parts of the total");
      }),
      RUNS,
    );
  });

  it("gives no smaller remainder a unit before a larger one, and zero ratios nothing", () => {
    fc.assert(
      fc.property(units(19), ratios, (value, weights) => {
        const magnitude = value < 0n ? -value : value;
        const sum = weights.reduce((a, b) => a + b);
        const parts = DECIMAL_19_6.fromUnits(magnitude).allocate(weights);
        const extra = weights.map((weight, index) => ({
          index,
          remainder: (magnitude * weight) % sum,
          got: (parts[index] as Decimal).units - (magnitude * weight) / sum,
        }));
        for (const one of extra) {
          if (weights[one.index] === 0n) expect(one.got).toBe(0n);
          for (const other of extra) {
            const isBefore =
              one.remainder > other.remainder ||
              (one.remainder === other.remainder && one.index < other.index);
            if (isBefore && one.got < other.got) expect(extra).toBe("in order of remainders");
          }
        }
      }),
      RUNS,
    );
  });

  it("is symmetric in sign", () => {
    fc.assert(
      fc.property(units(19), ratios, (value, weights) => {
        const total = DECIMAL_19_6.fromUnits(value);
        const mirrored = total
          .negate()
          .allocate(weights)
          .map((part) => part.negate().toString());
        expect(mirrored.join()).toBe(total.allocate(weights).map(String).join());
      }),
      RUNS,
    );
  });
});
