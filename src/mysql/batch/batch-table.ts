import type { DriverValue } from "../bound-values.ts";
import type { MysqlConnection } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import type { Binder } from "../procedures/binder.ts";
import { binderOf } from "../procedures/binders.ts";
import { type ParameterRow, parameterOf } from "../procedures/parameter.ts";

const COLUMNS = `SELECT COLUMN_NAME AS name, DATA_TYPE AS type, COLUMN_TYPE AS declared,
    CHARACTER_MAXIMUM_LENGTH AS maxLength, CHARACTER_SET_NAME AS charset, EXTRA AS extra,
    IS_NULLABLE AS nullable
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?`;

const UNIQUE_KEYS = `SELECT INDEX_NAME AS name, COLUMN_NAME AS col FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND NON_UNIQUE = 0
  ORDER BY INDEX_NAME, SEQ_IN_INDEX`;

/** A table, as a batch insert needs to know it. */
export interface BatchTable {
  /** Binds the values of a row, null too, in the order of the columns asked for. */
  readonly binders: readonly Binder[];
  /** The columns of the unique key that tells a repeated row. */
  readonly key: readonly string[];
}

/**
 * Looks a table up.
 *
 * @param asked - The key that the caller named; undefined for the only one that a row can repeat.
 * @throws {@link MysqlError} `UNKNOWN_TABLE`; TypeError where a column is missing, the key is not unique, or a row could
 *   repeat another key as well: ON DUPLICATE KEY would take it for a repetition, and the row would be lost.
 */
export async function readBatchTable(
  connection: MysqlConnection,
  database: string | null,
  table: string,
  columns: readonly string[],
  asked: readonly string[] | undefined,
): Promise<BatchTable> {
  type ColumnRow = Omit<ParameterRow, "mode"> & {
    readonly extra: string;
    readonly nullable: "YES" | "NO";
  };
  const { rows } = await connection.execute<ColumnRow>(COLUMNS, [database, table]);
  if (rows.length === 0) {
    throw new MysqlError("UNKNOWN_TABLE", `there is no table ${table}, or none that may be seen`);
  }
  const byName = new Map(rows.map((row) => [row.name.toLowerCase(), row]));
  const binders = columns.map((column) => {
    const row = byName.get(column.toLowerCase());
    if (row === undefined) throw new TypeError(`table ${table} has no column ${column}`);
    const parameter = parameterOf({ ...row, mode: "IN" });
    const bind = binderOf(parameter);
    if (row.nullable === "YES")
      return (value: unknown): DriverValue => (value === null ? null : bind(value));
    // Of several rows, without strict mode, the server would make NULL a 0 or an empty text.
    return (value: unknown): DriverValue => {
      if (value === null) throw new TypeError(`column ${row.name} is NOT NULL, got null`);
      return bind(value);
    };
  });
  const given = new Set(columns.map((column) => column.toLowerCase()));
  const numbered = rows.find(({ extra }) => /auto_increment/i.test(extra))?.name.toLowerCase();
  const { rows: parts } = await connection.execute<{ name: string; col: string | null }>(
    UNIQUE_KEYS,
    [database, table],
  );
  const keys = new Map<string, string[]>();
  for (const { name, col } of parts) {
    // A part that is an expression has no column; what it says of two rows cannot be known here.
    keys.set(name, [...(keys.get(name) ?? []), col ?? ""]);
  }
  // A number that the server gives is new in every row.
  const repeatable = [...keys].filter(([, key]) => {
    return !key.some((column) => column.toLowerCase() === numbered && !given.has(numbered));
  });
  const named = repeatable.find(([, key]) => asked === undefined || isSame(key, asked));
  const what = asked === undefined ? "a unique key" : `the unique key (${asked.join(", ")})`;
  if (named === undefined) throw new TypeError(`table ${table} does not have ${what}`);
  const other = repeatable.find((entry) => entry !== named);
  if (other !== undefined) {
    throw new TypeError(
      `a row could repeat the key ${other[0]} of ${table} as well as ${named[0]}, and would be lost`,
    );
  }
  const missing = named[1].find((column) => !given.has(column.toLowerCase()));
  if (missing !== undefined) {
    throw new TypeError(`the key of ${table} needs the column ${missing || "of an expression"}`);
  }
  return { binders, key: named[1] };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  const names = new Set(a.map((name) => name.toLowerCase()));
  return a.length === b.length && b.every((name) => names.has(name.toLowerCase()));
}
