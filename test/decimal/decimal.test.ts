import { inspect } from "node:util";
import {
  DECIMAL_19_6,
  DECIMAL_38_6,
  Decimal,
  type DecimalOperand,
  DecimalType,
  decimal,
  type RoundingMode,
} from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";

const refusal = (code: string): unknown => expect.objectContaining({ name: "DecimalError", code });
const price = (text: string): Decimal => DECIMAL_19_6.parse(text);

describe("decimal", () => {
  it("makes types with the ends of MySQL's DECIMAL", () => {
    expect(String(decimal(1, 0).max)).toBe("9");
    expect(String(decimal(65, 30).min)).toBe(`-${"9".repeat(35)}.${"9".repeat(30)}`);
    expect(String(decimal(30, 30).max)).toBe(`0.${"9".repeat(30)}`);
    expect(String(DECIMAL_38_6.max)).toBe(`${"9".repeat(32)}.999999`);
    expect(String(DECIMAL_19_6.zero)).toBe("0.000000");
    expect(DECIMAL_19_6.placeholder).toBe("CAST(? AS DECIMAL(19,6))");
    expect(DECIMAL_19_6).toBeInstanceOf(DecimalType);
  });

  it.each([
    [0, 0],
    [66, 0],
    [1.5, 0],
    [Number.NaN, 0],
    [10, -1],
    [10, 11],
    [65, 31],
    [10, 0.5],
    ["10", 0],
    [10n, 0],
    [undefined, 0],
  ])("refuses DECIMAL(%s,%s)", (precision, scale) => {
    expect(() => decimal(precision as number, scale as number)).toThrow(refusal("DECIMAL_TYPE"));
  });

  it("refuses a rounding mode that it does not know", () => {
    for (const rounding of ["half", "HALF-UP", "", null, {}, "toString"]) {
      expect(() => decimal(10, 2, { rounding: rounding as RoundingMode })).toThrow(
        refusal("DECIMAL_TYPE"),
      );
    }
  });

  it("makes types that cannot be changed", () => {
    expect(() => {
      (DECIMAL_19_6 as { scale: number }).scale = 2;
    }).toThrow(TypeError);
  });
});

