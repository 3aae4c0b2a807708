import { smallIntegerOf } from "./integer-halves.ts";

/** `0` to `999`, `000` to `999`, and `.000` to `.999`. */
const NUMBERS: readonly string[] = Array.from({ length: 1000 }, (_, value) => `${value}`);
const TRIPLES = NUMBERS.map((text) => text.padStart(3, "0"));
const FRACTIONS = TRIPLES.map((text) => `.${text}`);

/** From here on the integer part of micro-units has more than the nine digits of three triples. */
const FAST_LIMIT = 1_000_000_000_000_000;

/**
 * Writes units of 10^−scale as text: always `scale` fraction digits, no exponent, no `-0`.
 *
 * @param scale - Fraction digits, an integer from 0 up.
 */
export function formatUnits(units: bigint, scale: number): string {
  if (scale === 6) {
    // The two exported types. Joining strings that exist beats cutting up BigInt's own text.
    const small = smallIntegerOf(units);
    if (small < FAST_LIMIT && small > -FAST_LIMIT) {
      return small < 0 ? `-${formatMicroUnits(-small)}` : formatMicroUnits(small);
    }
  }
  const text = units.toString();
  if (scale === 0) return text;
  const cut = text.length - scale;
  const sign = units < 0n ? 1 : 0;
  if (cut > sign) return `${text.slice(0, cut)}.${text.slice(cut)}`;
  return `${sign === 1 ? "-0." : "0."}${text.slice(sign).padStart(scale, "0")}`;
}

/** @param units - An integer from 0 up, below {@link FAST_LIMIT}. */
function formatMicroUnits(units: number): string {
  const integer = (units / 1_000_000) | 0;
  const fraction = (units - integer * 1_000_000) | 0;
  const milli = (fraction / 1000) | 0;
  return (
    formatInteger(integer) +
    ((FRACTIONS[milli] as string) + (TRIPLES[fraction - milli * 1000] as string))
  );
}

/** @param integer - From 0 to 999,999,999. */
function formatInteger(integer: number): string {
  if (integer < 1000) return NUMBERS[integer] as string;
  const thousands = (integer / 1000) | 0;
  const ones = TRIPLES[integer - thousands * 1000] as string;
  if (thousands < 1000) return (NUMBERS[thousands] as string) + ones;
  const millions = (thousands / 1000) | 0;
  return (NUMBERS[millions] as string) + (TRIPLES[thousands - millions * 1000] as string) + ones;
}
