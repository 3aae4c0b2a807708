import { unquoteIdentifier } from "../sql/identifier.ts";
import { DEFAULT_SQL_MODE } from "../sql/sql-mode.ts";
import { isBlank, type Token } from "../sql/token.ts";
import { tokenize } from "../sql/tokenize.ts";

/** What an ALTER TABLE says of the collation of columns. Null stands for what it leaves unsaid. */
export interface CollationStatement {
  /** Null for the session's own. */
  readonly schema: string | null;
  /** The table's name. */
  readonly table: string;
  /** Null for every column that holds texts. */
  readonly column: string | null;
  /** The character set, as written. */
  readonly charset: string | null;
  /** The collation, as written. */
  readonly collation: string | null;
}

const TEXT_TYPES = new Set("CHAR VARCHAR TINYTEXT TEXT MEDIUMTEXT LONGTEXT ENUM SET".split(" "));

/**
 * Reads which columns an ALTER TABLE gives another collation: CONVERT TO, MODIFY and CHANGE.
 *
 * Where it drops something or ignores what repeats, or is another statement, nothing is said of it: this is for warnings that
 * must never be wrong.
 */
export function collationStatements(statement: string): readonly CollationStatement[] {
  const tokens = tokenize(statement, DEFAULT_SQL_MODE).filter((token) => !isBlank(token));
  const words = tokens.map(({ word }) => word);
  const at = words.indexOf("TABLE") + 1;
  if (words[0] !== "ALTER" || at === 0 || at > 3) return [];
  if (words.includes("DROP") || words.includes("IGNORE")) return [];
  const start = words[at] === "IF" ? at + 2 : at;
  const isQualified = words[start + 1] === ".";
  const schema = isQualified ? nameOf(tokens[start]) : null;
  const table = nameOf(tokens[isQualified ? start + 2 : start]);
  return clauses(tokens.slice(start + (isQualified ? 3 : 1))).flatMap((clause) => {
    const said = readClause(clause);
    return said === null ? [] : [{ schema, table, ...said }];
  });
}

/** Whether a statement names a table; true too where it only seems to. */
export function names(statement: string, table: string): boolean {
  return tokenize(statement, DEFAULT_SQL_MODE).some(
    (token) => nameOf(token).toLowerCase() === table.toLowerCase(),
  );
}

function nameOf(token: Token | undefined): string {
  return unquoteIdentifier(token?.text ?? "");
}

/** Cuts at commas that stand in no parentheses. */
function clauses(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.word === "(") depth += 1;
    if (token.word === ")") depth -= 1;
    if (token.word === "," && depth === 0) found.push([]);
    else found.at(-1)?.push(token);
  }
  return found;
}

function readClause(
  clause: readonly Token[],
): Pick<CollationStatement, "column" | "charset" | "collation"> | null {
  const words = clause.map(({ word }) => word);
  const [first] = words;
  const collation = behind(clause, words.lastIndexOf("COLLATE"));
  const set = words.findIndex((word, index) => word === "SET" && words[index - 1] === "CHARACTER");
  const charset = behind(clause, set === -1 ? words.indexOf("CHARSET") : set);
  if (first === "CONVERT") return { column: null, charset, collation };
  if (first !== "MODIFY" && first !== "CHANGE") return null;
  let at = words[1] === "COLUMN" ? 2 : 1;
  if (words[at] === "IF") at += 2;
  const type = words[at + (first === "CHANGE" ? 2 : 1)] ?? "";
  return TEXT_TYPES.has(type) ? { column: nameOf(clause[at]), charset, collation } : null;
}

/** The name behind a word, `=` left out; null where the word is not there. */
function behind(clause: readonly Token[], at: number): string | null {
  if (at === -1) return null;
  const token = clause[at + 1]?.word === "=" ? clause[at + 2] : clause[at + 1];
  const text = nameOf(token).toLowerCase();
  return token?.kind === "string" ? text.slice(1, -1) : text;
}
