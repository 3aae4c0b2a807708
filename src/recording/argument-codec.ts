import { isFields } from "./plain-values.ts";
import { isPolicy, makePolicy } from "./policies.ts";
import type { Json, JsonObject } from "./recording-format.ts";

/** Marks what JSON cannot say. */
const TAG = "$orderly";

/** As deep as a server of this library reads; deeper is written as what cannot be encoded. */
const MAX_DEPTH = 256;

/** Gives numbers to what a recording cannot hold, and puts traced ones in its place. */
export interface LiveReferences {
  /** Returns a function's number, and what the session gets instead of it. */
  function(given: (...args: never) => unknown): {
    readonly id: number;
    readonly traced: (...args: never) => unknown;
  };
  /** Returns a signal's number, and what the session gets instead of it. */
  signal(given: AbortSignal): { readonly id: number; readonly traced: AbortSignal };
}

/** Brings back what a recording holds numbers of. */
export interface ReplayedReferences {
  /** Returns the function with a number: the same each time. */
  function(id: number): (...args: never) => unknown;
  /** Returns the signal with a number: the same each time. */
  signal(id: number, isAborted: boolean): AbortSignal;
}

/** A value as it is recorded, and as the session gets it. */
export interface Encoded {
  readonly json: Json;
  readonly live: unknown;
}

/** Writes down a value that the application gave to the session. */
export function encode(value: unknown, references: LiveReferences, depth = 0): Encoded {
  switch (typeof value) {
    case "string":
    case "boolean":
      return { json: value, live: value };
    case "number":
      return Number.isFinite(value)
        ? { json: value, live: value }
        : { json: { [TAG]: "number", text: String(value) }, live: value };
    case "function": {
      const { id, traced } = references.function(value as (...args: never) => unknown);
      return { json: { [TAG]: "function", id }, live: traced };
    }
    case "object":
      return value === null
        ? { json: null, live: null }
        : encodeObject(value as Record<string, unknown>, references, depth);
    case "undefined":
    case "symbol":
      return { json: { [TAG]: "undefined" }, live: value };
    default:
      return { json: { [TAG]: "unencodable" }, live: value };
  }
}

/** Brings a recorded value back. */
export function decode(json: Json | undefined, references: ReplayedReferences): unknown {
  if (Array.isArray(json)) return json.map((each) => decode(each as Json, references));
  if (!isFields(json)) return json;
  const object = json as JsonObject;
  switch (object[TAG]) {
    case undefined:
      return decodeMembers(object, references);
    case "literal":
      return decodeMembers(object["value"] as JsonObject, references);
    case "number":
      return Number(object["text"]);
    case "function":
      return references.function(Number(object["id"]));
    case "signal":
      return references.signal(Number(object["id"]), object["isAborted"] === true);
    case "policy":
      return makePolicy(String(object["type"]), asList(decode(object["settings"], references)));
    case "unencodable":
      // What no protocol can encode either, so that the session answers as it did.
      return 0n;
    default:
      return undefined;
  }
}

function encodeObject(
  value: Record<string, unknown>,
  references: LiveReferences,
  depth: number,
): Encoded {
  // Also what a cycle leads to.
  if (depth > MAX_DEPTH) return { json: { [TAG]: "unencodable" }, live: value };
  if (value instanceof AbortSignal) {
    const isAborted = value.aborted;
    const { id, traced } = references.signal(value);
    return { json: { [TAG]: "signal", id, ...(isAborted ? { isAborted } : {}) }, live: traced };
  }
  if (isPolicy(value)) {
    const { type, settings } = value.spec;
    const { json, live } = encode(settings, references, depth + 1);
    const isSame = live === settings;
    return {
      json: { [TAG]: "policy", type, settings: json },
      live: isSame ? value : makePolicy(type, asList(live)),
    };
  }
  if (typeof value["toJSON"] === "function") {
    return { json: encode(value["toJSON"](), references, depth + 1).json, live: value };
  }
  const keys = Object.keys(value);
  const members = keys.map((key) => encode(value[key], references, depth + 1));
  const isChanged = members.some(({ live }, index) => live !== value[keys[index] as string]);
  if (Array.isArray(value)) {
    const live = isChanged ? members.map((member) => member.live) : value;
    return { json: members.map(({ json }) => json), live };
  }
  const json = fromEntries(keys, (index) => members[index]?.json);
  const live = isChanged ? fromEntries(keys, (index) => members[index]?.live) : value;
  return { json: Object.hasOwn(json, TAG) ? { [TAG]: "literal", value: json } : json, live };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function decodeMembers(object: JsonObject, references: ReplayedReferences): unknown {
  const keys = Object.keys(object);
  return fromEntries(keys, (index) => decode(object[keys[index] as string], references));
}

/** As JSON.parse does it: `__proto__` is a key like any other. */
function fromEntries<T>(keys: readonly string[], valueAt: (index: number) => T): Record<string, T> {
  return Object.fromEntries(keys.map((key, index) => [key, valueAt(index)])) as Record<string, T>;
}
