/** What an error answer lets the requester conclude: certainly no effect, or perhaps one. */
export type ErrorCertainty = "failed" | "unknown";

/**
 * The numbers in `WIRE_ERRORS` that prove that nothing happened. Written out here, because a client needs
 * neither the names nor the rest of that table; counted down from -32,000.
 */
const WITHOUT_EFFECT: readonly number[] = [
  700, 600, 601, 602, 0, 1, 3, 4, 5, 6, 7, 9, 11, 12, 13, 29,
];

/**
 * Says what an error answer proves, from its number alone, so that it holds for foreign servers too.
 *
 * A number that is not in `WIRE_ERRORS` proves nothing: `unknown`.
 */
export function outcomeOfError(number: number): ErrorCertainty {
  return WITHOUT_EFFECT.includes(-32_000 - number) ? "failed" : "unknown";
}
