/**
 * Exact DECIMAL(p, s) prices and amounts, from the wire to the column.
 *
 * Pure: no I/O, no clock, nothing of Node.
 *
 * @module decimal
 */
export {
  auditColumnChange,
  type ColumnAudit,
  type ColumnChange,
  compareColumnTypes,
} from "./column-change.ts";
export { Decimal, type DecimalOperand } from "./decimal.ts";
export { DECIMAL_ERROR_CODES, DecimalError, type DecimalErrorCode } from "./decimal-error.ts";
export { DecimalSum } from "./decimal-sum.ts";
export {
  DECIMAL_19_6,
  DECIMAL_38_6,
  DecimalType,
  type DecimalTypeOptions,
  decimal,
  MAX_PRECISION,
  MAX_SCALE,
} from "./decimal-type.ts";
export { type ColumnOptions, describeColumn } from "./describe-column.ts";
export type { DecimalFormatOptions } from "./locale-format.ts";
export { notional } from "./notional.ts";
export { MAX_TEXT_LENGTH } from "./parse-units.ts";
export { percentChange } from "./percent-change.ts";
export { type Reviver, reviver } from "./reviver.ts";
export { ROUNDING_MODES, type RoundingMode } from "./rounding.ts";
export type { StandardIssue, StandardProperties, StandardResult } from "./standard-schema.ts";
export { KRX_TICK_BANDS, type TickBand, tickBands, tickSize } from "./tick-bands.ts";
export type { UnsafeConversion } from "./unsafe-number.ts";
export { weightedAverage } from "./weighted-average.ts";
