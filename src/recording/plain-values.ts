/** Tells whether a value is an object that is no array. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells whether a value can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isFields(value) && typeof value["then"] === "function";
}

/** The text of what was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : "";
}

/** Writes bytes as text of as many characters. */
export function binaryOf(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return binary;
}

/** Writes bytes as base64, in browsers too. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(binaryOf(bytes));
}

/**
 * Reads base64.
 *
 * @throws DOMException when it is none.
 */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
