import fc from "fast-check";
import {
  type Decimal,
  DecimalError,
  type DecimalErrorCode,
  type DecimalType,
  decimal,
  percentChange,
  ROUNDING_MODES,
  weightedAverage,
} from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";
import * as exact from "./support/exact-rational.ts";
import { CASES, RUNS, units } from "./support/operands.ts";

const SCALES = [0, 2, 6, 18] as const;
const TYPES = ROUNDING_MODES.flatMap((rounding) =>
  SCALES.map((scale) => decimal(65, scale, { rounding })),
);
const type = fc.nat(TYPES.length - 1).map((index) => TYPES[index] as (typeof TYPES)[number]);

const fractionOf = (value: Decimal): exact.Rational => exact.rationalOf(value.toString());

function refuses(operation: () => Decimal, code: DecimalErrorCode): void {
  expect(operation).toThrow(expect.objectContaining({ code }));
}

/** Compares what an operation does with the exact result rounded once to a type, refusals included. */
function check(
  to: DecimalType,
  operation: () => Decimal,
  result: () => exact.Rational | null,
): void {
  let actual: string;
  try {
    const value = operation();
    actual = value.type === to ? value.units.toString() : `of another type, ${value.type}`;
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    actual = error.code;
  }
  const expected = expectation(to, result());
  if (actual !== expected) expect(actual).toBe(expected);
}

function expectation(to: DecimalType, result: exact.Rational | null): string {
  if (result === null) return "DECIMAL_DIVISION_BY_ZERO";
  const units = exact.roundToScale(result, to.scale, to.rounding);
  if (units === null) return "DECIMAL_INEXACT";
  return units >= 10n ** 65n || units <= -(10n ** 65n) ? "DECIMAL_RANGE" : units.toString();
}

describe(`Exact fractions rounded once in all nine modes, on ${CASES} cases an operation`, () => {
  const operands = fc.tuple(type, type, units(28), units(28));

  function agree(
    ours: (a: Decimal, b: Decimal) => Decimal,
    result: (a: exact.Rational, b: exact.Rational) => exact.Rational | null,
  ): void {
    fc.assert(
      fc.property(operands, ([leftType, rightType, left, right]) => {
        const a = leftType.fromUnits(left);
        const b = rightType.fromUnits(right);
        check(
          leftType,
          () => ours(a, b),
          () => result(fractionOf(a), fractionOf(b)),
        );
      }),
      RUNS,
    );
  }

  const unlessZero =
    (result: (a: exact.Rational, b: exact.Rational) => exact.Rational) =>
    (a: exact.Rational, b: exact.Rational) =>
      b.numerator === 0n ? null : result(a, b);

  it("are what plus() returns", () => agree((a, b) => a.plus(b), exact.add));
  it("are what minus() returns", () =>
    agree(
      (a, b) => a.minus(b),
      (a, b) => exact.add(a, exact.negate(b)),
    ));
  it("are what times() returns", () => agree((a, b) => a.times(b), exact.multiply));
  it("are what dividedBy() returns", () =>
    agree((a, b) => a.dividedBy(b), unlessZero(exact.divide)));
  it("are what mod() returns", () => agree((a, b) => a.mod(b), unlessZero(exact.remainder)));
  it("are what from() returns for a value of another type", () =>
    agree(
      (a, b) => a.type.from(b),
      (_, b) => b,
    ));
  it("are what parse() returns", () =>
    agree(
      (a, b) => a.type.parse(b.toString()),
      (_, b) => b,
    ));

  it("are what round() returns", () => {
    fc.assert(
      fc.property(type, units(40), fc.integer({ min: -30, max: 18 }), (of, value, digits) => {
        const a = of.fromUnits(value);
        const scale = Math.min(digits, of.scale);
        const rounded = exact.roundToScale(fractionOf(a), scale, of.rounding);
        if (rounded === null) return refuses(() => a.round(digits), "DECIMAL_INEXACT");
        const unit = exact.rational(10n ** BigInt(30 - scale), 10n ** 30n);
        check(
          of,
          () => a.round(digits),
          () => exact.multiply(exact.rational(rounded, 1n), unit),
        );
      }),
      RUNS,
    );
  });

  it("are what quantize() returns, as a multiple of the step", () => {
    fc.assert(
      fc.property(type, units(30), units(10), (of, value, step) => {
        const a = of.fromUnits(value);
        const tick = of.fromUnits(step === 0n ? 1n : step < 0n ? -step : step);
        const multiple = exact.roundToInteger(
          exact.divide(fractionOf(a), fractionOf(tick)),
          of.rounding,
        );
        if (multiple === null) return refuses(() => a.quantize(tick), "DECIMAL_INEXACT");
        check(
          of,
          () => a.quantize(tick),
          () => exact.multiply(fractionOf(tick), exact.rational(multiple, 1n)),
        );
      }),
      RUNS,
    );
  });

  it("are what sum() returns, whatever the order and the partial sums", () => {
    fc.assert(
      fc.property(type, fc.array(fc.tuple(type, units(64)), { maxLength: 6 }), (of, parts) => {
        const values = parts.map(([each, value]) => each.fromUnits(value));
        const total = values.map(fractionOf).reduce(exact.add, exact.rational(0n, 1n));
        check(
          of,
          () => of.sum(values),
          () => total,
        );
      }),
      RUNS,
    );
  });

  it("are what weightedAverage() returns", () => {
    const items = fc.array(fc.tuple(type, units(20), type, units(12)), { maxLength: 4 });
    fc.assert(
      fc.property(type, items, (of, parts) => {
        const pairs = parts.map(
          ([a, value, b, weight]) => [a.fromUnits(value), b.fromUnits(weight)] as const,
        );
        const zero = exact.rational(0n, 1n);
        const products = pairs
          .map(([a, b]) => exact.multiply(fractionOf(a), fractionOf(b)))
          .reduce(exact.add, zero);
        const weights = pairs.map(([, b]) => fractionOf(b)).reduce(exact.add, zero);
        check(
          of,
          () => weightedAverage(pairs, of),
          () => (weights.numerator === 0n ? null : exact.divide(products, weights)),
        );
      }),
      RUNS,
    );
  });

  it("are what percentChange() returns", () => {
    const hundred = exact.rational(100n, 1n);
    agree(
      (a, b) => percentChange(a, b),
      (a, b) => {
        if (a.numerator === 0n) return null;
        const change = exact.add(b, exact.negate(a));
        return exact.multiply(
          hundred,
          exact.divide(change, a.numerator < 0n ? exact.negate(a) : a),
        );
      },
    );
  });
});
