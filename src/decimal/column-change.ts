import { DecimalError, unexpected } from "./decimal-error.ts";
import type { DecimalType } from "./decimal-type.ts";
import { formatUnits } from "./format-units.ts";
import { smallIntegerOf } from "./integer-halves.ts";
import { MAX_TEXT_LENGTH, parseUnits } from "./parse-units.ts";
import { tenTo } from "./powers-of-ten.ts";
import { dropDigits } from "./rounding.ts";

/** What changing a column's type can do to the values in it, as far as the two types tell. */
export interface ColumnChange {
  /**
   * How the old type holds numbers: `exact` (DECIMAL, integers), `approximate` (FLOAT, DOUBLE: what is
   * displayed is not what is held, only the server's own cast tells) or `text`.
   */
  readonly source: "exact" | "approximate" | "text";
  /** Digits before the point that the old type has and the new one lacks: values may not fit. */
  readonly integerDigitsLost: number;
  /** Digits after the point that the old type has and the new one lacks: values may be rounded. */
  readonly fractionDigitsLost: number;
  /** Whether every value of the old type fits the new one unchanged, whatever the data. */
  readonly lossless: boolean;
}

/** What a change of type does to the values given. Counts of values, and places counted from 0. */
export interface ColumnAudit {
  /** Values looked at, NULLs included. */
  readonly checked: number;
  /** Values that stay as they are, NULLs included. */
  readonly unchanged: number;
  /** Values that would be rounded. */
  readonly rounded: number;
  /** Values that do not fit: ALTER fails in strict mode, and clamps them without it. */
  readonly outOfRange: number;
  /** Texts that are no plain decimal: ALTER fails in strict mode, and stores 0 without it. */
  readonly unreadable: number;
  /** The largest |new − old| among the rounded values, as text; `0` where none is rounded. */
  readonly largestRounding: string;
  /** The place of the first value that does not stay as it is, or null. */
  readonly firstAltered: number | null;
}

/** Digits that the integer types can hold; BIGINT UNSIGNED has one more than BIGINT. */
const INTEGER_DIGITS: Readonly<Record<string, number>> = {
  tinyint: 3,
  smallint: 5,
  mediumint: 8,
  int: 10,
  integer: 10,
  bigint: 20,
};

/** Integer digits of the largest DOUBLE, 1.8e308, and fraction digits of the smallest, 2^−1074. */
const DOUBLE_DIGITS = { integer: 309, fraction: 1074 };

const COLUMN_TYPE =
  /^\s*([a-z]+)(?:\s+precision)?\s*(?:\(\s*([0-9]{1,3})\s*(?:,\s*([0-9]{1,3})\s*)?\))?(?:\s+[a-z_0-9 ]*)?$/i;

/**
 * Compares two column types.
 *
 * @param from - The old type: a decimal type, or text as in `information_schema.COLUMNS.COLUMN_TYPE`
 *   (`decimal(10,2) unsigned`, `double`, `bigint(20)`, `varchar(40)`).
 * @param to - The new type.
 * @throws {@link DecimalError} with `DECIMAL_TYPE` for a text that names no such type.
 */
export function compareColumnTypes(from: DecimalType | string, to: DecimalType): ColumnChange {
  const { source, integer, fraction } = digitsOf(String(from));
  const integerDigitsLost = atLeastZero(integer - (to.precision - to.scale));
  const fractionDigitsLost = atLeastZero(fraction - to.scale);
  return {
    source,
    integerDigitsLost,
    fractionDigitsLost,
    lossless: source === "exact" && integerDigitsLost === 0 && fractionDigitsLost === 0,
  };
}

/**
 * Tells what ALTER would do to actual values: it rounds half up, whatever the type's rounding here.
 *
 * @param to - The new type.
 * @param values - Texts as the server prints an exact column, or null. Of a FLOAT or DOUBLE column ask for
 *   `CAST(column AS DECIMAL(65,30))`: its displayed text may differ from what it holds.
 * @throws {@link DecimalError} with `DECIMAL_NUMBER` or `DECIMAL_TYPE` for what is neither text nor null.
 */
export function auditColumnChange(to: DecimalType, values: Iterable<string | null>): ColumnAudit {
  const counts = { checked: 0, unchanged: 0, rounded: 0, outOfRange: 0, unreadable: 0 };
  let firstAltered: number | null = null;
  let largest = 0n;
  let largestScale = to.scale;
  for (const value of values) {
    const effect = value === null ? { kind: "unchanged" as const } : effectOf(value, to);
    counts[effect.kind] += 1;
    if (effect.kind !== "unchanged") firstAltered ??= counts.checked;
    if (effect.kind === "rounded") {
      if (effect.scale > largestScale) {
        largest *= tenTo(effect.scale - largestScale);
        largestScale = effect.scale;
      }
      const difference = effect.difference * tenTo(largestScale - effect.scale);
      if (difference > largest) largest = difference;
    }
    counts.checked += 1;
  }
  const largestRounding = largest === 0n ? "0" : formatUnits(largest, largestScale);
  return { ...counts, largestRounding, firstAltered };
}

type Effect =
  | { readonly kind: "unchanged" | "outOfRange" | "unreadable" }
  | { readonly kind: "rounded"; readonly difference: bigint; readonly scale: number };

function effectOf(text: string, to: DecimalType): Effect {
  // A driver that turns DECIMAL into numbers has altered the values before the audit.
  if (typeof text !== "string") throw unexpected(text, "a decimal text or null");
  const point = text.indexOf(".");
  const own = point === -1 ? 0 : text.length - point - 1;
  const scale = own > to.scale ? own : to.scale;
  let exact: bigint;
  try {
    exact = parseUnits(text, scale, "exact");
  } catch (error) {
    if (error instanceof DecimalError) return { kind: "unreadable" };
    throw error;
  }
  const units = dropDigits(exact, scale - to.scale, "half-up");
  if (units > to.maxUnits || units < to.minUnits) return { kind: "outOfRange" };
  const difference = units * tenTo(scale - to.scale) - exact;
  if (difference === 0n) return { kind: "unchanged" };
  return { kind: "rounded", difference: difference < 0n ? -difference : difference, scale };
}

interface ColumnDigits {
  readonly source: ColumnChange["source"];
  readonly integer: number;
  readonly fraction: number;
}

function digitsOf(columnType: string): ColumnDigits {
  // The pattern could try long for a long run of spaces; a column type is short.
  const match = columnType.length > MAX_TEXT_LENGTH ? null : COLUMN_TYPE.exec(columnType);
  const [, name = "", first, second] = match ?? [];
  const type = name.toLowerCase();
  const integer = INTEGER_DIGITS[type];
  if (integer !== undefined) return { source: "exact", integer, fraction: 0 };
  switch (type) {
    case "decimal":
    case "numeric":
    case "dec":
    case "fixed": {
      const precision = first === undefined ? 10 : smallIntegerOf(BigInt(first));
      const fraction = second === undefined ? 0 : smallIntegerOf(BigInt(second));
      return { source: "exact", integer: precision - fraction, fraction };
    }
    case "float":
    case "double":
    case "real":
      return { source: "approximate", ...DOUBLE_DIGITS };
    case "char":
    case "varchar":
    case "tinytext":
    case "text":
    case "mediumtext":
    case "longtext":
      return { source: "text", ...DOUBLE_DIGITS };
    default:
      throw new DecimalError("DECIMAL_TYPE", "expected a numeric or character column type");
  }
}

function atLeastZero(value: number): number {
  return value < 0 ? 0 : value;
}
