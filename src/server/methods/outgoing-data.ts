import { isReservedMethod } from "../../protocol/json-rpc/reserved-methods.ts";

/**
 * Checks the name of a method or notification of the application's.
 *
 * @throws RangeError when it is empty or belongs to the wire.
 */
export function checkMethodName(method: string): void {
  if (typeof method !== "string" || method === "" || isReservedMethod(method)) {
    throw new RangeError(
      `a method's name must not be empty nor begin with session., topic. or rpc., got ${JSON.stringify(method)}`,
    );
  }
}

/** Longest key of a notification, in UTF-16 code units. */
const MAX_KEY_LENGTH = 128;

/**
 * Checks the key of a notification.
 *
 * @throws RangeError when it is no text of 1 to 128 characters.
 */
export function checkKey(key: unknown): void {
  if (key === undefined) return;
  if (typeof key === "string" && key !== "" && key.length <= MAX_KEY_LENGTH) return;
  const seen = typeof key === "string" ? `${key.length} characters` : typeof key;
  throw new RangeError(`key must be a text of 1 to ${MAX_KEY_LENGTH} characters, got ${seen}`);
}

/**
 * Encodes data of the application's.
 *
 * @throws TypeError when it is no JSON; RangeError when it has more than `maxBytes` bytes.
 */
export function encodeData(data: unknown, maxBytes: number): string {
  const json: string | undefined = JSON.stringify(data);
  if (json === undefined) throw new TypeError(`data must be JSON, got ${typeof data}`);
  if (isAbove(json, maxBytes)) {
    const bytes = Buffer.byteLength(json, "utf8");
    throw new RangeError(`data must be at most maxEventBytes (${maxBytes}) bytes, got ${bytes}`);
  }
  return json;
}

/** Tells whether a text has more bytes in UTF-8. */
export function isAbove(text: string, maxBytes: number): boolean {
  // A UTF-16 code unit is at most three bytes of UTF-8, so most texts need no count.
  return text.length * 3 > maxBytes && Buffer.byteLength(text, "utf8") > maxBytes;
}
