/** What an error answer lets the requester conclude: certainly no effect, or perhaps one. */
export type ErrorCertainty = "failed" | "unknown";

/**
 * The numbers in `WIRE_ERRORS` that prove that nothing happened. Written out here, because a client needs
 * neither the names nor the rest of that table.
 */
const WITHOUT_EFFECT: readonly number[] = [
  -32_700, -32_600, -32_601, -32_602, -32_000, -32_001, -32_003, -32_004, -32_005, -32_006, -32_007,
  -32_009, -32_011, -32_012, -32_013, -32_029,
];

/**
 * Says what an error answer proves, from its number alone, so that it holds for foreign servers too.
 *
 * A number that is not in `WIRE_ERRORS` proves nothing: `unknown`.
 */
export function outcomeOfError(number: number): ErrorCertainty {
  return WITHOUT_EFFECT.includes(number) ? "failed" : "unknown";
}
