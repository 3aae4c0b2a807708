import type { DriverPool } from "../mysql-pool.ts";
import { statementResult } from "../statement-result.ts";
import type { CallResult, ParameterValue } from "./call-result.ts";
import { type OutValue, outValue } from "./out-value.ts";
import { bindInputs, type Signature } from "./signature.ts";

/** Which procedure of which server. */
export interface Attempt {
  /** Where the session comes from. */
  readonly pool: DriverPool;
  /** The procedure's. */
  readonly database: string;
  /** The procedure's, unquoted. */
  readonly name: string;
}

const NOTHING: Readonly<Record<string, OutValue>> = Object.freeze({});

/** Calls a procedure once. The names of the values are those of the signature. */
export function attempt(
  at: Attempt,
  signature: Signature,
  params: Readonly<Record<string, ParameterValue>>,
): Promise<CallResult> {
  const values = bindInputs(signature.inputs, params);
  if (signature.read === null) {
    return at.pool.executeBound(signature.call, values).then((answer) => {
      return { ...statementResult(answer), out: NOTHING };
    });
  }
  return withOutputs(at, signature, signature.read, params, values);
}

async function withOutputs(
  at: Attempt,
  signature: Signature,
  read: string,
  params: Readonly<Record<string, ParameterValue>>,
  values: ReturnType<typeof bindInputs>,
): Promise<CallResult> {
  const { assign, call, initial, outputs } = signature;
  const initialValues = bindInputs(initial, params);
  return await at.pool.boundSession(async (execute) => {
    if (assign !== null) await execute(assign, initialValues);
    const answer = await execute(call, values);
    const { rows } = statementResult(await execute(read, []));
    const out: Record<string, OutValue> = {};
    for (const [index, parameter] of outputs.entries()) {
      out[parameter.name] = outValue(parameter, rows[0]?.[`o${index}`]);
    }
    return { ...statementResult(answer), out };
  });
}
