import type { DriftVariant } from "./find-drift.ts";

/** Longest text that is shown whole. */
const SHOWN = 200;

/** How much of a longer one is shown from where it begins to differ. */
const QUOTED = 40;

/**
 * Puts texts on one line each: whole where they are short, else what stands where they begin to differ from the first, which
 * itself is shown at the place where the second differs.
 */
export function describeTexts(variants: readonly DriftVariant[]): readonly DriftVariant[] {
  const [first, second] = variants;
  if (first === undefined || second === undefined) return variants;
  if (variants.every(({ value }) => value.length <= SHOWN)) {
    return variants.map((variant) => ({ ...variant, value: JSON.stringify(variant.value) }));
  }
  return variants.map((variant) => {
    const at = firstDifference(variant.value, variant === first ? second.value : first.value);
    const before = variant.value.slice(0, at);
    const place = `line ${before.split("\n").length}, column ${at - before.lastIndexOf("\n")}`;
    const text = JSON.stringify(variant.value.slice(at, at + QUOTED));
    return { ...variant, value: `${variant.value.length} characters; ${place}: ${text}` };
  });
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charAt(at) === b.charAt(at)) at += 1;
  return at;
}
