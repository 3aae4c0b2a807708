import { type DataType, readDataType } from "../sql/data-type.ts";
import { unquoteIdentifier } from "../sql/identifier.ts";
import { DEFAULT_SQL_MODE } from "../sql/sql-mode.ts";
import { isBlank, type Span, type Token } from "../sql/token.ts";
import { TokenCursor } from "../sql/token-cursor.ts";
import { tokenize } from "../sql/tokenize.ts";

/** A column of a table, as SHOW CREATE TABLE writes it. */
export interface ColumnDefinition {
  /** Its name. */
  readonly name: string;
  /** The whole definition, as MODIFY takes it: `` `a` varchar(20) NOT NULL ``. */
  readonly text: string;
  /** The definition without CHARACTER SET and COLLATE: under the table's default collation. */
  readonly bare: string;
  /** Whether its collation is the table's default and no word of its own. */
  readonly isInherited: boolean;
  /** Whether it holds texts. */
  readonly isCharacter: boolean;
}

/**
 * Reads the columns out of SHOW CREATE TABLE.
 *
 * @throws {@link MysqlError} `DDL_UNREADABLE` for a type that cannot be read.
 */
export function readColumnDefinitions(ddl: string): readonly ColumnDefinition[] {
  const tokens = tokenize(ddl, DEFAULT_SQL_MODE).filter((token) => !isBlank(token));
  return entries(tokens).flatMap(({ first, limit }) => {
    const name = tokens[first];
    // Keys, constraints and checks begin with a word; every name is quoted.
    if (name?.kind !== "name") return [];
    const cursor = new TokenCursor(ddl, tokens, first + 1, limit);
    const type = readDataType(cursor);
    const start = name.start;
    const end = tokens[limit - 1]?.end ?? start;
    const spans = clauses(type);
    return [
      {
        name: unquoteIdentifier(name.text),
        text: ddl.slice(start, end),
        bare: without(ddl, { start, end }, spans),
        // MySQL writes COLLATE alone where the column inherits what is no default of its character set.
        isInherited: type.charset === null,
        isCharacter: type.isCharacter,
      },
    ];
  });
}

/** The parts between the outermost parentheses, separated by commas, as ranges of tokens. */
function entries(
  tokens: readonly Token[],
): readonly { readonly first: number; readonly limit: number }[] {
  const found: { first: number; limit: number }[] = [];
  let depth = 0;
  let first = 0;
  for (const [index, { word }] of tokens.entries()) {
    if (word === "(") {
      depth += 1;
      if (depth === 1) first = index + 1;
    } else if (word === ")") {
      depth -= 1;
      if (depth > 0) continue;
      found.push({ first, limit: index });
      break;
    } else if (word === "," && depth === 1) {
      found.push({ first, limit: index });
      first = index + 1;
    }
  }
  return found;
}

function clauses({ charset, collation }: DataType): readonly Span[] {
  return [charset, collation].flatMap((clause) =>
    clause === null ? [] : [{ start: clause.clauseStart, end: clause.end }],
  );
}

function without(ddl: string, { start, end }: Span, spans: readonly Span[]): string {
  let text = "";
  let at = start;
  for (const span of spans) {
    text += ddl.slice(at, span.start).trimEnd();
    at = span.end;
  }
  return text + ddl.slice(at, end);
}
