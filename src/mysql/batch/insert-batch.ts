import type { DriverValue } from "../bound-values.ts";
import type { MysqlConnection, MysqlPool } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import type { ParameterValue } from "../procedures/call-result.ts";
import { quoteIdentifier, quoteQualified } from "../sql/identifier.ts";
import { type BatchTable, readBatchTable } from "./batch-table.ts";

/** Rows to insert, and what to do with those that are there already. */
export interface BatchInsert {
  /** The table's name, unquoted, whatever characters it has. */
  readonly table: string;
  /** Its database. @defaultValue that of the session */
  readonly database?: string;
  /** The columns that every row has, in this order. */
  readonly columns: readonly string[];
  /** The rows. Values are bound as those of `callProcedure`: exactly, or a TypeError or RangeError before anything is sent. */
  readonly rows: readonly (readonly ParameterValue[])[];
  /** Columns of the unique key that tells a repeated row. @defaultValue the only key that a row can repeat */
  readonly key?: readonly string[];
  /** What becomes of a row whose key is there: it stays as it is, or takes the new values. @defaultValue "keep" */
  readonly onRepeated?: "keep" | "update";
  /**
   * Bytes of one statement at most, below the server's `max_allowed_packet`. A single greater row goes alone.
   * @defaultValue 1048576
   */
  readonly maxPacketBytes?: number;
}

/** What a batch did. */
export interface BatchResult {
  /** Rows that were new. */
  readonly inserted: number;
  /** Rows whose key was there already, in the table or earlier in the batch. */
  readonly repeated: number;
  /** Statements sent. */
  readonly statements: number;
}

/** Rows of one statement. Few sizes make few texts, and each text is prepared once for a session. */
const MOST_ROWS = 1000;
const SIZES = [MOST_ROWS, 250, 50, 10, 1];

/** The protocol counts a statement's values in 16 bits. */
const MAX_VALUES = 65_535;

const CONFLICTS: ReadonlySet<number | null> = new Set([1205, 1213]);
const MAX_ATTEMPTS = 4;

/** ER_DUP_ENTRY. */
const DUPLICATE = 1062;

/**
 * Inserts many rows, so that doing it again changes nothing: for what comes from a queue that delivers at least once.
 *
 * INSERT IGNORE would also ignore values that do not fit; here only a repeated key is no error.
 *
 * @param target - A pool: all rows go in one transaction, tried again after a deadlock. A session: in whatever transaction
 *   it has; a failure leaves that to the caller.
 * @throws Rejects with TypeError or RangeError where a value would be changed, or the key is not clear, and with
 *   {@link MysqlError} `UNKNOWN_TABLE` or as the server fails; of a pool, nothing was inserted then.
 */
