import type { DecimalType } from "./decimal-type.ts";

/** What `JSON.parse` takes as its second argument. */
export type Reviver = (key: string, value: unknown) => unknown;

/**
 * Makes a reviver for `JSON.parse` that reads the given keys, at any depth, as decimals.
 *
 * An array under such a key is read element by element; null stays null. A JSON number under it
 * has lost its digits before the reviver sees it, so it is refused.
 *
 * @param types - The type by key.
 * @returns A reviver that throws {@link DecimalError} with `DECIMAL_NUMBER` for a number, `DECIMAL_TYPE`
 *   for another kind, and as `type.parse` for a text.
 *
 * @example
 * ```ts
 * JSON.parse('{"price":"12.5"}', reviver({ price: DECIMAL_19_6 })).price.plus(1n);
 * ```
 */
export function reviver(types: Readonly<Record<string, DecimalType>>): Reviver {
  // A Map, for a peer may send keys such as "constructor".
  const byKey = new Map(Object.entries(types));
  return (key, value) => {
    const type = byKey.get(key);
    if (type === undefined) return value;
    return Array.isArray(value) ? value.map((item) => read(item, type)) : read(value, type);
  };
}

function read(value: unknown, type: DecimalType): unknown {
  return value === null ? null : type.parse(value as string);
}
