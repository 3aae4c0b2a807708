/** Powers kept ready: the widest text (128 digits) moved by the largest scale (30). */
const CACHED = 160;

const powers: bigint[] = [1n];
const halves: bigint[] = [0n];
for (let digits = 1; digits <= CACHED; digits += 1) {
  const power = 10n ** BigInt(digits);
  powers.push(power);
  halves.push(power / 2n);
}

/** Returns 10 to the power of `digits`, an integer from 0 up. */
export function tenTo(digits: number): bigint {
  return powers[digits] ?? 10n ** BigInt(digits);
}

/** Returns half of 10 to the power of `digits`, an integer from 1 up. */
export function halfOfTenTo(digits: number): bigint {
  return halves[digits] ?? tenTo(digits) / 2n;
}
