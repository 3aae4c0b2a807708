import { DecimalError } from "./decimal-error.ts";

/**
 * Splits a whole number of units in the given ratios, by the largest remainders.
 *
 * Sign-symmetric: the parts of −total are the negated parts of total.
 *
 * @param weights - The ratios as whole numbers of one common unit.
 * @returns As many parts as weights, in their order; they add up to `total`.
 * @throws {@link DecimalError} with `DECIMAL_RATIOS` if there are none, one is negative or all are zero.
 */
export function allocateUnits(total: bigint, weights: readonly bigint[]): bigint[] {
  let sum = 0n;
  weights.forEach((weight, index) => {
    if (weight < 0n) {
      throw new DecimalError(
        "DECIMAL_RATIOS",
        `ratios must be 0 or more, number ${index + 1} is below`,
      );
    }
    sum += weight;
  });
  if (sum === 0n) {
    throw new DecimalError(
      "DECIMAL_RATIOS",
      `ratios must add up to more than 0, got ${weights.length} of sum 0`,
    );
  }

  const magnitude = total < 0n ? -total : total;
  const parts = weights.map((weight) => (magnitude * weight) / sum);
  let left = parts.reduce((rest, part) => rest - part, magnitude);
  // Stable: among equal remainders the lower index stays first.
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (magnitude * weight) % sum }))
    .sort((a, b) => (a.remainder > b.remainder ? -1 : a.remainder < b.remainder ? 1 : 0));
  for (const { index } of byRemainder) {
    if (left === 0n) break;
    parts[index] = (parts[index] as bigint) + 1n;
    left -= 1n;
  }
  return total < 0n ? parts.map((part) => -part) : parts;
}
