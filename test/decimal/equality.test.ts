import { isDeepStrictEqual } from "node:util";
import { DECIMAL_19_6, DECIMAL_38_6, decimal } from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";
import { decimalEquality } from "../../src/testing/decimal-equality.ts";

describe("decimalEquality", () => {
  const one = DECIMAL_19_6.parse("1");

  it("is needed: without it any two decimals look equal", () => {
    expect(isDeepStrictEqual(one, DECIMAL_19_6.parse("2"))).toBe(true);
  });

  it("makes toEqual tell values apart, in objects and arrays too", () => {
    expect(one).toEqual(DECIMAL_19_6.parse("1.0"));
    expect(one).not.toEqual(DECIMAL_19_6.parse("2"));
    expect({ levels: [one] }).toEqual({ levels: [DECIMAL_19_6.parse("1")] });
    expect({ levels: [one] }).not.toEqual({ levels: [DECIMAL_19_6.parse("1.000001")] });
    expect({ levels: [one] }).not.toStrictEqual({ levels: [DECIMAL_19_6.parse("1.000001")] });
  });

  it("tells types apart", () => {
    expect(one).not.toEqual(DECIMAL_38_6.parse("1"));
    expect(one).not.toEqual(decimal(19, 6, { rounding: "down" }).parse("1"));
    expect(one).toEqual(decimal(19, 6).parse("1"));
  });

  it("holds a decimal equal to nothing else, and leaves other values to others", () => {
    expect(decimalEquality(one, "1.000000")).toBe(false);
    expect(decimalEquality({}, one)).toBe(false);
    expect(decimalEquality({}, {})).toBeUndefined();
    expect({ price: one }).toEqual({ price: expect.anything() });
  });
});
