import { DecimalError } from "./decimal-error.ts";
import type { DecimalType } from "./decimal-type.ts";
import { tenTo } from "./powers-of-ten.ts";
import { dropDigits } from "./rounding.ts";

/** How {@link Decimal.format} prints. */
export interface DecimalFormatOptions {
  /**
   * ISO 4217 code, such as `KRW`: prints its symbol where the locale puts it.
   *
   * @defaultValue None: a plain number.
   */
  readonly currency?: string;
  /**
   * Fraction digits, an integer from 0 to 100; fewer than the type's round by its mode, more are zeros.
   *
   * @defaultValue The type's scale. The currency's own, 0 for KRW, would hide micro-units.
   */
  readonly digits?: number;
}

/** The most fraction digits that can be asked for. */
const MAX_DIGITS = 100;

/** A printer costs some 50 µs to make; a program uses few, and a peer's locales must not fill memory. */
const MAX_PRINTERS = 64;

interface Printer {
  readonly format: Intl.NumberFormat;
  /** The locale's own digits, 0 to 9. */
  readonly digits: readonly string[];
}

const printers = new Map<string, Printer>();

function printerFor(
  locale: Intl.LocalesArgument,
  currency: string | undefined,
  hasFraction: boolean,
): Printer {
  const key = `${String(locale)} ${currency} ${hasFraction}`;
  const known = printers.get(key);
  if (known !== undefined) return known;
  const shown = hasFraction ? 1 : 0;
  const format = new Intl.NumberFormat(locale as string | string[], {
    ...(currency === undefined ? {} : { style: "currency", currency }),
    minimumFractionDigits: shown,
    maximumFractionDigits: shown,
  });
  const plain = new Intl.NumberFormat(locale as string | string[], { useGrouping: false });
  const digits = Array.from({ length: 10 }, (_, digit) => plain.format(digit));
  if (printers.size >= MAX_PRINTERS) printers.clear();
  const printer = { format, digits };
  printers.set(key, printer);
  return printer;
}

/**
 * Prints units for a locale: Intl lays out sign, groups, symbol and point around the exact integer
 * part, and the fraction digits are ours, so neither a double nor Intl's limit of digits touches them.
 *
 * @throws {@link DecimalError} with `DECIMAL_TYPE` for `digits` out of range; Intl's own RangeError.
 */
export function formatLocale(
  units: bigint,
  type: DecimalType,
  locale: Intl.LocalesArgument,
  { currency, digits = type.scale }: DecimalFormatOptions,
): string {
  if (typeof digits !== "number" || !(digits >= 0 && digits <= MAX_DIGITS) || digits % 1 !== 0) {
    throw new DecimalError(
      "DECIMAL_TYPE",
      `expected digits from 0 to ${MAX_DIGITS}, got ${String(digits)}`,
    );
  }
  const surplus = type.scale - digits;
  const rounded = surplus > 0 ? dropDigits(units, surplus, type.rounding) : units * tenTo(-surplus);
  const magnitude = rounded < 0n ? -rounded : rounded;
  const integer = magnitude / tenTo(digits);
  const fraction = digits === 0 ? "" : (magnitude % tenTo(digits)).toString().padStart(digits, "0");

  const printer = printerFor(locale, currency, digits > 0);
  // A BigInt has no −0, which Intl prints as "-0": the sign of −0.5 would be lost.
  const whole = rounded < 0n ? (integer === 0n ? -0 : -integer) : integer;
  return printer.format
    .formatToParts(whole)
    .map((part) =>
      part.type === "fraction"
        ? fraction.replace(/[0-9]/g, (digit) => printer.digits[digit.charCodeAt(0) - 48] as string)
        : part.value,
    )
    .join("");
}