export async function insertBatch(
  target: MysqlPool | MysqlConnection,
  batch: BatchInsert,
): Promise<BatchResult> {
  const { maxPacketBytes = 1_048_576 } = batch;
  if (!Number.isSafeInteger(maxPacketBytes) || maxPacketBytes < 1024) {
    throw new RangeError(`maxPacketBytes must be an integer from 1024 up, got ${maxPacketBytes}`);
  }
  if (batch.columns.length === 0) throw new TypeError("a batch needs columns");
  if (batch.rows.length === 0) return { inserted: 0, repeated: 0, statements: 0 };
  const { table, database = null, columns } = batch;
  const known = await readBatchTable(target, database, table, columns, batch.key);
  const rows = batch.rows.map((row, index) => bindRow(known, row, index));
  const insert = new Inserter(batch, known, maxPacketBytes);
  if (!("transaction" in target)) return await insert.run(target, rows);
  for (let attempt = 1; ; attempt++) {
    try {
      return await target.transaction((session) => insert.run(session, rows));
    } catch (error) {
      const isConflict = error instanceof MysqlError && CONFLICTS.has(error.errno);
      if (!isConflict || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

function bindRow(
  table: BatchTable,
  row: readonly ParameterValue[],
  index: number,
): readonly DriverValue[] {
  const { binders } = table;
  if (row.length !== binders.length) {
    throw new TypeError(`row ${index} has ${row.length} values for ${binders.length} columns`);
  }
  const bound = new Array<DriverValue>(row.length);
  for (let column = 0; column < row.length; column++) {
    bound[column] = binders[column]?.(row[column]) ?? null;
  }
  return bound;
}

class Inserter {
  readonly #head: string;
  readonly #row: string;
  readonly #tail: string;
  readonly #maxRows: number;
  readonly #maxBytes: number;

  constructor(batch: BatchInsert, known: BatchTable, maxBytes: number) {
    const { table, database, columns, onRepeated = "keep" } = batch;
    const name = database === undefined ? quoteIdentifier(table) : quoteQualified(database, table);
    const quoted = columns.map(quoteIdentifier);
    this.#head = `INSERT INTO ${name} (${quoted.join(", ")}) VALUES `;
    this.#row = `(${quoted.map(() => "?").join(",")})`;
    const isKey = new Set(known.key.map((column) => column.toLowerCase()));
    const others = columns.filter((column) => !isKey.has(column.toLowerCase()));
    const set =
      onRepeated === "update" && others.length > 0
        ? others.map(quoteIdentifier).map((column) => `${column} = VALUES(${column})`)
        : known.key
            .slice(0, 1)
            .map(quoteIdentifier)
            .map((column) => `${column} = ${column}`);
    this.#tail = ` ON DUPLICATE KEY UPDATE ${set.join(", ")}`;
    this.#maxRows = Math.floor(MAX_VALUES / columns.length);
    this.#maxBytes = maxBytes;
  }

  async run(
    session: MysqlConnection,
    rows: readonly (readonly DriverValue[])[],
  ): Promise<BatchResult> {
    let repeated = 0;
    let statements = 0;
    for (let start = 0; start < rows.length; ) {
      const count = this.#fitting(rows, start);
      const values: DriverValue[] = [];
      for (const row of rows.slice(start, start + count)) values.push(...row);
      repeated +=
        count === 1 ? await this.#one(session, values) : await this.#many(session, values, count);
      statements++;
      start += count;
    }
    return { inserted: rows.length - repeated, repeated, statements };
  }

  async #many(
    session: MysqlConnection,
    values: readonly DriverValue[],
    count: number,
  ): Promise<number> {
    const sql = this.#head + `${this.#row},`.repeat(count - 1) + this.#row + this.#tail;
    const { info } = await session.execute(sql, values);
    return Number(/Duplicates: (\d+)/.exec(info)?.[1]);
  }

  /** Of a single row the server says no more than that it found one, whether or not it was new. */
  async #one(session: MysqlConnection, values: readonly DriverValue[]): Promise<number> {
    try {
      await session.execute(this.#head + this.#row, values);
      return 0;
    } catch (error) {
      if (!(error instanceof MysqlError) || error.errno !== DUPLICATE) throw error;
      await session.execute(this.#head + this.#row + this.#tail, values);
      return 1;
    }
  }

  /** The greatest size whose rows are there and fit the packet; at least 1. */
  #fitting(rows: readonly (readonly DriverValue[])[], start: number): number {
    const most = Math.min(MOST_ROWS, this.#maxRows);
    let fitting = 0;
    let bytes = this.#head.length + this.#tail.length + 64;
    for (const row of rows.slice(start, start + most)) {
      bytes += sizeOf(row) + this.#row.length + 1;
      if (bytes > this.#maxBytes) break;
      fitting++;
    }
    return SIZES.find((size) => size <= fitting) ?? 1;
  }
}

/** Bytes of a row in the packet: two for each value's type, its length, and itself. */
function sizeOf(row: readonly DriverValue[]): number {
  let bytes = 0;
  for (const value of row) {
    if (typeof value === "string") bytes += 11 + Buffer.byteLength(value);
    else if (Buffer.isBuffer(value)) bytes += 11 + value.length;
    else bytes += 11;
  }
  return bytes;
}