describe("Decimal", () => {
  it("returns the left operand's type, whatever the right one's", () => {
    const fee = decimal(20, 10).parse("0.0000004999");
    expect(price("1").plus(fee)).toEqual(price("1"));
    expect(price("1").plus(decimal(20, 10).parse("0.0000005"))).toEqual(price("1.000001"));
    expect(fee.plus(price("1")).toString()).toBe("1.0000004999");
    expect(price("3").times(2n)).toEqual(price("6"));
    expect(price("3").minus(1n)).toEqual(price("2"));
    expect(price("1").dividedBy(3n)).toEqual(price("0.333333"));
    expect(price("-7.5").mod(2n)).toEqual(price("-1.5"));
  });

  it("rounds once, never twice", () => {
    // At 12 digits 0.4999999999995 would become 0.5, and that 1.
    const Fine = decimal(38, 18);
    const trap = Fine.parse("0.000000499999999999");
    expect(trap.to(DECIMAL_19_6)).toEqual(price("0"));
    expect(price("0").plus(trap)).toEqual(price("0"));
    expect(price("1").times(trap)).toEqual(price("0"));
    expect(Fine.parse("0.856012").dividedBy(Fine.parse("0.774089")).to(DECIMAL_19_6)).toEqual(
      price("1.105831"),
    );
    expect(price("0.856012").dividedBy(price("0.774089"))).toEqual(price("1.105831"));
  });

  it("compares across types by value", () => {
    const wide = decimal(30, 18);
    expect(price("1.5").equals(wide.parse("1.5"))).toBe(true);
    expect(price("1.5").lt(wide.parse("1.500000000000000001"))).toBe(true);
    expect(wide.parse("1.500000000000000001").gt(price("1.5"))).toBe(true);
    expect(price("1.5").compare(1n)).toBe(1);
    expect(price("-1.5").compare(-1n)).toBe(-1);
    expect([price("2").gte(2n), price("2").lte(2n), price("2").equals(2n)]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("knows its sign, and no negative zero", () => {
    expect([price("-2").sign(), price("0").sign(), price("2").sign()]).toEqual([-1, 0, 1]);
    expect(price("0").negate().toString()).toBe("0.000000");
    expect(price("-0.0000001").toString()).toBe("0.000000");
    expect(price("-1").plus(1n).isZero()).toBe(true);
    expect(price("-2").abs()).toEqual(price("2"));
  });

  it("refuses what does not fit, and stays as it was", () => {
    const { max, min } = DECIMAL_19_6;
    const last = price("0.000001");
    expect(() => max.plus(last)).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => min.minus(last)).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => max.times(2n)).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => max.dividedBy(price("0.5"))).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => max.round(0)).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => max.plus(10n ** 70n)).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => DECIMAL_38_6.max.to(DECIMAL_19_6)).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => DECIMAL_19_6.fromUnits(1 as never)).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => DECIMAL_19_6.fromUnits("1" as never)).toThrow(refusal("DECIMAL_TYPE"));
    expect(() => decimal(2, 2).parse("1")).toThrow(/ends at ±0\.99, got 1 integer digits/);
    expect(() => DECIMAL_19_6.fromUnits(10n ** 19n)).toThrow(refusal("DECIMAL_RANGE"));
    expect(max.toString()).toBe("9999999999999.999999");
  });

  it("refuses to divide by zero", () => {
    for (const zero of [price("0"), 0n, DECIMAL_38_6.zero]) {
      expect(() => price("1").dividedBy(zero)).toThrow(refusal("DECIMAL_DIVISION_BY_ZERO"));
      expect(() => price("0").mod(zero)).toThrow(refusal("DECIMAL_DIVISION_BY_ZERO"));
    }
  });

  it("refuses numbers, texts and look-alikes as operands, in every operation", () => {
    const one = price("1");
    const operations: ((value: DecimalOperand) => unknown)[] = [
      (value) => one.plus(value),
      (value) => one.minus(value),
      (value) => one.times(value),
      (value) => one.dividedBy(value),
      (value) => one.mod(value),
      (value) => one.compare(value),
      (value) => one.equals(value),
      (value) => one.lt(value),
      (value) => one.lte(value),
      (value) => one.gt(value),
      (value) => one.gte(value),
      (value) => one.quantize(value),
      (value) => one.allocate([value]),
      (value) => DECIMAL_19_6.sum([value]),
    ];
    for (const operation of operations) {
      expect(() => operation(1 as never)).toThrow(refusal("DECIMAL_NUMBER"));
      for (const value of ["1", null, undefined, true, { units: 1n, type: DECIMAL_19_6 }]) {
        expect(() => operation(value as never)).toThrow(refusal("DECIMAL_TYPE"));
      }
    }
  });

  it("becomes text, and never a number", () => {
    const one: unknown = price("1");
    expect(`${price("1.5")}`).toBe("1.500000");
    expect(String(one)).toBe("1.000000");
    expect(() => Number(one)).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => (one as number) > 0).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => (one as number) + 1).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => (one as string) + (one as string)).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => -(one as number)).toThrow(refusal("DECIMAL_NUMBER"));
    // biome-ignore lint/suspicious/noDoubleEquals: what a program must not do is tried here
    expect(() => one == "1.000000").toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => Math.max(one as number)).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => BigInt(one as bigint)).toThrow(refusal("DECIMAL_NUMBER"));
  });

  it("shows type and text in Node's console, and its units to those who ask", () => {
    expect(inspect(price("-1.5"))).toBe("DECIMAL(19,6) -1.500000");
    expect(price("-1.5").units).toBe(-1_500_000n);
    expect(DECIMAL_19_6.fromUnits(-1_500_000n)).toEqual(price("-1.5"));
    expect(price("1").type).toBe(DECIMAL_19_6);
  });

  it("has no state that a program can reach or add to its text", () => {
    expect(Object.keys(price("1"))).toEqual([]);
    expect(Reflect.ownKeys(price("1"))).toEqual([]);
    expect(price("1")).toBeInstanceOf(Decimal);
    expect(() => {
      (price("1") as unknown as { units: bigint }).units = 5n;
    }).toThrow(TypeError);
  });

  it("refuses modes, scales and types that are none", () => {
    expect(() => price("1").round(1.5)).toThrow(refusal("DECIMAL_TYPE"));
    expect(() => price("1").round(31)).toThrow(refusal("DECIMAL_TYPE"));
    expect(() => price("1").round(-66)).toThrow(refusal("DECIMAL_TYPE"));
    expect(() => price("1").round(Number.NaN)).toThrow(refusal("DECIMAL_TYPE"));
    expect(() => price("1").round("2" as never)).toThrow(refusal("DECIMAL_TYPE"));
    expect(() => price("1").round(2, "nearest" as never)).toThrow(refusal("DECIMAL_TYPE"));
    expect(() => price("1").to({ precision: 5, scale: 2 } as never)).toThrow(
      refusal("DECIMAL_TYPE"),
    );
    expect(() => price("1").to(null as never)).toThrow(refusal("DECIMAL_TYPE"));
    expect(() => price("1").to(DECIMAL_38_6, 1 as never)).toThrow(refusal("DECIMAL_NUMBER"));
  });

  it.each([
    ["up", "1.3", "-1.3", "1.6", "1.3"],
    ["down", "1.2", "-1.2", "1.5", "1.2"],
    ["ceiling", "1.3", "-1.2", "1.6", "1.3"],
    ["floor", "1.2", "-1.3", "1.5", "1.2"],
    ["half-up", "1.3", "-1.3", "1.6", "1.2"],
    ["half-down", "1.2", "-1.2", "1.5", "1.2"],
    ["half-even", "1.2", "-1.2", "1.6", "1.2"],
    ["05up", "1.2", "-1.2", "1.6", "1.2"],
  ] as const)("rounds 1.25, -1.25, 1.55 and 1.21 under %s", (mode, ...expected) => {
    const rounded = ["1.25", "-1.25", "1.55", "1.21"].map((text) => price(text).round(1, mode));
    expect(rounded).toEqual(expected.map(price));
  });
});
