import {
  DECIMAL_19_6,
  DECIMAL_38_6,
  type Decimal,
  DecimalError,
  type DecimalType,
  decimal,
} from "orderly-ws/decimal";
import type { SeededRandom } from "./random-values.ts";

/** The types that a server is compared on. */
export const TYPES: readonly DecimalType[] = [
  DECIMAL_19_6,
  DECIMAL_38_6,
  decimal(20, 2),
  decimal(30, 18),
];

/** Makes a server keep 30 digits of a quotient, so that its second rounding agrees with one. */
export const EXACT_DIVISION = "SET SESSION div_precision_increment = 30";

/** The type that CAST narrows to: three fraction digits fewer, or none. */
function narrower(type: DecimalType): DecimalType {
  return decimal(type.precision, type.scale > 3 ? type.scale - 3 : 0);
}

/** One operation as a server and as the library computes it, on columns `a` and `b`. */
export interface Operation {
  readonly name: string;
  readonly sql: (type: DecimalType) => string;
  readonly ours: (a: Decimal, b: Decimal) => Decimal;
}

const castTo = (expression: string, type: DecimalType): string => `CAST(${expression} AS ${type})`;

export const OPERATIONS: readonly Operation[] = [
  { name: "+", sql: (type) => castTo("a + b", type), ours: (a, b) => a.plus(b) },
  { name: "−", sql: (type) => castTo("a - b", type), ours: (a, b) => a.minus(b) },
  { name: "×", sql: (type) => castTo("a * b", type), ours: (a, b) => a.times(b) },
  { name: "÷", sql: (type) => castTo("a / b", type), ours: (a, b) => a.dividedBy(b) },
  { name: "MOD", sql: () => "MOD(a, b)", ours: (a, b) => a.mod(b) },
  { name: "ROUND 1", sql: () => "ROUND(a, 1)", ours: (a) => a.round(1) },
  { name: "ROUND 0", sql: () => "ROUND(a)", ours: (a) => a.round(0) },
  { name: "ROUND −2", sql: () => "ROUND(a, -2)", ours: (a) => a.round(-2) },
  { name: "TRUNCATE 1", sql: () => "TRUNCATE(a, 1)", ours: (a) => a.round(1, "down") },
  { name: "TRUNCATE −2", sql: () => "TRUNCATE(a, -2)", ours: (a) => a.round(-2, "down") },
  { name: "CAST", sql: (type) => castTo("a", narrower(type)), ours: (a) => a.to(narrower(a.type)) },
];

/** Two texts, and what the library makes of them, operation by operation. */
export interface Pair {
  readonly texts: readonly [string, string];
  readonly results: readonly string[];
}

/** ROUND and TRUNCATE print fewer digits than the type's scale: the number counts, not its zeros. */
export function plain(text: string): string {
  const trimmed = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return trimmed === "-0" ? "0" : trimmed;
}

/**
 * A pair whose texts have surplus digits, for CAST(? AS …) to round, and whose results are all in range.
 * One in eight has ±1 on the right, so that the left one may come close to the type's ends.
 */
export function randomPair(random: SeededRandom, type: DecimalType): Pair {
  const integerDigits = type.precision - type.scale;
  const isWide = random.below(8) === 0;
  for (;;) {
    const texts = [
      random.text(integerDigits, type.scale + 4),
      isWide
        ? (["1", "-1"][random.below(2)] as string)
        : random.text(integerDigits, type.scale + 4),
    ] as const;
    try {
      const [a, b] = [type.parse(texts[0]), type.parse(texts[1])];
      return { texts, results: OPERATIONS.map(({ ours }) => plain(ours(a, b).toString())) };
    } catch (error) {
      const isExpected =
        error instanceof DecimalError &&
        (error.code === "DECIMAL_RANGE" || error.code === "DECIMAL_DIVISION_BY_ZERO");
      if (!isExpected) throw error;
    }
  }
}

/** One SELECT of every operation on so many pairs: two `?` a pair, a row a pair, in order. */
export function statement(type: DecimalType, pairs: number): string {
  const columns = OPERATIONS.map(({ sql }, index) => `${sql(type)} AS r${index}`).join(", ");
  const row = (index: number): string =>
    `SELECT ${index} AS i, ${type.placeholder} AS a, ${type.placeholder} AS b`;
  const rows = Array.from({ length: pairs }, (_, index) => row(index)).join(" UNION ALL ");
  return `SELECT ${columns} FROM (${rows}) AS pairs ORDER BY i`;
}
