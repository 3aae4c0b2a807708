/** What every library computes with: the same texts, from a fixed seed. */
export interface Inputs {
  /** Left operands, 6 fraction digits. */
  readonly left: readonly string[];
  /** Right operands, 6 fraction digits, never zero. */
  readonly right: readonly string[];
  /** Values of 12 fraction digits, to be rounded to 6. */
  readonly fine: readonly string[];
}

/** How many digits before the point: `short` is 1 to 8, what the bars are about; `long` is 13. */
export type Size = "short" | "long";

/** How many values of each kind. */
const COUNT = 1024;

/** Makes the inputs of one size: always the same ones. */
export function makeInputs(size: Size): Inputs {
  let state = 20_230_125;
  const below = (limit: number): number => {
    // A linear congruential generator; its upper bits are good enough for digits.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const digits = (length: number): string =>
    Array.from({ length }, (_, index) => (index === 0 ? 1 + below(9) : below(10))).join("");
  const text = (fraction: number): string =>
    `${below(3) === 0 ? "-" : ""}${digits(size === "short" ? 1 + below(8) : 13)}.${digits(fraction)}`;
  const many = (fraction: number): string[] => Array.from({ length: COUNT }, () => text(fraction));
  return { left: many(6), right: many(6), fine: many(12) };
}
