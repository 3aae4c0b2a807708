import type { Row, StatementResult } from "./connection.ts";

/** What the driver gives of a statement without rows, and last of a CALL. */
interface Header {
  readonly affectedRows: number;
  readonly warningStatus: number;
  readonly info?: string;
  /** The server's status flags after the statement. */
  readonly serverStatus?: number;
}

/** SERVER_STATUS_IN_TRANS of the protocol's OK packet. */
const IN_TRANSACTION = 1;

/** Whether a CALL (or a write) left a transaction open in its session, as its last packet says. */
export function isInTransaction(answer: unknown): boolean {
  const header: unknown = Array.isArray(answer) ? answer.at(-1) : answer;
  if (typeof header !== "object" || header === null || !("serverStatus" in header)) return false;
  return typeof header.serverStatus === "number" && (header.serverStatus & IN_TRANSACTION) !== 0;
}

/**
 * Brings the driver's answer into one shape. It gives an array of rows, or a header, or, of a CALL with result sets, an
 * array of arrays of rows that ends with a header.
 */
export function statementResult<R = Row>(answer: unknown): StatementResult<R> {
  if (!Array.isArray(answer)) {
    const { affectedRows, warningStatus, info = "" } = answer as Header;
    return { rows: [], sets: [], affectedRows, warningCount: warningStatus, info };
  }
  if (!Array.isArray(answer[0])) {
    return { rows: answer, sets: [answer], affectedRows: 0, warningCount: -1, info: "" };
  }
  const sets: R[][] = [];
  let header: Header = { affectedRows: 0, warningStatus: -1 };
  for (const part of answer as (R[] | Header)[]) {
    if (Array.isArray(part)) sets.push(part);
    else header = part;
  }
  const { affectedRows, warningStatus, info = "" } = header;
  return { rows: sets[0] ?? [], sets, affectedRows, warningCount: warningStatus, info };
}
