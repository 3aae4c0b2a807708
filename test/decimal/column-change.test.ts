import {
  auditColumnChange,
  compareColumnTypes,
  DECIMAL_19_6,
  DECIMAL_38_6,
  decimal,
  describeColumn,
} from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";

const refusal = (code: string): unknown => expect.objectContaining({ name: "DecimalError", code });

describe("describeColumn", () => {
  it("writes type, nullability and default", () => {
    expect(describeColumn(DECIMAL_19_6)).toBe("DECIMAL(19,6) NOT NULL");
    expect(describeColumn(DECIMAL_38_6, { nullable: true, default: null })).toBe(
      "DECIMAL(38,6) NULL DEFAULT NULL",
    );
    expect(describeColumn(decimal(20, 2), { default: 0n })).toBe(
      "DECIMAL(20,2) NOT NULL DEFAULT 0.00",
    );
  });

  it("refuses a default that the type cannot hold", () => {
    expect(() => describeColumn(DECIMAL_19_6, { default: "10000000000000" })).toThrow(
      refusal("DECIMAL_RANGE"),
    );
    expect(() => describeColumn(DECIMAL_19_6, { default: "0); DROP TABLE x" })).toThrow(
      refusal("DECIMAL_SYNTAX"),
    );
    expect(() => describeColumn(DECIMAL_19_6, { default: 0 as never })).toThrow(
      refusal("DECIMAL_NUMBER"),
    );
  });
});

describe("compareColumnTypes", () => {
  it.each([
    ["decimal(19,6)", "exact", 0, 0, true],
    ["DECIMAL(10,2) unsigned", "exact", 0, 0, true],
    ["decimal( 20 , 2 ) unsigned zerofill", "exact", 5, 0, false],
    ["numeric(5)", "exact", 0, 0, true],
    ["decimal", "exact", 0, 0, true],
    ["decimal(30,18)", "exact", 0, 12, false],
    ["int(11) unsigned", "exact", 0, 0, true],
    ["bigint", "exact", 7, 0, false],
    ["double", "approximate", 296, 1068, false],
    ["double precision", "approximate", 296, 1068, false],
    ["float(7,3)", "approximate", 296, 1068, false],
    ["varchar(40)", "text", 296, 1068, false],
  ])(
    "tells what %s loses as DECIMAL(19,6)",
    (from, source, integerDigitsLost, fractionDigitsLost, lossless) => {
      expect(compareColumnTypes(from, DECIMAL_19_6)).toEqual({
        source,
        integerDigitsLost,
        fractionDigitsLost,
        lossless,
      });
    },
  );

  it("takes a type for the old one, too", () => {
    expect(compareColumnTypes(DECIMAL_38_6, DECIMAL_19_6).integerDigitsLost).toBe(19);
    expect(compareColumnTypes(DECIMAL_19_6, DECIMAL_38_6).lossless).toBe(true);
  });

  it("refuses a long text at once", () => {
    const startMs = performance.now();
    const text = `decimal${" ".repeat(1_000_000)}!`;
    expect(() => compareColumnTypes(text, DECIMAL_19_6)).toThrow(refusal("DECIMAL_TYPE"));
    expect(performance.now() - startMs).toBeLessThan(500);
  });

  it.each(["", "date", "json", "decimal(19,6); DROP", "decimal(1,2,3)", "9"])(
    "refuses %j",
    (from) => {
      expect(() => compareColumnTypes(from, DECIMAL_19_6)).toThrow(refusal("DECIMAL_TYPE"));
    },
  );
});

describe("auditColumnChange", () => {
  it("counts what stays, what is rounded, what does not fit and what is no decimal", () => {
    const audit = auditColumnChange(decimal(5, 2), [
      "1",
      null,
      "1.005",
      "999.994",
      "999.995",
      "1e3",
      "",
      "-0.00049",
    ]);
    expect(audit).toEqual({
      checked: 8,
      unchanged: 2,
      rounded: 3,
      outOfRange: 1,
      unreadable: 2,
      largestRounding: "0.00500",
      firstAltered: 2,
    });
  });

  it("finds nothing in a column that fits", () => {
    expect(auditColumnChange(DECIMAL_19_6, ["1.5", "-2.5000000", null])).toMatchObject({
      unchanged: 3,
      largestRounding: "0",
      firstAltered: null,
    });
  });

  it("refuses values that a driver has turned into numbers", () => {
    expect(() => auditColumnChange(DECIMAL_19_6, ["1", 1.5 as never])).toThrow(
      refusal("DECIMAL_NUMBER"),
    );
  });

  it("rounds half up as ALTER does, whatever the type does elsewhere", () => {
    const Exact = decimal(5, 2, { rounding: "exact" });
    expect(auditColumnChange(Exact, ["0.005"])).toMatchObject({
      rounded: 1,
      largestRounding: "0.005",
    });
  });
});
