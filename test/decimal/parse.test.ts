import {
  DECIMAL_19_6,
  DECIMAL_38_6,
  type DecimalError,
  decimal,
  MAX_TEXT_LENGTH,
} from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";

const refusal = (code: string): unknown => expect.objectContaining({ name: "DecimalError", code });

describe("DecimalType.parse", () => {
  it.each([
    ["0", "0.000000"],
    ["-0", "0.000000"],
    ["-0.000000", "0.000000"],
    ["007", "7.000000"],
    ["12.5", "12.500000"],
    ["-12.5", "-12.500000"],
    ["0.000001", "0.000001"],
    ["-0.000001", "-0.000001"],
    ["1234567.123456", "1234567.123456"],
    ["9999999999999.999999", "9999999999999.999999"],
    ["-9999999999999.999999", "-9999999999999.999999"],
    [`${"0".repeat(127)}7`, "7.000000"],
    [`0.${"0".repeat(126)}`, "0.000000"],
  ])("reads %s as %s", (text, expected) => {
    expect(DECIMAL_19_6.parse(text).toString()).toBe(expected);
  });

  it.each([
    ["0.0000005", "0.000001"],
    ["-0.0000005", "-0.000001"],
    ["0.0000004999999996", "0.000000"],
    ["-0.0000004999999996", "0.000000"],
    [`0.0000004${"9".repeat(118)}`, "0.000000"],
    [`0.0000005${"0".repeat(117)}1`, "0.000001"],
    ["1.00000049999999999999999", "1.000000"],
  ])("rounds %s once, to %s", (text, expected) => {
    expect(DECIMAL_19_6.parse(text).toString()).toBe(expected);
  });

  it("refuses surplus digits under exact, unless they are zeros", () => {
    const Exact = decimal(19, 6, { rounding: "exact" });
    expect(Exact.parse("1.5000000000").toString()).toBe("1.500000");
    expect(() => Exact.parse("1.5000001")).toThrow(refusal("DECIMAL_INEXACT"));
  });

  it("checks the range after rounding, and never clamps", () => {
    expect(DECIMAL_19_6.parse("9999999999999.9999994").toString()).toBe("9999999999999.999999");
    expect(() => DECIMAL_19_6.parse("9999999999999.9999995")).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => DECIMAL_19_6.parse("-9999999999999.9999995")).toThrow(refusal("DECIMAL_RANGE"));
  });

  it("says, for 10 trillion KRW, where DECIMAL(19,6) ends and which type amounts need", () => {
    expect(() => DECIMAL_19_6.parse("10000000000000")).toThrow(
      /DECIMAL\(19,6\) ends at ±9999999999999\.999999, got 14 integer digits; .*DECIMAL_38_6/,
    );
    expect(DECIMAL_38_6.parse("10000000000000").toString()).toBe("10000000000000.000000");
  });

  it("does not show the amount in a message", () => {
    for (const text of ["98765432109876", "98765432x"]) {
      expect(() => DECIMAL_19_6.parse(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("987654") }),
      );
    }
  });
});

