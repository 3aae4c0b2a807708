import type { CallOptions, CallResult, ParameterValue } from "./call-result.ts";
import { type CallTarget, ProcedureCaller } from "./procedure-caller.ts";

/** One memory of signatures for the process. It holds pools weakly, so that a closed set of shards leaves nothing here. */
const caller = new ProcedureCaller();

/**
 * Calls a procedure of a shard with the defaults of {@link ProcedureCaller}; see its `call`.
 *
 * @example
 * ```ts
 * const { rows, out } = await callProcedure(shard, "place_order", {
 *   p_user: 42n,
 *   p_price: price, // a Decimal
 *   p_note: null,
 * });
 * ```
 */
export function callProcedure<Out = CallResult["out"]>(
  shard: CallTarget,
  name: string,
  params: Readonly<Record<string, ParameterValue>>,
  options: CallOptions = {},
): Promise<CallResult<Out>> {
  return caller.call<Out>(shard, name, params, options);
}
