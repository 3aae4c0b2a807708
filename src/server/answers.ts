import { WIRE_ERRORS, type WireErrorCode } from "../protocol/json-rpc/error-codes.ts";
import type { RequestId } from "../protocol/json-rpc/messages.ts";
import type { Refusal } from "./refusal.ts";

/**
 * Encodes an answer.
 *
 * @throws TypeError or RangeError when the result is no JSON (a cycle, a BigInt, too deep).
 */
export function encodeResult(id: RequestId, result: unknown): string {
  // A method that returns nothing still needs a `result` member (JSON-RPC 2.0 §5).
  const json = JSON.stringify(result) ?? "null";
  return `{"jsonrpc":"2.0","id":${encodeId(id)},"result":${json}}`;
}

/** Encodes an error answer. `detail` must be JSON that is known to be fine. */
export function encodeError(
  id: RequestId,
  code: WireErrorCode,
  message: string,
  detail?: unknown,
): string {
  return encodeErrorBody(id, WIRE_ERRORS[code].number, code, message, detail);
}

/** Encodes a refusal of the application's. A detail that is no JSON is left out. */
export function encodeRefusal(id: RequestId, refusal: Refusal): string {
  const { number } = WIRE_ERRORS.REFUSED;
  try {
    return encodeErrorBody(id, number, refusal.code, refusal.message, refusal.detail);
  } catch {
    return encodeErrorBody(id, number, refusal.code, refusal.message, undefined);
  }
}

/**
 * Encodes a notification.
 *
 * @param paramsJson - The parameters, encoded; absent for none.
 */
export function encodeNotification(method: string, paramsJson?: string): string {
  const params = paramsJson === undefined ? "" : `,"params":${paramsJson}`;
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${params}}`;
}

function encodeErrorBody(
  id: RequestId,
  number: number,
  code: string,
  message: string,
  detail: unknown,
): string {
  const error = JSON.stringify({ code: number, message, data: { code, detail } });
  return `{"jsonrpc":"2.0","id":${encodeId(id)},"error":${error}}`;
}

function encodeId(id: RequestId): string {
  return typeof id === "number" ? String(id) : JSON.stringify(id);
}
