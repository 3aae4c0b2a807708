/*
 * V8 turns a BigInt into its two 32-bit halves, and back, in two machine instructions when both go
 * through one piece of memory, while its own conversions are calls of 50 ns and more. Everything
 * that passes here is an integer below 2^53, which a double holds exactly; what does not fit is
 * told apart, and takes the long way through BigInt text.
 */
const wide = new BigInt64Array(1);
const words = new Uint32Array(wide.buffer);
const signedWords = new Int32Array(wide.buffer);
wide[0] = 1n;
const LOW = words[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

const TWO_TO_32 = 4_294_967_296;

/** What {@link smallIntegerOf} returns for what it cannot hold: 2^53. */
export const NOT_SMALL = 9_007_199_254_740_992;

/** Returns a BigInt from −2^53 to 2^53 − 1 as the same integer in a number; {@link NOT_SMALL} for others. */
export function smallIntegerOf(value: bigint): number {
  wide[0] = value;
  const high = signedWords[HIGH] as number;
  // The write keeps the low 64 bits only, so a wider value must not be mistaken for a small one.
  if (high < -0x20_0000 || high > 0x1f_ffff || wide[0] !== value) return NOT_SMALL;
  return high * TWO_TO_32 + (words[LOW] as number);
}

/** Returns an integer from −2^53 to 2^53 − 1, held in a number, as a BigInt. */
export function bigintOf(integer: number): bigint {
  let high = (integer / TWO_TO_32) | 0;
  if (high * TWO_TO_32 > integer) high -= 1;
  signedWords[HIGH] = high;
  words[LOW] = integer - high * TWO_TO_32;
  return wide[0] as bigint;
}
