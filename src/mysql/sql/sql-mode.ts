/**
 * The modes that change what a text means, of those in force **when a routine was created**: the server stores them with it,
 * and reads its body by them for ever.
 */
export interface SqlMode {
  /** Double quotes make names; else strings. */
  readonly ansiQuotes: boolean;
  /** A backslash is a character as any other; else it escapes the next one. */
  readonly noBackslashEscapes: boolean;
  /** `||` joins strings; else it is OR. */
  readonly pipesAsConcat: boolean;
  /** NOT binds as tightly as a sign; else it is weaker than a comparison. */
  readonly highNot: boolean;
  /** MariaDB's PL/SQL dialect, which this library does not read. */
  readonly oracle: boolean;
  /** The whole list as the server gave it, such as `STRICT_TRANS_TABLES,ANSI_QUOTES`. */
  readonly text: string;
}

/** Modes that the manuals define as a list of others, `ANSI_QUOTES` and `PIPES_AS_CONCAT` among them. */
const ANSI_GROUPS = ["ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL"];

/**
 * Reads a list of modes.
 *
 * @param text - Names joined by commas, in any case, as `@@sql_mode` or `SHOW CREATE PROCEDURE` give them. Names that change
 *   nothing in the text are kept in {@link SqlMode.text} only.
 */
export function parseSqlMode(text: string): SqlMode {
  const names = new Set(
    text
      .toUpperCase()
      .split(",")
      .map((name) => name.trim()),
  );
  const isAnsi = ANSI_GROUPS.some((name) => names.has(name));
  return {
    ansiQuotes: isAnsi || names.has("ANSI_QUOTES"),
    noBackslashEscapes: names.has("NO_BACKSLASH_ESCAPES"),
    pipesAsConcat: isAnsi || names.has("PIPES_AS_CONCAT"),
    highNot: names.has("HIGH_NOT_PRECEDENCE"),
    oracle: names.has("ORACLE"),
    text,
  };
}

/** No mode at all: backslashes escape, double quotes make strings. */
export const DEFAULT_SQL_MODE: SqlMode = parseSqlMode("");
