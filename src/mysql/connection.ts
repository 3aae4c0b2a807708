import type { Decimal } from "../decimal/index.ts";

/**
 * A value that a statement can bind.
 *
 * A `number` must be a safe integer; anything with a fraction is a `Decimal` or a text, because the driver binds numbers as
 * DOUBLE. A `Decimal` is bound as its text: write `CAST(? AS DECIMAL(p, s))` where the server computes or compares with it.
 * A `Date` is bound as UTC with milliseconds; a time with microseconds is a text. JSON is a text. A `Uint8Array` is binary.
 */
export type BoundValue = string | number | bigint | boolean | Date | Uint8Array | Decimal | null;

/**
 * A row, its values by column name. DECIMAL, BIGINT, DATE, TIME, DATETIME, TIMESTAMP and JSON are texts, exactly as the
 * server gives them; smaller integers, FLOAT and DOUBLE are numbers; binary values and BIT are Buffers; NULL is null.
 */
export type Row = Readonly<Record<string, unknown>>;

/** What one statement gave, in one shape whatever it was. */
export interface StatementResult<R = Row> {
  /** The first result set; empty where there was none. */
  readonly rows: readonly R[];
  /** Every result set, in order: one of a SELECT, any number of a CALL, none of an UPDATE. */
  readonly sets: readonly (readonly R[])[];
  /** Rows that a write found (not only those that it changed), as the driver asks the server to count; 0 of a SELECT. */
  readonly affectedRows: number;
  /** Warnings that the server counted; -1 where only result sets came back. */
  readonly warningCount: number;
  /** The server's words on a write, such as `Records: 3  Duplicates: 1  Warnings: 0`; empty where it has none. */
  readonly info: string;
}

/**
 * What every module here needs of MySQL: one session, or a pool that takes any session for each statement. Failures are
 * {@link MysqlError}s; after `STATEMENT` and `ACCESS_DENIED` the session remains usable.
 */
export interface MysqlConnection {
  /** Prepares a statement (once for each text and session) and runs it with its values bound by the binary protocol. */
  execute<R = Row>(sql: string, values?: readonly BoundValue[]): Promise<StatementResult<R>>;
  /**
   * Sends a statement as text, for what the binary protocol refuses: SHOW CREATE, USE, DDL of routines. It takes no values:
   * what is not a constant in `sql` must be an identifier that `quoteIdentifier` quoted, or the server's own DDL.
   */
  query<R = Row>(sql: string): Promise<StatementResult<R>>;
}

/** A bounded pool of sessions to one server. */
export interface MysqlPool extends MysqlConnection {
  /** The database of its sessions, or null where they begin without one. */
  readonly database: string | null;
  /** `host:port`, or the path of the Unix socket, for messages. No user, no password. */
  readonly address: string;
  /**
   * Runs `work` on one session, kept until it settles: for temporary tables, user variables, locks, `SET SESSION`.
   *
   * A session whose work failed is closed rather than used again, since nobody knows what it was left with; `"close"` as
   * the second argument closes it after success too (after `SET SESSION sql_mode`, for one).
   */
  session<T>(
    work: (session: MysqlConnection) => Promise<T>,
    after?: "release" | "close",
  ): Promise<T>;
  /** Runs `work` in a transaction: COMMIT when it resolves, ROLLBACK when it rejects. MySQL commits implicitly on DDL. */
  transaction<T>(work: (session: MysqlConnection) => Promise<T>): Promise<T>;
  /** Closes idle sessions now and busy ones when their work ends; later calls fail with `POOL_CLOSED`. Idempotent. */
  close(): Promise<void>;
}
