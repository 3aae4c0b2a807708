/**
 * Copies a parameter as JSON sees it now: whatever becomes of the caller's object, what is sent later is what was given.
 *
 * @throws TypeError or SyntaxError when it is no JSON (a cycle, a BigInt, a function).
 */
export function snapshot(params: unknown): unknown {
  if (params === undefined) return undefined;
  const copy: unknown = JSON.parse(JSON.stringify(params));
  // What encodes itself goes by position (PROTOCOL.md, W-6.6), whatever it is encoded as.
  const encodesItself = typeof params === "object" && params !== null && "toJSON" in params;
  return encodesItself ? { toJSON: () => copy } : copy;
}
