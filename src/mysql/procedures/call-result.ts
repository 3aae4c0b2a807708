import type { Decimal } from "../../decimal/index.ts";
import type { BoundValue, StatementResult } from "../connection.ts";
import type { OutValue } from "./out-value.ts";

/**
 * What a parameter can be given: a {@link BoundValue}, or an array or plain object for a JSON parameter. `null` is NULL.
 * A number for a DECIMAL parameter is refused.
 */
export type ParameterValue = BoundValue | readonly unknown[] | { readonly [name: string]: unknown };

/** What a DECIMAL parameter takes: exact values only, so no number. */
export type DecimalValue = Decimal | string | bigint;

/** What a JSON parameter takes: a text that is JSON, or an array or plain object to be written as JSON. */
export type JsonValue = string | readonly unknown[] | { readonly [name: string]: unknown };

/** What a call gave. One shape, for no result set, one, or many. */
export interface CallResult<Out = Readonly<Record<string, OutValue>>> extends StatementResult {
  /** OUT and INOUT parameters by name; empty where there is none. */
  readonly out: Out;
}

/** How a call may be repeated. */
export interface CallOptions {
  /**
   * Says that calling it again does no harm: it is then called again after a deadlock, a lock wait timeout, a statement
   * that has to be prepared again (1615: perhaps one within it) or a lost session. Without it none of these is repeated. @defaultValue false
   */
  readonly idempotent?: boolean;
  /** Further attempts of an idempotent call. @defaultValue 3 */
  readonly retries?: number;
}