describe("Bad input", () => {
  const megabyte = "1".repeat(1_000_000);
  const bad: readonly (readonly [string, unknown, string])[] = [
    ["nothing", "", "DECIMAL_SYNTAX"],
    ["a minus alone", "-", "DECIMAL_SYNTAX"],
    ["a point alone", ".", "DECIMAL_SYNTAX"],
    ["a leading point", ".5", "DECIMAL_SYNTAX"],
    ["a minus and a leading point", "-.5", "DECIMAL_SYNTAX"],
    ["a trailing point", "1.", "DECIMAL_SYNTAX"],
    ["two points", "1.2.3", "DECIMAL_SYNTAX"],
    ["a plus", "+1", "DECIMAL_SYNTAX"],
    ["two minuses", "--1", "DECIMAL_SYNTAX"],
    ["a minus after", "1-", "DECIMAL_SYNTAX"],
    ["an exponent", "1e3", "DECIMAL_SYNTAX"],
    ["a huge exponent", "1e9999999", "DECIMAL_SYNTAX"],
    ["a huge negative exponent", "1E-9999999", "DECIMAL_SYNTAX"],
    ["a hexadecimal number", "0x10", "DECIMAL_SYNTAX"],
    ["a BigInt literal", "1n", "DECIMAL_SYNTAX"],
    ["a grouped number", "1,000", "DECIMAL_SYNTAX"],
    ["an underscored number", "1_000", "DECIMAL_SYNTAX"],
    ["a decimal comma", "1,5", "DECIMAL_SYNTAX"],
    ["a space before", " 1", "DECIMAL_SYNTAX"],
    ["a space after", "1 ", "DECIMAL_SYNTAX"],
    ["a line break after", "1\n", "DECIMAL_SYNTAX"],
    ["a no-break space", "\u00a01", "DECIMAL_SYNTAX"],
    ["a NUL", "1\u0000", "DECIMAL_SYNTAX"],
    ["NaN in text", "NaN", "DECIMAL_SYNTAX"],
    ["Infinity in text", "Infinity", "DECIMAL_SYNTAX"],
    ["Arabic-Indic digits", "١٢٣", "DECIMAL_SYNTAX"],
    ["full-width digits", "\uff11\uff12", "DECIMAL_SYNTAX"],
    ["superscript digits", "1²", "DECIMAL_SYNTAX"],
    ["a mathematical digit", "𝟏", "DECIMAL_SYNTAX"],
    ["a Unicode minus", "−1", "DECIMAL_SYNTAX"],
    ["129 digits", "1".repeat(129), "DECIMAL_TOO_LONG"],
    ["1 MB of digits", megabyte, "DECIMAL_TOO_LONG"],
    ["1 MB of zeros", "0".repeat(1_000_000), "DECIMAL_TOO_LONG"],
    ["1 MB of anything", "x".repeat(1_000_000), "DECIMAL_TOO_LONG"],
    ["128 digits", "1".repeat(128), "DECIMAL_RANGE"],
    ["a number", 1.5, "DECIMAL_NUMBER"],
    ["NaN", Number.NaN, "DECIMAL_NUMBER"],
    ["a Number object", Object(1.5), "DECIMAL_TYPE"],
    ["a String object", Object("1.5"), "DECIMAL_TYPE"],
    ["an object with valueOf", { valueOf: () => 1 }, "DECIMAL_TYPE"],
    ["an object with toString", { toString: () => "1" }, "DECIMAL_TYPE"],
    ["an array", ["1"], "DECIMAL_TYPE"],
    ["null", null, "DECIMAL_TYPE"],
    ["undefined", undefined, "DECIMAL_TYPE"],
    ["true", true, "DECIMAL_TYPE"],
    ["a symbol", Symbol("1"), "DECIMAL_TYPE"],
    ["a function", () => "1", "DECIMAL_TYPE"],
  ];

  it.each(bad)("refuses %s in under 1 ms, as the table says", (_, value, code) => {
    const attempt = (): unknown => {
      try {
        return DECIMAL_19_6.parse(value as string);
      } catch (error) {
        return error;
      }
    };
    expect(attempt()).toEqual(refusal(code));
    // The fastest of several: a pause of the machine is not the library's.
    let fastestMs = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 20; run += 1) {
      const startMs = performance.now();
      attempt();
      fastestMs = Math.min(fastestMs, performance.now() - startMs);
    }
    expect(fastestMs).toBeLessThan(1);
  });

  it("has the limit that it exports", () => {
    expect(MAX_TEXT_LENGTH).toBe(128);
  });

  it("keeps nothing of what it refused", () => {
    const caught = (): DecimalError => {
      try {
        DECIMAL_19_6.parse(megabyte);
      } catch (error) {
        return error as DecimalError;
      }
      throw new Error("not refused");
    };
    expect(caught().message.length).toBeLessThan(200);
  });

  it("is no different for from(), but for decimals and bigints", () => {
    for (const [, value, code] of bad) {
      expect(() => DECIMAL_19_6.from(value as string)).toThrow(refusal(code));
    }
    expect(DECIMAL_19_6.from(-5n).toString()).toBe("-5.000000");
    expect(DECIMAL_19_6.from(DECIMAL_38_6.parse("1.5"))).toEqual(DECIMAL_19_6.parse("1.5"));
  });
});
