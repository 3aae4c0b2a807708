import { driverValue } from "../bound-values.ts";
import type { BoundValue } from "../connection.ts";
import {
  bitBinder,
  decimalBinder,
  floatBinder,
  INTEGER_BITS,
  integerBinder,
} from "./bind-number.ts";
import { bytesBinder, jsonBinder, textBinder } from "./bind-text.ts";
import { timeBinder } from "./bind-time.ts";
import type { Binder } from "./binder.ts";
import type { ProcedureParameter } from "./parameter.ts";

/** The binder for the declared type of a parameter. */
export function binderOf(parameter: ProcedureParameter): Binder {
  const { type } = parameter;
  if (INTEGER_BITS.has(type) || type === "year") return integerBinder(parameter);
  if (/char$|text$|^enum$|^set$/.test(type)) return textBinder(parameter);
  if (/binary$|blob$/.test(type)) return bytesBinder(parameter);
  switch (type) {
    case "decimal":
      return decimalBinder(parameter);
    case "float":
    case "double":
      return floatBinder(parameter);
    case "bit":
      return bitBinder(parameter);
    case "json":
      return jsonBinder(parameter);
    case "date":
    case "time":
    case "datetime":
    case "timestamp":
      return timeBinder(parameter);
    default:
      // Types that only one of the servers has (UUID, INET6, VECTOR, geometry): texts and bytes, as they are.
      return (value) => driverValue(value as BoundValue, `parameter ${parameter.name}`);
  }
}
