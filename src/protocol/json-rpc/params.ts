/**
 * Puts a method's one parameter into what JSON-RPC allows as `params`: an object goes by name, as it is;
 * everything else (an array, a text, null, what encodes itself) goes by position, as an array of one.
 *
 * @returns Undefined for undefined: the call has no `params`.
 * @throws TypeError for a function or a symbol, which are no JSON.
 */
export function toParams(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (typeof value === "function" || typeof value === "symbol")
    throw new TypeError(`parameters must be JSON, got a ${typeof value}`);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && !("toJSON" in value) ? value : [value];
}

/**
 * Takes a method's one parameter out of `params`: the element of an array of one, undefined for none. An array
 * of more is handed over as it is: somebody calls by position.
 */
export function fromParams(params: unknown): unknown {
  return Array.isArray(params) && params.length < 2 ? params[0] : params;
}
