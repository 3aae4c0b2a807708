import { MysqlError } from "../mysql-error.ts";

/** How much of the text an error quotes. */
const QUOTED = 30;

/**
 * Makes the error for a text that cannot be read with certainty.
 *
 * @param at - Offset of what cannot be placed.
 * @param what - What is wrong, as a clause.
 */
export function unreadable(source: string, at: number, what: string): MysqlError {
  const before = source.slice(0, at);
  const line = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n");
  const near = source.slice(at, at + QUOTED).replace(/\s+/g, " ");
  return new MysqlError(
    "DDL_UNREADABLE",
    `line ${line}, column ${column}: ${what}, near ${JSON.stringify(near)}`,
  );
}
