import { Decimal } from "../../decimal/index.ts";
import { type Binder, outOfRange, unfit, wrongType } from "./binder.ts";
import type { ProcedureParameter } from "./parameter.ts";

/** Characters that a charset lacks and the server would store as `?`; the charsets that are not here are left to the server. */
const LACKING: ReadonlyMap<string | null, RegExp> = new Map([
  ["ascii", /[^\0-\x7f]/],
  // MySQL's latin1 is cp1252 with its five gaps filled by the control characters of the same number.
  ["latin1", /[^\0-\x81\x8d\x8f\x90\x9d\xa0-\xffŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]/],
  ["utf8", /[\u{10000}-\u{10ffff}]/u],
  ["utf8mb3", /[\u{10000}-\u{10ffff}]/u],
]);

/** Half of a pair: not a character, and written as U+FFFD by the encoder. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * CHAR, VARCHAR, TEXT, ENUM and SET. An array or a plain object becomes JSON, since MariaDB declares JSON as LONGTEXT.
 * What is too long or not in the charset is refused, because without strict mode the server would cut or replace it.
 */
export function textBinder(parameter: ProcedureParameter): Binder {
  const { charset, maxLength } = parameter;
  const lacking = LACKING.get(charset);
  // ENUM and SET report the length of their longest member; the TEXT types, bytes.
  const maxCharacters =
    parameter.type === "char" || parameter.type === "varchar" ? maxLength : null;
  const maxBytes = parameter.type.endsWith("text") ? maxLength : null;
  return (value) => {
    const text = textOf(value, parameter);
    if (LONE_SURROGATE.test(text)) throw unfit(parameter, "half a surrogate pair");
    if (lacking?.test(text) === true) {
      throw outOfRange(parameter, `a character that ${charset} does not have`);
    }
    if (maxCharacters !== null && text.length > maxCharacters) {
      const count = [...text].length;
      if (count > maxCharacters) throw outOfRange(parameter, `${count} characters`);
    }
    // Of the charsets that are not UTF-8 this counts too much for some, but a byte too many is a refusal and no loss.
    if (maxBytes !== null && text.length * 3 > maxBytes) {
      const count = Buffer.byteLength(text);
      if (count > maxBytes) throw outOfRange(parameter, `${count} bytes`);
    }
    return text;
  };
}

function textOf(value: unknown, parameter: ProcedureParameter): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || value instanceof Decimal) return value.toString();
  if (typeof value === "number" && Number.isSafeInteger(value)) return value.toString();
  if (isJsonContainer(value)) return jsonText(value, parameter);
  if (typeof value === "number") {
    throw unfit(parameter, "a number that is no safe integer: pass a text");
  }
  throw wrongType(parameter, value);
}

/** BINARY, VARBINARY and BLOB: bytes, or the UTF-8 of a text. */
export function bytesBinder(parameter: ProcedureParameter): Binder {
  return (value) => {
    const bytes =
      typeof value === "string"
        ? Buffer.from(value)
        : value instanceof Uint8Array
          ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
          : null;
    if (bytes === null) throw wrongType(parameter, value);
    if (parameter.maxLength === null || bytes.length <= parameter.maxLength) return bytes;
    throw outOfRange(parameter, `${bytes.length} bytes`);
  };
}

/** JSON: a text is JSON already; everything else is written as JSON. */
export function jsonBinder(parameter: ProcedureParameter): Binder {
  return (value) => (typeof value === "string" ? value : jsonText(value, parameter));
}

function isJsonContainer(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** As JSON.stringify, but what JSON cannot hold is an error instead of null. A Decimal is a text there. */
function jsonText(value: unknown, parameter: ProcedureParameter): string {
  const text = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === "bigint") throw unfit(parameter, "a bigint in JSON: write it as a text");
    if (typeof member === "number" && !Number.isFinite(member)) {
      throw unfit(parameter, "a number in JSON that is not finite");
    }
    return member;
  }) as string | undefined;
  if (text === undefined) throw wrongType(parameter, value);
  return text;
}
