import type { Idempotency } from "./messages.ts";
import { toParams } from "./params.ts";

/**
 * Encodes a call, or a notification where it has no id. JSON leaves out what is undefined.
 *
 * @throws TypeError when `params` cannot be encoded (a cycle, a BigInt, a function).
 */
export function encodeCall(
  id: number | undefined,
  method: string,
  params?: unknown,
  idempotency?: Idempotency,
): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: toParams(params), idempotency });
}
