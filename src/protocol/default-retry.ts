/**
 * The close codes in `CLOSE_CODES` after which coming back makes no sense. Written out here, because a client
 * needs neither the names nor the rest of that table.
 */
const FINAL_CODES: readonly number[] = [1002, 1003, 1007, 1008, 1009, 4401, 4403, 4410];

/**
 * Says whether a session reconnects after this close code when the application does not say.
 *
 * A 1000 that we did not ask for ends a connection, not the session's wish to be connected. Codes that are not
 * in `CLOSE_CODES` (1001, 1005, 1006 and foreign ones) are retried.
 */
export function isRetriedByDefault(closeCode: number): boolean {
  return !FINAL_CODES.includes(closeCode);
}
