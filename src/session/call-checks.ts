import type { Since } from "../protocol/json-rpc/messages.ts";
import { readSince } from "../protocol/json-rpc/read-since.ts";
import type { Protocol } from "../protocol/protocol.ts";
import type { Limits } from "./guard.ts";
import type { AttemptOptions } from "./session-calls.ts";
import { duration } from "./session-options.ts";

/** RFC 6455 §5.5: a control frame holds 125 bytes, two of which are the code. */
const MAX_REASON_BYTES = 123;
/** PROTOCOL.md, W-5.4 and W-6.7. */
const MOST_KEY_CHARACTERS = 128;

/**
 * Checks the topics that a caller gave.
 *
 * @throws TypeError when there is none, one is empty or no string, or one is named twice.
 */
export function checkTopics(topics: string | readonly string[]): readonly string[] {
  const names = typeof topics === "string" ? [topics] : [...topics];
  if (names.length === 0) throw new TypeError("at least one topic is needed");
  for (const name of names) {
    if (typeof name !== "string" || name === "") {
      throw new TypeError("a topic must be a string that is not empty");
    }
  }
  if (new Set(names).size !== names.length) throw new TypeError("a topic is named twice");
  return names;
}

/**
 * Checks from where a caller wants events. The peer refuses a request whole for one that is wrong, and with it every topic
 * that comes back in that request: so it must not come so far.
 *
 * @returns A copy: whatever becomes of the caller's object, what is sent later is what was given.
 * @throws TypeError unless it is a position or `{last}`, with an integer from 0 up.
 */
export function checkSince(given: unknown): Since | undefined {
  const since = readSince(given);
  if (since !== undefined || given === undefined) return since;
  const demand = "since must be {epoch, seq} or {last}, with an integer from 0 up";
  throw new TypeError(`${demand}, got ${JSON.stringify(given)}`);
}

/**
 * Checks a close code that a caller gave.
 *
 * @throws RangeError unless it is 1000 or from 3000 to 4999, which is what browsers allow.
 */
export function checkCloseCode(code: number): number {
  if (code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999)) return code;
  throw new RangeError(`code must be 1000 or an integer from 3000 to 4999, got ${code}`);
}

/**
 * Checks a close reason that a caller gave.
 *
 * @throws RangeError when it is longer than 123 bytes of UTF-8.
 */
export function checkCloseReason(reason: string): string {
  const bytes = new TextEncoder().encode(reason).length;
  if (bytes <= MAX_REASON_BYTES) return reason;
  throw new RangeError(`reason must be at most ${MAX_REASON_BYTES} bytes of UTF-8, got ${bytes}`);
}

/**
 * Checks a method's name that a caller gave.
 *
 * @throws TypeError unless it is a string that is not empty, and no name of the protocol's own.
 */
export function checkMethod(method: string, protocol: Protocol): void {
  if (typeof method !== "string" || method === "" || protocol.isReserved?.(method) === true)
    throw new TypeError(
      `a method must be a string that is not empty, nor the protocol's own, got ${method}`,
    );
}

/**
 * Checks a key that a caller gave.
 *
 * @throws TypeError when it is no string (or undefined), RangeError when it has not 1 to 128 characters.
 */
export function checkKey(name: string, key: unknown): void {
  if (key === undefined) return;
  if (typeof key !== "string") throw new TypeError(`${name} must be a string, got ${typeof key}`);
  if (key.length < 1 || key.length > MOST_KEY_CHARACTERS)
    throw new RangeError(
      `${name} must have 1 to ${MOST_KEY_CHARACTERS} characters, got ${key.length}`,
    );
}

/**
 * Checks a handler, a listener or an interceptor that a caller gave.
 *
 * @throws TypeError unless it is a function.
 */
export function checkFunction(given: unknown): void {
  if (typeof given !== "function") throw new TypeError(`a function is needed, got ${typeof given}`);
}

/**
 * Checks an abort signal that a caller gave.
 *
 * @throws TypeError unless it is one, or undefined.
 */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined) checkFunction(signal?.addEventListener);
}

/**
 * Checks the deadline and the signal that a caller gave.
 *
 * @param fallback - The deadline where none is given.
 * @throws RangeError or TypeError, as {@link duration} and {@link checkSignal} do.
 */
export function checkLimits({ deadlineMs, signal }: AttemptOptions, fallback: number): Limits {
  checkSignal(signal);
  return { deadlineMs: duration("deadlineMs", deadlineMs, fallback), signal };
}
