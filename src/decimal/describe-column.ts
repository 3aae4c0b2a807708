import type { DecimalOperand } from "./decimal.ts";
import type { DecimalType } from "./decimal-type.ts";

/** What a column has besides its type. */
export interface ColumnOptions {
  /**
   * Whether the column may hold NULL.
   *
   * @defaultValue `false`
   */
  readonly nullable?: boolean;
  /**
   * The value of a row that names none; null for NULL.
   *
   * @defaultValue None.
   */
  readonly default?: DecimalOperand | string | null;
}

/**
 * Writes the column's definition for CREATE TABLE and ALTER TABLE, such as `DECIMAL(19,6) NOT NULL`.
 *
 * @throws {@link DecimalError} if the default is not a value of the type; see `DecimalType.from`.
 */
export function describeColumn(type: DecimalType, options: ColumnOptions = {}): string {
  const parts = [type.toString(), options.nullable === true ? "NULL" : "NOT NULL"];
  if (options.default === null) parts.push("DEFAULT NULL");
  else if (options.default !== undefined) parts.push(`DEFAULT ${type.from(options.default)}`);
  return parts.join(" ");
}
