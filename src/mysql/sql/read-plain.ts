import type { Expression } from "./expression.ts";
import type {
  Assignment,
  CallStatement,
  InsertStatement,
  PlainSql,
  PreparedStatement,
} from "./plain-sql.ts";
import type { CommonTable, FromClause, Query } from "./query.ts";
import { readCreateTable } from "./read-create-table.ts";
import { ExpressionReader } from "./read-expression.ts";
import { readFrom } from "./read-from.ts";
import { isQueryAhead, readAlias, readTable } from "./read-names.ts";
import { readCommonTables, readLimit, readQuery } from "./read-query.ts";
import type { Routine } from "./routine.ts";
import type { TokenRange } from "./routine-statement.ts";
import { TokenCursor } from "./token-cursor.ts";

/** Statements in which nothing is compared, or what they compare cannot be a routine's. */
const INERT = new Set(
  (
    "LEAVE ITERATE COMMIT ROLLBACK START SAVEPOINT RELEASE BEGIN GET LOCK UNLOCK TRUNCATE DROP FLUSH ANALYZE OPTIMIZE RESET " +
    "GRANT REVOKE NULL"
  ).split(" "),
);
/** Modifiers behind the verb of a write. */
const MODIFIERS = new Set(["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "QUICK"]);
const BARE_WORDS = new Set(["ON", "DEFAULT", "ALL", "BINARY"]);
const SCOPES = new Set(["GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY"]);

/**
 * Reads a plain statement of a routine.
 *
 * @throws {@link MysqlError} with `DDL_UNREADABLE` where anything in it cannot be placed.
 */
export function readPlain(routine: Routine, range: TokenRange): PlainSql {
  const reader = readerOf(routine, range);
  const statement = readStatement(reader);
  if (!reader.cursor.isDone) throw reader.cursor.error("a statement goes on where it should end");
  return statement;
}

/** Reads an expression of a routine: a condition, a default. */
export function readExpression(routine: Routine, range: TokenRange): Expression {
  const reader = readerOf(routine, range);
  const expression = reader.read();
  if (!reader.cursor.isDone) throw reader.cursor.error("an expression goes on where it should end");
  return expression;
}

/** Reads a cursor's query. */
export function readCursorQuery(routine: Routine, range: TokenRange): Query {
  const reader = readerOf(routine, range);
  const query = readQuery(reader);
  if (!reader.cursor.isDone) throw reader.cursor.error("a query goes on where it should end");
  return query;
}

function readerOf(
  { source, tokens, mode }: Routine,
  { first, limit }: TokenRange,
): ExpressionReader {
  return new ExpressionReader(new TokenCursor(source, tokens, first, limit), mode, readQuery);
}

function readStatement(reader: ExpressionReader): PlainSql {
  const { cursor } = reader;
  if (isQueryAhead(cursor) && !cursor.isAt("WITH"))
    return { type: "query", query: readQuery(reader) };
  const verb = cursor.peek().word;
  switch (verb) {
    case "WITH":
      return readWith(reader);
    case "INSERT":
    case "REPLACE":
      return readInsert(reader);
    case "UPDATE":
      return readUpdate(reader, []);
    case "DELETE":
      return readDelete(reader, []);
    case "SET":
      return readSet(reader);
    case "RETURN":
      cursor.next();
      return { type: "return", values: [reader.read()] };
    case "DO":
    case "KILL":
      cursor.next();
      return { type: "evaluate", values: reader.list() };
    case "SIGNAL":
    case "RESIGNAL":
      return readSignal(reader);
    case "CALL":
      return readCallStatement(reader);
    case "FETCH":
      return readFetch(reader);
    case "OPEN":
    case "CLOSE":
      return readOpenClose(reader);
    case "PREPARE":
    case "EXECUTE":
    case "DEALLOCATE":
      return readPrepared(reader);
    case "CREATE":
      return readCreateTable(reader);
    default:
  }
  if (!INERT.has(verb)) throw cursor.error(`a statement of ${verb} is not read`);
  if (verb === "DROP" && cursor.peek(1).word === "PREPARE") return readPrepared(reader);
  while (!cursor.isDone) cursor.next();
  return { type: "inert", verb };
}

function readWith(reader: ExpressionReader): PlainSql {
  const { cursor } = reader;
  const before = cursor.index;
  cursor.expect("WITH");
  const ctes = readCommonTables(reader);
  if (cursor.isAt("UPDATE")) return readUpdate(reader, ctes);
  if (cursor.isAt("DELETE")) return readDelete(reader, ctes);
  cursor.index = before;
  return { type: "query", query: readQuery(reader) };
}

function readAssignments(reader: ExpressionReader): Assignment[] {
  const { cursor } = reader;
  const assignments: Assignment[] = [];
  do {
    const target = reader.read(ASSIGNED);
    if (!cursor.accept("=")) cursor.expect(":=");
    assignments.push({ target, value: reader.read() });
  } while (cursor.accept(","));
  return assignments;
}

/** Tighter than any comparison, so that a target ends before its `=`. */
const ASSIGNED = 16;

function skipModifiers(reader: ExpressionReader): void {
  while (reader.cursor.isAtAny(MODIFIERS)) reader.cursor.next();
}

function readInsert(reader: ExpressionReader): InsertStatement {
  const { cursor } = reader;
  cursor.next();
  skipModifiers(reader);
  cursor.accept("INTO");
  const table = readTable(reader);
  let columns: string[] | null = null;
  const isList = cursor.isAt("(") && !isQueryAhead(cursor);
  if (isList) columns = cursor.peek(1).word === ")" ? readEmpty(reader) : readColumnNames(reader);
  const rows: (readonly Expression[])[] = [];
  let set: Assignment[] = [];
  let query: Query | null = null;
  if (cursor.accept("VALUES") || cursor.accept("VALUE")) {
    do {
      cursor.accept("ROW");
      cursor.expect("(");
      if (cursor.accept(")")) rows.push([]);
      else {
        rows.push(reader.list());
        cursor.expect(")");
      }
    } while (cursor.accept(","));
  } else if (cursor.accept("SET")) {
    set = readAssignments(reader);
  } else {
    query = readQuery(reader);
  }
  const rowAlias = cursor.accept("AS") ? cursor.name().name : null;
  if (rowAlias !== null && cursor.isAt("("))
    throw cursor.error("names for a new row's columns are not read");
  const onDuplicate = cursor.accept("ON", "DUPLICATE", "KEY", "UPDATE")
    ? readAssignments(reader)
    : [];
  const returning = readReturning(reader);
  return { type: "insert", table, columns, rows, set, query, onDuplicate, returning, rowAlias };
}

function readEmpty({ cursor }: ExpressionReader): string[] {
  cursor.expect("(", ")");
  return [];
}

/** Columns of INSERT, which may be qualified. */
function readColumnNames({ cursor }: ExpressionReader): string[] {
  const names: string[] = [];
  cursor.expect("(");
  do {
    let { name } = cursor.name();
    while (cursor.accept(".")) name = cursor.name().name;
    names.push(name);
  } while (cursor.accept(","));
  cursor.expect(")");
  return names;
}

function readReturning(reader: ExpressionReader): Expression[] {
  const values: Expression[] = [];
  if (!reader.cursor.accept("RETURNING")) return values;
  do {
    values.push(reader.read());
    readAlias(reader);
  } while (reader.cursor.accept(","));
  return values;
}

function readUpdate(reader: ExpressionReader, ctes: readonly CommonTable[]): PlainSql {
  const { cursor } = reader;
  cursor.expect("UPDATE");
  skipModifiers(reader);
  const from = readFrom(reader);
  cursor.expect("SET");
  const set = readAssignments(reader);
  const where = cursor.accept("WHERE") ? reader.read() : null;
  const ordering = cursor.accept("ORDER", "BY") ? reader.ordering() : [];
  return { type: "update", ctes, from, set, where, rest: [...ordering, ...readLimit(reader)] };
}

function readDelete(reader: ExpressionReader, ctes: readonly CommonTable[]): PlainSql {
  const { cursor } = reader;
  cursor.expect("DELETE");
  skipModifiers(reader);
  let from: FromClause;
  if (cursor.accept("FROM")) {
    from = readFrom(reader);
    // DELETE FROM a, b USING …: what was read names targets only.
    if (cursor.accept("USING")) from = readFrom(reader);
  } else {
    // DELETE a, b.* FROM …
    do {
      cursor.name();
      while (cursor.accept(".")) if (!cursor.accept("*")) cursor.name();
    } while (cursor.accept(","));
    cursor.expect("FROM");
    from = readFrom(reader);
  }
  const where = cursor.accept("WHERE") ? reader.read() : null;
  const ordering = cursor.accept("ORDER", "BY") ? reader.ordering() : [];
  const rest = [...ordering, ...readLimit(reader), ...readReturning(reader)];
  return { type: "delete", ctes, from, where, rest };
}

function readSet(reader: ExpressionReader): PlainSql {
  const { cursor } = reader;
  cursor.expect("SET");
  const isOther = [
    "TRANSACTION",
    "PASSWORD",
    "ROLE",
    "NAMES",
    "CHARACTER",
    "CHARSET",
    "DEFAULT",
    "STATEMENT",
    "RESOURCE",
  ];
  const head = cursor.isAtAny(SCOPES) ? cursor.peek(1).word : cursor.peek().word;
  if (isOther.includes(head) && cursor.peek(1).word !== "=" && cursor.peek(1).word !== ":=") {
    if (head === "NAMES" || head === "CHARACTER" || head === "CHARSET" || head === "STATEMENT") {
      throw cursor.error(`SET ${head} changes what follows`);
    }
    while (!cursor.isDone) cursor.next();
    return { type: "inert", verb: "SET" };
  }
  const assignments: Assignment[] = [];
  do {
    const isSystem = cursor.isAtAny(SCOPES) && cursor.peek(1).kind === "word";
    if (isSystem) cursor.next();
    const read = readTarget(reader);
    const target: Expression = isSystem ? { ...read, type: "system-variable", name: "" } : read;
    if (!cursor.accept("=")) cursor.expect(":=");
    // A system variable takes bare words.
    const isBare =
      cursor.isAtAny(BARE_WORDS) && (cursor.peek(1).text === "" || cursor.peek(1).word === ",");
    assignments.push({ target, value: isBare ? readBare(reader) : reader.read() });
  } while (cursor.accept(","));
  return { type: "set", assignments };
}

/** A target is a variable or a name; `@v` must not take `:=` into itself. */
function readTarget(reader: ExpressionReader): Expression {
  const { cursor } = reader;
  if (cursor.peek().kind === "user-variable" && cursor.peek(1).word === ":=") {
    const limited = new ExpressionReader(
      new TokenCursor(cursor.source, [cursor.next()]),
      reader.mode,
      readQuery,
    );
    return limited.read();
  }
  return reader.read(ASSIGNED);
}

function readBare({ cursor }: ExpressionReader): Expression {
  const { start, end, text } = cursor.next();
  return { type: "literal", kind: "null", introducer: null, value: text, start, end };
}

function readSignal(reader: ExpressionReader): PlainSql {
  const { cursor } = reader;
  cursor.next();
  if (cursor.accept("SQLSTATE")) {
    cursor.accept("VALUE");
    cursor.next();
  } else if (!cursor.isAt("SET") && !cursor.isDone) {
    cursor.name();
  }
  const values = cursor.accept("SET") ? readAssignments(reader).map(({ value }) => value) : [];
  return { type: "evaluate", values };
}

function readCallStatement(reader: ExpressionReader): CallStatement {
  const { cursor } = reader;
  cursor.expect("CALL");
  const first = cursor.name();
  const second = cursor.accept(".") ? cursor.name() : null;
  let args: Expression[] = [];
  if (cursor.accept("(") && !cursor.accept(")")) {
    args = reader.list();
    cursor.expect(")");
  }
  return {
    type: "call",
    schema: second === null ? null : first.name,
    name: (second ?? first).name,
    args,
  };
}

function readFetch(reader: ExpressionReader): PlainSql {
  const { cursor } = reader;
  cursor.expect("FETCH");
  if (cursor.accept("NEXT")) cursor.expect("FROM");
  else cursor.accept("FROM");
  const { name } = cursor.name();
  cursor.expect("INTO");
  return { type: "fetch", cursor: name, values: reader.list() };
}

function readOpenClose(reader: ExpressionReader): PlainSql {
  const { cursor } = reader;
  const type = cursor.next().word === "OPEN" ? "open" : "close";
  const { name } = cursor.name();
  let values: Expression[] = [];
  if (cursor.accept("(") && !cursor.accept(")")) {
    values = reader.list();
    cursor.expect(")");
  }
  return { type, cursor: name, values };
}

function readPrepared(reader: ExpressionReader): PreparedStatement {
  const { cursor } = reader;
  const verb = cursor.next().word;
  if (verb === "DEALLOCATE" || verb === "DROP") {
    cursor.expect("PREPARE");
    return { type: "deallocate", name: cursor.name().name, text: null, using: [] };
  }
  if (verb === "PREPARE") {
    const { name } = cursor.name();
    cursor.expect("FROM");
    return { type: "prepare", name, text: reader.read(), using: [] };
  }
  const made = cursor.accept("IMMEDIATE")
    ? ({ type: "execute-immediate", name: "", text: reader.read() } as const)
    : ({ type: "execute", name: cursor.name().name, text: null } as const);
  return { ...made, using: cursor.accept("USING") ? reader.list() : [] };
}
