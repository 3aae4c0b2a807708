import type { Random } from "../../../src/session/clock.ts";

/** Randomness that is the same in each run (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    fraction,
    secret: () => {
      const digits = Array.from({ length: 32 }, () => Math.floor(fraction() * 16).toString(16));
      return digits.join("");
    },
  };
}
