/** Every code that `orderly-ws/mysql` fails with. Each has a row in `docs/errors.md`. */
export const MYSQL_ERROR_CODES = [
  "USAGE",
  "UNREACHABLE",
  "ACCESS_DENIED",
  "CONNECTION_LOST",
  "POOL_EXHAUSTED",
  "POOL_CLOSED",
  "STATEMENT",
  "UNKNOWN_SHARD",
  "SHARD_UNAVAILABLE",
  "NO_ACTIVE_SHARD",
  "UNKNOWN_PROCEDURE",
  "OPEN_TRANSACTION",
  "UNKNOWN_TABLE",
  "DDL_UNREADABLE",
  "DEFINITION_HIDDEN",
  "UNKNOWN_DATABASE",
  "PREFLIGHT_FAILED",
  "VERIFICATION_FAILED",
  "DEPLOYMENT_LOCKED",
  "DEPLOYMENT_CONFLICT",
  "JOURNAL_UNFINISHED",
  "JOURNAL_UNKNOWN_RUN",
  "MIGRATION_CHANGED",
  "MIGRATION_IRREVERSIBLE",
] as const;

/** One of {@link MYSQL_ERROR_CODES}. */
export type MysqlErrorCode = (typeof MYSQL_ERROR_CODES)[number];

/**
 * What `orderly-ws/mysql` throws and rejects with. `cause` is the server's or the driver's error, where there was one; the
 * text never holds values of parameters or rows.
 */
export class MysqlError extends Error {
  /** Stable identifier; see `docs/errors.md`. */
  readonly code: MysqlErrorCode;
  /** The server's error number, such as 1267, taken from the cause; null where no server answered. */
  readonly errno: number | null;

  constructor(code: MysqlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MysqlError";
    this.code = code;
    const cause = options?.cause;
    const errno = cause instanceof Error && "errno" in cause ? cause.errno : null;
    // The driver gives the operating system's errors negative numbers.
    this.errno = typeof errno === "number" && errno > 0 ? errno : null;
  }
}
