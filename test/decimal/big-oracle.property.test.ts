import Big from "big.js";
import fc from "fast-check";
import {
  type Decimal,
  DecimalError,
  type DecimalType,
  decimal,
  type RoundingMode,
} from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";
import { CASES, RUNS, units } from "./support/operands.ts";

/** The modes that big.js has, by its own numbers. */
const MODES = [
  ["down", 0],
  ["half-up", 1],
  ["half-even", 2],
  ["up", 3],
] as const satisfies readonly (readonly [RoundingMode, Big.RoundingMode])[];

const SCALES = [0, 2, 6, 18] as const;

/** Types and big.js constructors of the same scale and rounding, 16 of them, picked by a number. */
const PAIRS = MODES.flatMap(([rounding, rm]) =>
  SCALES.map((scale) => {
    const TheirBig = Big();
    TheirBig.DP = scale;
    TheirBig.RM = rm;
    TheirBig.PE = 1_000_000;
    TheirBig.NE = -1_000_000;
    return { type: decimal(65, scale, { rounding }), TheirBig, rm };
  }),
);

const pair = fc.nat(PAIRS.length - 1).map((index) => PAIRS[index] as (typeof PAIRS)[number]);

function outcome(operation: () => Decimal): string {
  try {
    return operation().toString();
  } catch (error) {
    if (error instanceof DecimalError) return error.code;
    throw error;
  }
}

/** big.js prints −0, which no DECIMAL has. */
function fixed(value: Big, type: DecimalType): string {
  return value.toFixed(type.scale).replace(/^-(?=[0.]*$)/, "");
}

describe(`big.js, on ${CASES} cases an operation`, () => {
  const operands = fc.tuple(pair, units(30), units(30), fc.nat(SCALES.length - 1));

  function agree(ours: (a: Decimal, b: Decimal) => Decimal, theirs: (a: Big, b: Big) => Big): void {
    fc.assert(
      fc.property(operands, ([{ type, TheirBig, rm }, left, right, index]) => {
        const a = type.fromUnits(left);
        const b = decimal(65, SCALES[index] as number).fromUnits(right);
        const expected = (): string =>
          fixed(
            theirs(new TheirBig(a.toString()), new TheirBig(b.toString())).round(type.scale, rm),
            type,
          );
        const result = outcome(() => ours(a, b));
        if (result === "DECIMAL_DIVISION_BY_ZERO") {
          expect(right).toBe(0n);
          return;
        }
        if (result === "DECIMAL_RANGE") {
          const digits = expected().replace(/[-.]/g, "").replace(/^0+/, "");
          expect(digits.length).toBeGreaterThan(65);
          return;
        }
        if (result !== expected()) expect(result).toBe(expected());
      }),
      RUNS,
    );
  }

  it("adds as plus() does", () =>
    agree(
      (a, b) => a.plus(b),
      (a, b) => a.plus(b),
    ));
  it("subtracts as minus() does", () =>
    agree(
      (a, b) => a.minus(b),
      (a, b) => a.minus(b),
    ));
  it("multiplies as times() does", () =>
    agree(
      (a, b) => a.times(b),
      (a, b) => a.times(b),
    ));
  it("divides as dividedBy() does", () =>
    agree(
      (a, b) => a.dividedBy(b),
      (a, b) => a.div(b),
    ));
  it("takes remainders as mod() does", () =>
    agree(
      (a, b) => a.mod(b),
      (a, b) => a.mod(b),
    ));
  it("negates as negate() does", () =>
    agree(
      (a) => a.negate(),
      (a) => a.neg(),
    ));
  it("takes magnitudes as abs() does", () =>
    agree(
      (a) => a.abs(),
      (a) => a.abs(),
    ));

  it("compares as compare() and its kin do", () => {
    fc.assert(
      fc.property(operands, ([{ type, TheirBig }, left, right, index]) => {
        const a = type.fromUnits(left);
        // Every other case compares near neighbours, which random pairs never are.
        const other = decimal(65, SCALES[index] as number);
        const b = right % 2n === 0n ? other.fromUnits(right) : a.plus(type.fromUnits(right % 3n));
        const x = new TheirBig(a.toString());
        const y = new TheirBig(b.toString());
        const ours = [a.compare(b), a.equals(b), a.lt(b), a.lte(b), a.gt(b), a.gte(b)];
        const theirs = [x.cmp(y), x.eq(y), x.lt(y), x.lte(y), x.gt(y), x.gte(y)];
        if (ours.join() !== theirs.join()) expect(ours).toEqual(theirs);
      }),
      RUNS,
    );
  });

  it("rounds as round() and to() do", () => {
    fc.assert(
      fc.property(
        pair,
        units(40),
        fc.integer({ min: -20, max: 18 }),
        ({ type, rm, TheirBig }, value, scale) => {
          const a = type.fromUnits(value);
          const x = new TheirBig(a.toString());
          const expected = fixed(x.round(scale, rm), type);
          const rounded = a.round(scale).toString();
          if (rounded !== expected) expect(rounded).toBe(expected);
          if (scale < 0) return;
          const narrow = decimal(65, scale);
          const converted = a.to(narrow, type.rounding).toString();
          if (converted !== fixed(x.round(scale, rm), narrow))
            expect(converted).toBe(fixed(x.round(scale, rm), narrow));
        },
      ),
      RUNS,
    );
  });

  it("parses and prints as parse() and toString() do", () => {
    const text = fc.tuple(units(40), fc.nat(60), fc.nat(3)).map(([value, fraction, zeros]) => {
      const digits = (value < 0n ? -value : value).toString().padStart(fraction + 1, "0");
      const point = digits.length - fraction;
      const integer = "0".repeat(zeros) + digits.slice(0, point);
      return `${value < 0n ? "-" : ""}${integer}${fraction === 0 ? "" : `.${digits.slice(point)}`}`;
    });
    fc.assert(
      fc.property(pair, text, ({ type, rm, TheirBig }, written) => {
        const expected = fixed(new TheirBig(written).round(type.scale, rm), type);
        const result = type.parse(written).toString();
        if (result !== expected) expect(result).toBe(expected);
      }),
      RUNS,
    );
  });

  it("is converted to and from without a change", () => {
    fc.assert(
      fc.property(pair, units(65), ({ type, TheirBig }, value) => {
        const a = type.fromUnits(value);
        const big = a.toBig();
        if (!big.eq(new TheirBig(a.toString())) || !type.fromBig(big).equals(a)) {
          expect(type.fromBig(big).toString()).toBe(a.toString());
        }
      }),
      RUNS,
    );
  });
});
