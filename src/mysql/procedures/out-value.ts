import { INTEGER_BITS } from "./bind-number.ts";
import type { ProcedureParameter } from "./parameter.ts";

/** What an OUT parameter gives: big numbers and DECIMAL as texts, times as texts with all their digits, bytes as a Buffer. */
export type OutValue = string | number | Buffer | null;

/**
 * The expression that reads a user variable back as the declared type. Bare, BIGINT UNSIGNED, DATETIME, BIT and VARBINARY
 * come back as something else.
 */
export function outExpression(parameter: ProcedureParameter, variable: string): string {
  const { type, isUnsigned, size, scale } = parameter;
  if (INTEGER_BITS.has(type)) return `CAST(${variable} AS ${isUnsigned ? "UNSIGNED" : "SIGNED"})`;
  switch (type) {
    case "decimal":
      return `CAST(${variable} AS DECIMAL(${size ?? 10},${scale}))`;
    case "float":
    case "double":
      return `CAST(${variable} AS DOUBLE)`;
    case "bit":
    case "year":
      return `CAST(${variable} AS UNSIGNED)`;
    case "date":
      return `CAST(${variable} AS DATE)`;
    case "time":
      return `CAST(${variable} AS TIME(${scale}))`;
    case "datetime":
    case "timestamp":
      return `CAST(${variable} AS DATETIME(${scale}))`;
    case "json":
      return `CAST(${variable} AS JSON)`;
  }
  if (/binary$|blob$/.test(type)) return `CAST(${variable} AS BINARY)`;
  return variable;
}

/**
 * The expression that gives a user variable the value of a `?`. Bare, MySQL converts the value to the type that the variable
 * had when the statement was prepared.
 */
export function initialExpression(parameter: ProcedureParameter): string {
  const { type, size, scale } = parameter;
  // AS UNSIGNED would clamp to the greatest signed number on MySQL.
  if (INTEGER_BITS.has(type) || type === "year") return "CAST(? AS DECIMAL(20,0))";
  if (type === "decimal") return `CAST(? AS DECIMAL(${size ?? 10},${scale}))`;
  if (type === "float" || type === "double") return "CAST(? AS DOUBLE)";
  if (type === "bit" || /binary$|blob$/.test(type)) return "CAST(? AS BINARY)";
  return "CAST(? AS CHAR)";
}

/** Gives what the driver read the JavaScript type of the declared one. */
export function outValue(parameter: ProcedureParameter, value: unknown): OutValue {
  if (value === null || value === undefined) return null;
  const { type } = parameter;
  // CAST AS SIGNED is a BIGINT, hence a text; the smaller types fit a number, as they do in a row.
  if (type !== "bigint" && (INTEGER_BITS.has(type) || type === "year")) return Number(value);
  if (type === "float") return shortestFloat(Number(value));
  if (typeof value === "string" || typeof value === "number" || Buffer.isBuffer(value))
    return value;
  return String(value);
}

/** FLOAT 0.1 is 0.10000000149… as a double; the shortest text that is the same FLOAT is what was meant. */
function shortestFloat(value: number): number {
  const float = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(float.toPrecision(digits));
    if (Math.fround(shorter) === float) return shorter;
  }
  return float;
}
