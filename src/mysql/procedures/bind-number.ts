import { Decimal } from "../../decimal/index.ts";
import type { DriverValue } from "../bound-values.ts";
import { type Binder, inexact, outOfRange, unfit, wrongType } from "./binder.ts";
import type { ProcedureParameter } from "./parameter.ts";

/** Bits of the integer types. */
export const INTEGER_BITS: ReadonlyMap<string, bigint> = new Map([
  ["tinyint", 8n],
  ["smallint", 16n],
  ["mediumint", 24n],
  ["int", 32n],
  ["bigint", 64n],
]);

/** Without the zeros that change nothing: sign, digits before the point, digits after it. */
const DECIMAL_TEXT = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/;

/** Any digits, so that `.` and `` are no numbers. */
const HAS_DIGIT = /\d/;

/** DECIMAL(p, s): what has more digits than the type would be rounded or clamped by the server, so it is refused. */
export function decimalBinder(parameter: ProcedureParameter): Binder {
  const scale = parameter.scale;
  const whole = (parameter.size ?? 10) - scale;
  return (value) => {
    const text = decimalText(value, parameter);
    const parts = DECIMAL_TEXT.exec(text);
    if (parts === null || !HAS_DIGIT.test(text)) throw unfit(parameter, "a text that is no number");
    const [, sign, before = "", after = ""] = parts;
    if (before.length > whole)
      throw outOfRange(parameter, `${before.length} digits before the point`);
    if (after.length > scale) throw inexact(parameter, `${after.length} digits after the point`);
    if (sign === "-" && parameter.isUnsigned && (before !== "" || after !== "")) {
      throw outOfRange(parameter, "a negative number");
    }
    return text;
  };
}

function decimalText(value: unknown, parameter: ProcedureParameter): string {
  if (value instanceof Decimal) return value.toString();
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") {
    throw unfit(parameter, "a JavaScript number, which is no exact decimal: pass a Decimal");
  }
  throw wrongType(parameter, value);
}

/** TINYINT to BIGINT, and YEAR. */
export function integerBinder(parameter: ProcedureParameter): Binder {
  const bits = INTEGER_BITS.get(parameter.type) ?? 16n;
  const least = parameter.isUnsigned ? 0n : -(1n << (bits - 1n));
  const greatest = parameter.isUnsigned ? (1n << bits) - 1n : (1n << (bits - 1n)) - 1n;
  const leastNumber = Number(least);
  const greatestNumber = Number(greatest);
  return (value) => {
    if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) throw unfit(parameter, "a number that is no safe integer");
      // As a text: the driver would bind it as DOUBLE on MariaDB, and by way of a BigInt and an object on MySQL.
      if (value >= leastNumber && value <= greatestNumber) return value.toString();
      throw outOfRange(parameter, "a greater or smaller number");
    }
    if (typeof value === "boolean") return value ? 1 : 0;
    const integer = integerOf(value, parameter);
    if (integer >= least && integer <= greatest) return integer.toString();
    throw outOfRange(parameter, "a greater or smaller number");
  };
}

function integerOf(value: unknown, parameter: ProcedureParameter): bigint {
  if (typeof value === "bigint") return value;
  const text = value instanceof Decimal ? value.toString() : value;
  if (typeof text !== "string") throw wrongType(parameter, value);
  const whole = /^([+-]?\d+)(?:\.0*)?$/.exec(text)?.[1];
  if (whole === undefined) throw unfit(parameter, "a text that is no whole number");
  return BigInt(whole);
}

/** FLOAT and DOUBLE, which are JavaScript's own: a Decimal would lose digits there. */
export function floatBinder(parameter: ProcedureParameter): Binder {
  return (value) => {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (typeof value === "number") throw unfit(parameter, "a number that is not finite");
    throw wrongType(parameter, value);
  };
}

/** BIT(n) as bytes, the most significant first: as a text it would be read as characters. */
export function bitBinder(parameter: ProcedureParameter): Binder {
  const bits = parameter.size ?? 1;
  const bytes = Math.ceil(bits / 8);
  return (value): DriverValue => {
    if (value instanceof Uint8Array) {
      if (value.length <= bytes) return Buffer.from(value);
      throw outOfRange(parameter, `${value.length} bytes`);
    }
    const integer =
      typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value))
        ? BigInt(value)
        : value;
    if (typeof integer !== "bigint") throw wrongType(parameter, value);
    if (integer < 0n || integer >= 1n << BigInt(bits)) throw outOfRange(parameter, "other bits");
    return Buffer.from(integer.toString(16).padStart(bytes * 2, "0"), "hex");
  };
}
