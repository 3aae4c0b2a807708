import fc from "fast-check";
import {
  DECIMAL_19_6,
  DECIMAL_38_6,
  type Decimal,
  DecimalSum,
  decimal,
  KRX_TICK_BANDS,
  notional,
  percentChange,
  tickBands,
  tickSize,
  weightedAverage,
} from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";
import { RUNS } from "./support/operands.ts";

const refusal = (code: string): unknown => expect.objectContaining({ name: "DecimalError", code });
const price = (text: string): Decimal => DECIMAL_19_6.parse(text);

describe("Decimal.quantize", () => {
  it.each([
    ["101", "5", "half-up", "100"],
    ["102.5", "5", "half-up", "105"],
    ["102.5", "5", "half-even", "100"],
    ["-102.5", "5", "half-up", "-105"],
    ["-101", "5", "floor", "-105"],
    ["-101", "5", "ceiling", "-100"],
    ["104.999999", "5", "down", "100"],
    ["0.3", "0.25", "half-up", "0.25"],
  ] as const)("takes %s to a multiple of %s, %s: %s", (value, step, mode, expected) => {
    expect(price(value).quantize(price(step), mode)).toEqual(price(expected));
  });

  it("refuses steps that are not above zero or finer than the type", () => {
    for (const step of [
      0n,
      -1n,
      price("0"),
      price("-5"),
      decimal(20, 7).parse("0.0000005"),
      decimal(20, 7).parse("1.0000005"),
    ]) {
      expect(() => price("1").quantize(step)).toThrow(refusal("DECIMAL_STEP"));
    }
    expect(price("7.3").quantize(decimal(20, 7).parse("0.5000000"))).toEqual(price("7.5"));
  });

  it("refuses under exact what is no multiple", () => {
    expect(price("10").quantize(5n, "exact")).toEqual(price("10"));
    expect(() => price("11").quantize(5n, "exact")).toThrow(refusal("DECIMAL_INEXACT"));
  });

  it("checks the range after rounding", () => {
    expect(() => DECIMAL_19_6.max.quantize(10n)).toThrow(refusal("DECIMAL_RANGE"));
  });
});

describe("tickSize", () => {
  it.each([
    ["0", "1"],
    ["1999.999999", "1"],
    ["2000", "5"],
    ["4999", "5"],
    ["5000", "10"],
    ["19999", "10"],
    ["20000", "50"],
    ["50000", "100"],
    ["199999", "100"],
    ["200000", "500"],
    ["499999", "500"],
    ["500000", "1000"],
    ["9999999999999", "1000"],
  ])("is, at %s KRW on the KRX, %s", (at, tick) => {
    expect(tickSize(price(at), KRX_TICK_BANDS)).toEqual(price(tick));
  });

  it("leads to prices that are on the ticks where they land, and within one tick", () => {
    const modes = ["up", "down", "ceiling", "floor", "half-up", "half-down", "half-even"] as const;
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 600_000_000_000n }),
        fc.constantFrom(...modes),
        (units, mode) => {
          const before = DECIMAL_19_6.fromUnits(units);
          const tick = tickSize(before, KRX_TICK_BANDS);
          const after = before.quantize(tick, mode);
          const isOnTick = after.mod(tickSize(after, KRX_TICK_BANDS)).isZero();
          if (!isOnTick || !after.minus(before).abs().lt(tick))
            expect(after.toString()).toBe("on a tick");
          expect(after.quantize(tickSize(after, KRX_TICK_BANDS), mode)).toEqual(after);
        },
      ),
      { ...RUNS, numRuns: 20_000 },
    );
  });

  it("refuses a price beyond the last band", () => {
    expect(() => tickSize(price("10"), tickBands([["10", "1"]]))).toThrow(refusal("DECIMAL_STEP"));
  });

  it.each([
    ["no bands", []],
    ["a tick of zero", [[null, "0"]]],
    [
      "a negative tick",
      [
        ["10", "1"],
        [null, "-1"],
      ],
    ],
    [
      "descending bounds",
      [
        ["10", "1"],
        ["5", "1"],
      ],
    ],
    [
      "equal bounds",
      [
        ["10", "1"],
        ["10", "1"],
      ],
    ],
    [
      "an open band before the last",
      [
        [null, "1"],
        ["10", "1"],
      ],
    ],
    [
      "a bound off its own tick",
      [
        ["10", "3"],
        [null, "5"],
      ],
    ],
    [
      "a bound off the next tick",
      [
        ["10", "5"],
        [null, "3"],
      ],
    ],
  ] as const)("is not taken from %s", (_, rows) => {
    expect(() => tickBands(rows)).toThrow(refusal("DECIMAL_STEP"));
  });

  it("is data that nobody can change", () => {
    expect(() => (KRX_TICK_BANDS as unknown[]).push({})).toThrow(TypeError);
  });
});

