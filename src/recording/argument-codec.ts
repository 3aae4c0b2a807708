import { isFields } from "./plain-values.ts";
import { isPolicy, makePolicy } from "./policies.ts";
import type { Json, JsonObject } from "./recording-format.ts";

/** Marks what JSON cannot say. */
const TAG = "$orderly";

/** Deeper is written as what cannot be encoded: four times as deep as a server of this library reads. */
const MAX_DEPTH = 1_024;

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

/**
 * Writes down a value that the application gave to the session, as JSON sees it: that is how it leaves.
 *
 * Never throws: what JSON cannot hold as a whole (a cycle, a getter that throws) is written as what cannot be encoded.
 */
export function encode(value: unknown, references: LiveReferences): Encoded {
  try {
    return encodeAt(value, { references, ancestors: new Set(), key: "" });
  } catch {
    return { json: { [TAG]: "unencodable" }, live: value };
  }
}

/** Where in the given value an encoding is. */
interface Place {
  readonly references: LiveReferences;
  /** What the value is in. */
  readonly ancestors: Set<object>;
  /** Under which name: `toJSON` is told. */
  readonly key: string;
}

function encodeAt(value: unknown, place: Place): Encoded {
  switch (typeof value) {
    case "string":
    case "boolean":
      return { json: value, live: value };
    case "number":
      return Number.isFinite(value)
        ? { json: value, live: value }
        : { json: { [TAG]: "number", text: String(value) }, live: value };
    case "function": {
      const given = value as (...args: never) => unknown;
      const { id, traced } = place.references.function(given);
      return { json: { [TAG]: "function", id }, live: traced };
    }
    case "object":
      return value === null
        ? { json: null, live: null }
        : encodeObject(value as Record<string, unknown>, place);
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

function encodeObject(value: Record<string, unknown>, place: Place): Encoded {
  const { references, ancestors } = place;
  if (ancestors.has(value)) throw new TypeError("a value is in itself");
  if (ancestors.size > MAX_DEPTH) throw new RangeError("a value is too deep");
  if (value instanceof AbortSignal) {
    const isAborted = value.aborted;
    const { id, traced } = references.signal(value);
    return { json: { [TAG]: "signal", id, ...(isAborted ? { isAborted } : {}) }, live: traced };
  }
  if (isPolicy(value)) {
    const { type, settings } = value.spec;
    const { json, live } = encodeAt(settings, place);
    const isSame = live === settings;
    return {
      json: { [TAG]: "policy", type, settings: json },
      live: isSame ? value : makePolicy(type, asList(live)),
    };
  }
  if (typeof value["toJSON"] === "function") {
    return { json: encodeAt(value["toJSON"](place.key), place).json, live: value };
  }
  const unboxed = unbox(value);
  if (unboxed !== value) return { json: encodeAt(unboxed, place).json, live: value };
  ancestors.add(value);
  const encoded = encodeMembers(value, place);
  ancestors.delete(value);
  return encoded;
}

function encodeMembers(value: Record<string, unknown>, place: Place): Encoded {
  // Of an array the indexes, also of holes, and nothing else that it has.
  const keys = Array.isArray(value)
    ? Array.from(value, (_each, index) => String(index))
    : Object.keys(value);
  const members = keys.map((key) => encodeAt(value[key], { ...place, key }));
  const isChanged = members.some(({ live }, index) => live !== value[keys[index] as string]);
  if (Array.isArray(value)) {
    const live = isChanged ? members.map((member) => member.live) : value;
    return { json: members.map(({ json }) => json), live };
  }
  const json = fromEntries(keys, (index) => members[index]?.json);
  const live = isChanged ? fromEntries(keys, (index) => members[index]?.live) : value;
  return { json: Object.hasOwn(json, TAG) ? { [TAG]: "literal", value: json } : json, live };
}

/** What JSON makes of an object that stands for a primitive value; the object itself where it is none. */
function unbox(value: object): unknown {
  if (value instanceof Number) return Number(value);
  if (value instanceof String) return String(value);
  return value instanceof Boolean || value instanceof BigInt ? value.valueOf() : value;
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
