import { MysqlError } from "./mysql-error.ts";

/** What the driver's errors carry besides a message. */
interface DriverError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlState?: string;
}

/** ER_ACCESS_DENIED and the other refusals for want of rights, and those of CREATE ROUTINE with binary logging. */
const DENIED = new Set([
  1044, 1045, 1142, 1143, 1227, 1370, 1410, 1419, 1449, 1698, 1873, 3118, 3879, 4151,
]);

/** The server or the network ended the session: 1053 shutdown, 1152 and 1927 killed, 2006 and 2013 of the client. */
const LOST = new Set([1053, 1152, 1153, 1158, 1159, 1160, 1161, 1927, 2006, 2013, 4031]);

const LOST_CODES = new Set(["PROTOCOL_CONNECTION_LOST", "ECONNRESET", "EPIPE"]);

/** The server's errors whose text quotes a value of a row or a parameter. Their text stays in `cause`. */
const QUOTES_VALUES = new Set([
  1062, 1064, 1265, 1292, 1366, 1367, 1411, 1525, 1526, 1586, 1644, 1690, 1691, 3140, 3141, 3988,
]);

/**
 * Turns an error of the driver into ours.
 *
 * @param what - What was being done: `"connect"` before a session exists, else `"statement"`.
 */
export function serverFailure(
  error: unknown,
  address: string,
  what: "connect" | "statement",
): MysqlError {
  if (error instanceof MysqlError) return error;
  const cause: DriverError = error instanceof Error ? error : new Error(String(error));
  const { errno = 0 } = cause;
  const options = { cause };
  if (cause.message === "Queue limit reached.") {
    return new MysqlError("POOL_EXHAUSTED", `too many wait for a session to ${address}`, options);
  }
  if (DENIED.has(errno)) {
    return new MysqlError("ACCESS_DENIED", `${address}: ${cause.message}`, options);
  }
  if (what === "connect") {
    const reason = cause.message === "" ? (cause.code ?? "no answer") : cause.message;
    return new MysqlError("UNREACHABLE", `cannot connect to ${address}: ${reason}`, options);
  }
  if (LOST.has(errno) || LOST_CODES.has(cause.code ?? "") || /closed state/.test(cause.message)) {
    return new MysqlError("CONNECTION_LOST", `lost the session to ${address}`, options);
  }
  const text = QUOTES_VALUES.has(errno) ? "" : `: ${cause.message}`;
  const number = errno > 0 ? ` with error ${errno} (${cause.code ?? cause.sqlState ?? ""})` : "";
  return new MysqlError("STATEMENT", `${address} refused a statement${number}${text}`, options);
}