describe("notional", () => {
  it("is an amount of DECIMAL_38_6, rounded once", () => {
    expect(notional(price("9999999999999.999999"), price("9999999999999.999999"))).toEqual(
      DECIMAL_38_6.parse("99999999999999999980000000.000000"),
    );
    expect(notional(price("0.000001"), decimal(20, 7).parse("0.5"))).toEqual(
      DECIMAL_38_6.parse("0.000001"),
    );
    expect(notional(price("0.000001"), decimal(20, 7).parse("0.4999999"))).toEqual(
      DECIMAL_38_6.zero,
    );
    expect(notional(decimal(9, 0).parse("3"), 4n)).toEqual(DECIMAL_38_6.parse("12"));
  });

  it("refuses numbers, and amounts that do not fit", () => {
    expect(() => notional(price("1"), 2 as never)).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => notional(DECIMAL_38_6.max, 2n)).toThrow(refusal("DECIMAL_RANGE"));
  });
});

describe("weightedAverage", () => {
  it("weighs prices by quantity", () => {
    const fills = [
      [price("100"), 3n],
      [price("101"), price("0.5")],
    ] as const;
    expect(weightedAverage(fills, DECIMAL_19_6)).toEqual(price("100.142857"));
  });

  it("refuses weights that add up to zero", () => {
    expect(() => weightedAverage([], DECIMAL_19_6)).toThrow(refusal("DECIMAL_DIVISION_BY_ZERO"));
    expect(() =>
      weightedAverage(
        [
          [1n, 1n],
          [2n, -1n],
        ],
        DECIMAL_19_6,
      ),
    ).toThrow(refusal("DECIMAL_DIVISION_BY_ZERO"));
  });
});

describe("percentChange", () => {
  it.each([
    ["100", "103", "3.000000"],
    ["3", "2", "-33.333333"],
    ["-2", "-1", "50.000000"],
    ["-2", "-3", "-50.000000"],
    ["7", "7", "0.000000"],
  ])("from %s to %s is %s %%", (before, after, expected) => {
    expect(percentChange(price(before), price(after)).toString()).toBe(expected);
  });

  it("has no answer from zero, and returns the type asked for", () => {
    expect(() => percentChange(price("0"), 1n)).toThrow(refusal("DECIMAL_DIVISION_BY_ZERO"));
    expect(percentChange(price("3"), 4n, decimal(9, 2))).toEqual(decimal(9, 2).parse("33.33"));
  });
});

describe("DecimalSum", () => {
  it("goes beyond the range and comes back", () => {
    const sum = new DecimalSum(DECIMAL_19_6).add(DECIMAL_19_6.max).add(DECIMAL_19_6.max);
    expect(() => sum.total()).toThrow(refusal("DECIMAL_RANGE"));
    sum.add(DECIMAL_19_6.min);
    expect(sum.total()).toEqual(DECIMAL_19_6.max);
    expect(sum.count).toBe(3);
  });

  it("is exact where partial sums pass 2^53, 2^63 and 2^64 micro-units, from either side", () => {
    for (const edge of [2n ** 53n, 2n ** 63n, 2n ** 64n]) {
      for (const near of [-2n, -1n, 0n, 1n, 2n]) {
        for (const sign of [1n, -1n]) {
          const units = [edge + near, 3n, -edge, 5n, edge / 2n, edge / 2n, 1n].map((u) => u * sign);
          const sum = new DecimalSum(DECIMAL_38_6);
          let expected = 0n;
          for (const each of units) {
            sum.add(DECIMAL_38_6.fromUnits(each));
            expected += each;
          }
          expect(sum.total().units).toBe(expected);
        }
      }
    }
  });

  it("rounds the sum and not its parts", () => {
    const part = decimal(30, 18).parse("0.0000004");
    expect(DECIMAL_19_6.sum([part, part, part])).toEqual(price("0.000001"));
    expect(DECIMAL_19_6.sum([])).toEqual(price("0"));
    expect(DECIMAL_19_6.sum(new Set([1n, 2n]))).toEqual(price("3"));
  });

  it("stays as it was when it refuses a value", () => {
    const sum = new DecimalSum(DECIMAL_19_6).addAll([1n, price("0.5")]);
    expect(() => sum.add(0.1 as never)).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => sum.add("1" as never)).toThrow(refusal("DECIMAL_TYPE"));
    expect([sum.total(), sum.count]).toEqual([price("1.5"), 2]);
  });
});
