import type { Idempotency } from "../../protocol/json-rpc/messages.ts";

/** Longest key, in UTF-16 code units. */
const MAX_KEY_LENGTH = 128;

/** Longest epoch that is worth a comparison, in UTF-16 code units. */
const MAX_EPOCH_LENGTH = 128;

/**
 * Reads the member `idempotency` of a request.
 *
 * @returns The member, or what is wrong with it.
 */
export function readIdempotency(value: unknown): Idempotency | string {
  if (typeof value !== "object" || value === null) return "idempotency must be an object";
  const { key, attempt, epoch, ageMs } = value as Record<keyof Idempotency, unknown>;
  if (typeof key !== "string" || key === "" || key.length > MAX_KEY_LENGTH)
    return `idempotency.key must be a text of 1 to ${MAX_KEY_LENGTH} characters`;
  if (!Number.isSafeInteger(attempt) || (attempt as number) < 1)
    return "idempotency.attempt must be an integer from 1 up";
  if (epoch !== undefined && !(typeof epoch === "string" && epoch.length <= MAX_EPOCH_LENGTH))
    return `idempotency.epoch must be a text of at most ${MAX_EPOCH_LENGTH} characters`;
  if (ageMs !== undefined && !(typeof ageMs === "number" && ageMs >= 0))
    return "idempotency.ageMs must be a number from 0 up";
  return {
    key,
    attempt: attempt as number,
    ...(epoch === undefined ? undefined : { epoch }),
    ...(ageMs === undefined ? undefined : { ageMs }),
  };
}
