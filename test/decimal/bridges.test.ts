import type { StandardSchemaV1 } from "@standard-schema/spec";
import Big from "big.js";
import { DECIMAL_19_6, DECIMAL_38_6, decimal, reviver } from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";

const refusal = (code: string): unknown => expect.objectContaining({ name: "DecimalError", code });

describe("JSON", () => {
  const types = { price: DECIMAL_19_6, prices: DECIMAL_19_6, amount: DECIMAL_38_6 };

  it("carries decimals as strings and reads them back by key, at any depth", () => {
    const order = {
      price: DECIMAL_19_6.parse("12.5"),
      note: "7",
      fills: [{ amount: DECIMAL_38_6.parse("-10000000000000"), at: 5 }],
      prices: [DECIMAL_19_6.parse("1"), null],
    };
    const text = JSON.stringify(order);
    expect(text).toBe(
      '{"price":"12.500000","note":"7","fills":[{"amount":"-10000000000000.000000","at":5}],"prices":["1.000000",null]}',
    );
    expect(JSON.parse(text, reviver(types))).toEqual(order);
  });

  it("leaves null, other keys and a peer's odd keys alone", () => {
    const text = '{"price":null,"constructor":"1","toString":"x","__proto__x":"2","0":"3"}';
    expect(JSON.parse(text, reviver(types))).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"price":12.5}', "DECIMAL_NUMBER"],
    ['{"price":1e400}', "DECIMAL_NUMBER"],
    ['{"prices":["1",2]}', "DECIMAL_NUMBER"],
    ['{"price":"1e3"}', "DECIMAL_SYNTAX"],
    ['{"price":"10000000000000"}', "DECIMAL_RANGE"],
    ['{"price":{"amount":"1"}}', "DECIMAL_TYPE"],
    ['{"price":true}', "DECIMAL_TYPE"],
  ])("refuses %s", (text, code) => {
    expect(() => JSON.parse(text, reviver(types))).toThrow(refusal(code));
  });
});

describe("The Standard Schema validator", () => {
  const schema: StandardSchemaV1<unknown, unknown> = DECIMAL_19_6;
  const validate = schema["~standard"].validate;

  it("says who it is", () => {
    expect(schema["~standard"]).toMatchObject({ version: 1, vendor: "orderly-ws" });
  });

  it("reads texts, and takes decimals as from() does", () => {
    expect(validate("12.5")).toEqual({ value: DECIMAL_19_6.parse("12.5") });
    expect(validate(DECIMAL_38_6.parse("1"))).toEqual({ value: DECIMAL_19_6.parse("1") });
  });

  it.each([
    [12.5, /^DECIMAL_NUMBER: /],
    ["1e3", /^DECIMAL_SYNTAX: /],
    ["10000000000000", /^DECIMAL_RANGE: /],
    [null, /^DECIMAL_TYPE: /],
    [DECIMAL_38_6.max, /^DECIMAL_RANGE: /],
  ])("answers an issue for %s, and does not throw", (value, message) => {
    expect(validate(value)).toEqual({ issues: [{ message: expect.stringMatching(message) }] });
  });
});

