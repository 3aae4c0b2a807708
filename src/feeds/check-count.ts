/**
 * Checks a count that a caller gave.
 *
 * @returns The value.
 * @throws RangeError when it is not an integer from `least` up.
 */
export function checkCount(name: string, value: number, least: 0 | 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} must be an integer from ${least} up, got ${value}`);
}
