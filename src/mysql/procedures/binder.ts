import type { DriverValue } from "../bound-values.ts";
import type { ProcedureParameter } from "./parameter.ts";

/** Turns a value that is not null into what the driver binds, for one parameter. Throws rather than change the value. */
export type Binder = (value: unknown) => DriverValue;

/** The value is of a kind that the parameter cannot take. The text never holds the value. */
export function wrongType(parameter: ProcedureParameter, value: unknown): TypeError {
  return unfit(parameter, kindOf(value));
}

/** As {@link wrongType}, where `what` says more than the kind does. */
export function unfit(parameter: ProcedureParameter, what: string): TypeError {
  return new TypeError(`${naming(parameter)} got ${what}`);
}

/** The value lies outside what the parameter holds. */
export function outOfRange(parameter: ProcedureParameter, what: string): RangeError {
  return new RangeError(`${naming(parameter)} cannot hold ${what}`);
}

/** The parameter would round the value. */
export function inexact(parameter: ProcedureParameter, what: string): RangeError {
  return new RangeError(`${naming(parameter)} would round ${what}: round it yourself`);
}

function naming(parameter: ProcedureParameter): string {
  return `parameter ${parameter.name} ${parameter.declared}`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "undefined; pass null for NULL";
  if (value instanceof Date) return "a Date";
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}