describe("big.js", () => {
  it("takes a value over exactly", () => {
    const big = decimal(65, 30).max.toBig();
    expect(big).toBeInstanceOf(Big);
    expect(big.toFixed(30)).toBe(decimal(65, 30).max.toString());
    expect(DECIMAL_19_6.parse("-0.000001").toBig().toString()).toBe("-0.000001");
  });

  it.each([
    ["1e-1000000", "half-up", "0.000000"],
    ["1e-1000000", "up", "0.000001"],
    ["-1e-1000000", "floor", "-0.000001"],
    ["5e-7", "half-up", "0.000001"],
    ["5e-7", "half-down", "0.000000"],
    ["4.9999999999999999999999999999e-7", "half-up", "0.000000"],
    [`5.${"0".repeat(200)}1e-7`, "half-down", "0.000001"],
    [`1234.${"5".repeat(300)}`, "half-up", "1234.555556"],
    ["-0", "half-up", "0.000000"],
    ["1.2345e+12", "half-up", "1234500000000.000000"],
  ] as const)("gives %s, rounded %s, as %s", (text, rounding, expected) => {
    expect(decimal(19, 6, { rounding }).fromBig(new Big(text)).toString()).toBe(expected);
  });

  it("is not written out digit by digit for the sake of its exponent", () => {
    let fastestMs = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 5; run += 1) {
      const startMs = performance.now();
      expect(() => DECIMAL_19_6.fromBig(new Big("1e1000000"))).toThrow(refusal("DECIMAL_RANGE"));
      expect(DECIMAL_19_6.fromBig(new Big("1e-1000000")).isZero()).toBe(true);
      fastestMs = Math.min(fastestMs, performance.now() - startMs);
    }
    expect(fastestMs).toBeLessThan(2);
  });

  it("gives what does not fit as an error, however large its exponent", () => {
    expect(() => DECIMAL_19_6.fromBig(new Big("1e1000000"))).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => DECIMAL_19_6.fromBig(new Big("-1e13"))).toThrow(refusal("DECIMAL_RANGE"));
    const Exact = decimal(19, 6, { rounding: "exact" });
    expect(() => Exact.fromBig(new Big("1e-1000000"))).toThrow(refusal("DECIMAL_INEXACT"));
  });

  it("is told from what only looks like one", () => {
    for (const value of [
      "1",
      null,
      {},
      { s: 1, e: 0, c: [] },
      { s: 2, e: 0, c: [1] },
      { s: 1, e: 0.5, c: [1] },
      { s: 1, e: Number.POSITIVE_INFINITY, c: [1] },
      { s: 1, e: 0, c: [10] },
      { s: 1, e: 0, c: ["1"] },
    ]) {
      expect(() => DECIMAL_19_6.fromBig(value as never)).toThrow(refusal("DECIMAL_TYPE"));
    }
    expect(() => DECIMAL_19_6.fromBig(1 as never)).toThrow(refusal("DECIMAL_NUMBER"));
  });
});

describe("SQL", () => {
  it("gets the text, and the CAST where an object is written into a query", () => {
    const value = decimal(20, 2).parse("-1.5");
    expect(value.toSql()).toBe("-1.50");
    expect(value.toSqlString()).toBe("CAST('-1.50' AS DECIMAL(20,2))");
  });
});

describe("DecimalType.fromUnsafeNumber", () => {
  it.each([
    [
      0.1,
      "0.100000",
      "0.1000000000000000055511151231257827021181583404541015625",
      "0.0000000000000000055511151231257827021181583404541015625",
    ],
    [0.5, "0.500000", "0.5", "0"],
    [
      -1.005,
      "-1.005000",
      "-1.00499999999999989341858963598497211933135986328125",
      "0.00000000000000010658141036401502788066864013671875",
    ],
    [3, "3.000000", "3", "0"],
    [-0, "0.000000", "0", "0"],
    [2 ** 53 + 1, "9007199254740992.000000", "9007199254740992", "0"],
    [2 ** -20, "0.000001", "0.00000095367431640625", "-0.00000004632568359375"],
  ])("says of %s what it became, what it was, and what is lost", (number, value, exact, lost) => {
    const conversion = DECIMAL_38_6.fromUnsafeNumber(number);
    expect({ ...conversion, value: conversion.value.toString() }).toEqual({ value, exact, lost });
  });

  it("takes the smallest number apart", () => {
    const { value, exact } = DECIMAL_38_6.fromUnsafeNumber(Number.MIN_VALUE);
    expect(value.isZero()).toBe(true);
    expect(exact).toHaveLength(2 + 1074);
    expect(Number(exact)).toBe(Number.MIN_VALUE);
  });

  it("rounds by the type and refuses what does not fit", () => {
    expect(decimal(19, 2, { rounding: "down" }).fromUnsafeNumber(1.999).value.toString()).toBe(
      "1.99",
    );
    expect(() => decimal(19, 2, { rounding: "exact" }).fromUnsafeNumber(0.1)).toThrow(
      refusal("DECIMAL_INEXACT"),
    );
    expect(() => DECIMAL_19_6.fromUnsafeNumber(1e13)).toThrow(refusal("DECIMAL_RANGE"));
    expect(() => DECIMAL_19_6.fromUnsafeNumber(Number.MAX_VALUE)).toThrow(refusal("DECIMAL_RANGE"));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "refuses %s",
    (number) => {
      expect(() => DECIMAL_19_6.fromUnsafeNumber(number)).toThrow(refusal("DECIMAL_NUMBER"));
    },
  );

  it("refuses what is no number", () => {
    expect(() => DECIMAL_19_6.fromUnsafeNumber("1" as never)).toThrow(refusal("DECIMAL_TYPE"));
  });
});
