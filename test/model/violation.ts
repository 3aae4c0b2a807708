/** Says which of the things that must always be true is not. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws a {@link Violation} unless the claim holds. */
export function holds(claim: boolean, otherwise: () => string): asserts claim {
  if (!claim) throw new Violation(otherwise());
}
