import { Decimal } from "../decimal/index.ts";
import type { BoundValue } from "./connection.ts";

/** What the driver binds without changing it. */
export type DriverValue = string | number | boolean | Buffer | null;

/**
 * Turns values into what the driver binds exactly.
 *
 * @throws TypeError for a number that is no safe integer, an invalid Date, and anything that is no {@link BoundValue}. The
 *   message names the position, from 1, and not the value.
 */
export function driverValues(values: readonly BoundValue[]): DriverValue[] {
  return values.map((value, index) => driverValue(value, `value ${index + 1}`));
}

/** Turns one value into what the driver binds exactly; see {@link driverValues}. */
export function driverValue(value: BoundValue, name: string): DriverValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "bigint":
      return value.toString();
    case "number":
      if (Number.isSafeInteger(value)) return value;
      throw new TypeError(
        `${name} is a number that is no safe integer: pass a Decimal, a bigint or a text`,
      );
    case "object":
      if (value === null) return null;
      if (value instanceof Decimal) return value.toString();
      if (value instanceof Date) return dateText(value, name);
      if (Buffer.isBuffer(value)) return value;
      if (value instanceof Uint8Array) {
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      }
  }
  throw new TypeError(`${name} is ${kind(value)}, which cannot be bound exactly`);
}

/** `YYYY-MM-DD HH:MM:SS.mmm` in UTC: as a text it reaches every temporal type, and no time zone of the driver's applies. */
export function dateText(date: Date, name: string): string {
  if (Number.isNaN(date.getTime())) throw new TypeError(`${name} is an invalid Date`);
  return date.toISOString().slice(0, -1).replace("T", " ");
}

function kind(value: unknown): string {
  if (value === undefined) return "undefined";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
