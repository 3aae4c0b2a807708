/** A parameter of a procedure, as `information_schema.PARAMETERS` gives it. */
export interface ProcedureParameter {
  /** As declared. */
  readonly name: string;
  /** `IN` gets a value, `OUT` gives one, `INOUT` both. */
  readonly mode: "IN" | "OUT" | "INOUT";
  /** The bare type in lower case, such as `decimal`, `bigint`, `varchar`, `longtext`. */
  readonly type: string;
  /** The type as the server writes it, such as `decimal(19,6)` or `bigint(20) unsigned`. */
  readonly declared: string;
  /** Of a number whether it has no sign. */
  readonly isUnsigned: boolean;
  /** Digits of a DECIMAL, bits of a BIT, the first number in the type's parentheses; null where it has none. */
  readonly size: number | null;
  /** Digits after the point of a DECIMAL, and of the seconds of a time; 0 where there are none. */
  readonly scale: number;
  /** Characters of a text, bytes of a binary; null of other types. */
  readonly maxLength: number | null;
  /** Of a text, such as `utf8mb4`; null of other types. */
  readonly charset: string | null;
}

/** A row of `information_schema.PARAMETERS`; what a server gives as BIGINT is a text. */
export interface ParameterRow {
  /** PARAMETER_NAME. */
  readonly name: string;
  /** PARAMETER_MODE. */
  readonly mode: ProcedureParameter["mode"];
  /** DATA_TYPE. */
  readonly type: string;
  /** DTD_IDENTIFIER. */
  readonly declared: string;
  /** CHARACTER_MAXIMUM_LENGTH, characters of a text and bytes of a binary. */
  readonly maxLength: string | number | null;
  /** CHARACTER_SET_NAME. */
  readonly charset: string | null;
}

const TIMES = new Set(["time", "datetime", "timestamp"]);

/** Reads the details out of the declared type, which both servers write alike, unlike the columns beside it. */
export function parameterOf(row: ParameterRow): ProcedureParameter {
  const type = row.type.toLowerCase();
  const numbers = /^[a-z ]+\((\d+)(?:,\s*(\d+))?\)/i.exec(row.declared);
  const first = numbers?.[1] === undefined ? null : Number(numbers[1]);
  const second = numbers?.[2] === undefined ? 0 : Number(numbers[2]);
  const isTime = TIMES.has(type);
  return {
    name: row.name,
    mode: row.mode,
    type,
    declared: row.declared,
    isUnsigned: /\bunsigned\b/i.test(row.declared),
    size: isTime ? null : first,
    scale: isTime ? (first ?? 0) : second,
    maxLength: row.maxLength === null ? null : Number(row.maxLength),
    charset: row.charset,
  };
}
