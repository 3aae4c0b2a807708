/** Every code that `orderly-ws/mysql` fails with. Each has a row in `docs/errors.md`. */
export const MYSQL_ERROR_CODES = ["USAGE"] as const;

/** One of {@link MYSQL_ERROR_CODES}. */
export type MysqlErrorCode = (typeof MYSQL_ERROR_CODES)[number];

/**
 * What `orderly-ws/mysql` throws and rejects with. `cause` is the server's or the driver's error, where there was one; the
 * text never holds values of parameters or rows.
 */
export class MysqlError extends Error {
  /** Stable identifier; see `docs/errors.md`. */
  readonly code: MysqlErrorCode;

  constructor(code: MysqlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MysqlError";
    this.code = code;
  }
}
