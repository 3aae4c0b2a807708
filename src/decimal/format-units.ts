import { smallIntegerOf } from "./integer-halves.ts";

/** `000` to `999`. */
const TRIPLES: readonly string[] = Array.from({ length: 1000 }, (_, value) =>
  String(value).padStart(3, "0"),
);

/** Above this many units of 10^−6 the integer part leaves the 32 bits that `| 0` keeps: 2^31 · 10^6. */
const MAX_FAST_UNITS = 2_147_483_648_000_000;

/**
 * Writes units of 10^−scale as text: always `scale` fraction digits, no exponent, no `-0`.
 *
 * @param scale - Fraction digits, an integer from 0 up.
 */
export function formatUnits(units: bigint, scale: number): string {
  if (scale === 6) {
    // The two exported types: two table look-ups beat cutting up BigInt's own text.
    const small = smallIntegerOf(units);
    if (small < MAX_FAST_UNITS && small > -MAX_FAST_UNITS) return formatMicroUnits(small);
  }
  const text = units.toString();
  if (scale === 0) return text;
  const cut = text.length - scale;
  const sign = units < 0n ? 1 : 0;
  if (cut > sign) return `${text.slice(0, cut)}.${text.slice(cut)}`;
  return `${sign === 1 ? "-0." : "0."}${text.slice(sign).padStart(scale, "0")}`;
}

function formatMicroUnits(small: number): string {
  const magnitude = small < 0 ? -small : small;
  const integer = (magnitude / 1_000_000) | 0;
  const fraction = (magnitude - integer * 1_000_000) | 0;
  const thousands = (fraction / 1000) | 0;
  const text = `${integer}.${TRIPLES[thousands]}${TRIPLES[fraction - thousands * 1000]}`;
  return small < 0 ? `-${text}` : text;
}
