import { MysqlError } from "../mysql-error.ts";

/** Says more of a failure, and keeps its code and the server's number. What is none of ours stays as it is: a bug. */
export function withWords(error: unknown, words: (message: string) => string): unknown {
  if (!(error instanceof MysqlError)) return error;
  return new MysqlError(error.code, words(error.message), { cause: error });
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
