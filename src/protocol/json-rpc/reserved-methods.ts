/** PROTOCOL.md, W-2.8. */
const RESERVED = /^(?:session|topic|rpc)\./;

/** Tells whether a method's name belongs to the wire (`session.*`, `topic.*`) or to JSON-RPC (`rpc.*`). */
export function isReservedMethod(method: string): boolean {
  return RESERVED.test(method);
}
