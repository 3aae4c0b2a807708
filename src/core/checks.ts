import type { Since } from "../protocol/json-rpc/messages.ts";
import { readSince } from "../protocol/json-rpc/read-since.ts";
import { isReservedMethod } from "../protocol/json-rpc/reserved-methods.ts";

/** RFC 6455 §5.5: a control frame holds 125 bytes, two of which are the code. */
const MAX_REASON_BYTES = 123;

/** Refuses what a caller gave; it is named, and the documentation says what it must be. */
export function demand(isFine: boolean, name: string, type: ErrorConstructor = TypeError): void {
  if (!isFine) throw new type(`bad ${name}`);
}

/**
 * Checks the topics that a caller gave.
 *
 * @throws TypeError when there is none, one is empty or no string, or one is named twice.
 */
export function topicsOf(topics: string | readonly string[]): readonly string[] {
  const names = typeof topics === "string" ? [topics] : [...topics];
  demand(names.length > 0 && new Set(names).size === names.length, "topics");
  for (const name of names) demandName(name, "topic");
  return names;
}

/**
 * Checks from where a caller wants events: the peer would refuse what is wrong together with all that comes back with it.
 *
 * @returns A copy, which stays what was given.
 * @throws TypeError unless it is a position or `{last}`, with an integer from 0 up.
 */
export function sinceOf(given: Since | undefined): Since | undefined {
  const since = readSince(given);
  demand(since !== undefined || given === undefined, "since");
  return since;
}

/**
 * Checks the name of a method.
 *
 * @throws TypeError unless it is a string that is not empty, and no name of the wire's own.
 */
export function demandMethod(given: string): void {
  demandName(given, "method");
  demand(!isReservedMethod(given), "method");
}

function demandName(given: unknown, name: string): void {
  demand(typeof given === "string" && given !== "", name);
}

/**
 * Checks a handler or a listener.
 *
 * @throws TypeError unless it is a function.
 */
export function demandFunction(given: unknown, name: string): void {
  demand(typeof given === "function", name);
}

/**
 * Checks a close code and reason: those that browsers allow.
 *
 * @throws RangeError unless the code is 1000 or from 3000 to 4999, and the reason has at most 123 bytes of UTF-8.
 */
export function demandClose(code: number, reason: string): void {
  demand(
    code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999),
    "code",
    RangeError,
  );
  demand(new TextEncoder().encode(reason).length <= MAX_REASON_BYTES, "reason", RangeError);
}
