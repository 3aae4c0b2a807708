import { WIRE_ERRORS, type WireErrorCode } from "../../protocol/json-rpc/error-codes.ts";
import type { RequestId } from "../../protocol/json-rpc/messages.ts";
import type { Refusal } from "./refusal.ts";

/** Is what a method answered, for whichever request asks. */
export interface MethodAnswer {
  /** The member `result` or `error`, encoded. */
  readonly body: string;
  /** The error's name in `WIRE_ERRORS`, or null for a result. */
  readonly error: WireErrorCode | null;
}

/**
 * Encodes an answer.
 *
 * @throws TypeError or RangeError when the result is no JSON (a cycle, a BigInt, too deep).
 */
export function encodeResult(id: RequestId, result: unknown): string {
  return encodeAnswer(id, resultAnswer(result));
}

/** Encodes an answer for the request that asked. */
export function encodeAnswer(id: RequestId, { body }: MethodAnswer): string {
  return `{"jsonrpc":"2.0","id":${encodeId(id)},${body}}`;
}

/**
 * Encodes a result without its envelope.
 *
 * @throws TypeError or RangeError when it is no JSON.
 */
export function resultAnswer(result: unknown): MethodAnswer {
  // A method that returns nothing still needs a `result` member (JSON-RPC 2.0 §5).
  return { body: `"result":${JSON.stringify(result) ?? "null"}`, error: null };
}

/** Encodes an error answer. `detail` must be JSON that is known to be fine. */
export function encodeError(
  id: RequestId,
  code: WireErrorCode,
  message: string,
  detail?: unknown,
): string {
  return encodeAnswer(id, errorAnswer(code, message, detail));
}

/** Encodes an error without its envelope. `detail` must be JSON that is known to be fine. */
export function errorAnswer(code: WireErrorCode, message: string, detail?: unknown): MethodAnswer {
  return { body: encodeErrorBody(code, code, message, detail), error: code };
}

/** Encodes a refusal of the application's, without its envelope. A detail that is no JSON is left out. */
export function refusalAnswer({ code, message, detail }: Refusal): MethodAnswer {
  let body: string;
  try {
    body = encodeErrorBody("REFUSED", code, message, detail);
  } catch {
    body = encodeErrorBody("REFUSED", code, message, undefined);
  }
  return { body, error: "REFUSED" };
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
  kind: WireErrorCode,
  code: string,
  message: string,
  detail: unknown,
): string {
  const { number } = WIRE_ERRORS[kind];
  return `"error":${JSON.stringify({ code: number, message, data: { code, detail } })}`;
}

function encodeId(id: RequestId): string {
  return typeof id === "number" ? String(id) : JSON.stringify(id);
}
