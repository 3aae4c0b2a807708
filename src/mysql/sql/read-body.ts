import { readDataType } from "./data-type.ts";
import type { NamedPart } from "./routine.ts";
import type {
  Branch,
  CursorDeclaration,
  Declaration,
  HandlerDeclaration,
  LocalDeclaration,
  LoopStatement,
  PlainStatement,
  RoutineStatement,
  TokenRange,
} from "./routine-statement.ts";
import type { TokenCursor } from "./token-cursor.ts";

const BRANCH_ENDS = new Set(["ELSEIF", "ELSE", "END"]);
const CASE_ENDS = new Set(["WHEN", "ELSE", "END"]);
const END_ONLY = new Set(["END"]);
const UNTIL_ONLY = new Set(["UNTIL"]);
/** More than any person nests, and less than the stack holds. */
const MAX_DEPTH = 200;

/** Reads a statement of a stored program, up to its `;` or the text's end, which it leaves alone. */
export function readStatement(cursor: TokenCursor, depth = 0): RoutineStatement {
  if (depth > MAX_DEPTH) throw cursor.error(`statements nest deeper than ${MAX_DEPTH}`);
  const start = cursor.peek().start;
  const label = readLabel(cursor);
  switch (cursor.peek().word) {
    case "BEGIN":
      // `BEGIN WORK` would start a transaction; the servers have it outside of routines only.
      return readBlock(cursor, start, label, depth);
    case "LOOP":
    case "WHILE":
    case "REPEAT":
    case "FOR":
      // REPEAT( is the function, but no statement begins with a function.
      return readLoop(cursor, start, label, depth);
    case "IF":
      if (label === null) return readIf(cursor, start, depth);
      break;
    case "CASE":
      if (label === null) return readCase(cursor, start, depth);
      break;
    default:
  }
  if (label !== null) throw cursor.error("a label stands before something that can have none");
  return readPlain(cursor);
}

function readLabel(cursor: TokenCursor): NamedPart | null {
  const { kind } = cursor.peek();
  if ((kind !== "word" && kind !== "name") || cursor.peek(1).word !== ":") return null;
  const label = cursor.name();
  cursor.expect(":");
  return label;
}

/** Goes past the label that may be repeated behind END. */
function skipEndLabel(cursor: TokenCursor, label: NamedPart | null): void {
  if (label === null || cursor.isDone || cursor.isAt(";")) return;
  const { name } = cursor.name();
  if (name.toLowerCase() !== label.name.toLowerCase()) {
    throw cursor.error(`END names another label than ${label.name}`, cursor.previous.start);
  }
}

function readBlock(
  cursor: TokenCursor,
  start: number,
  label: NamedPart | null,
  depth: number,
): RoutineStatement {
  cursor.expect("BEGIN");
  if (cursor.accept("NOT")) cursor.expect("ATOMIC");
  const bodyStart = cursor.previous.end;
  const declarations: Declaration[] = [];
  while (cursor.isAt("DECLARE")) {
    declarations.push(readDeclaration(cursor, depth));
    cursor.expect(";");
  }
  const statements = readStatements(cursor, END_ONLY, depth);
  const endStart = cursor.expect("END").start;
  skipEndLabel(cursor, label);
  const end = cursor.previous.end;
  return { type: "block", start, end, label, declarations, statements, bodyStart, endStart };
}

function readStatements(
  cursor: TokenCursor,
  ends: ReadonlySet<string>,
  depth: number,
): RoutineStatement[] {
  const statements: RoutineStatement[] = [];
  while (!cursor.isAtAny(ends)) {
    statements.push(readStatement(cursor, depth + 1));
    cursor.expect(";");
  }
  return statements;
}

function readLoop(
  cursor: TokenCursor,
  start: number,
  label: NamedPart | null,
  depth: number,
): LoopStatement {
  const loop = cursor.next().word as LoopStatement["loop"];
  let condition: TokenRange | null = null;
  let variable: NamedPart | null = null;
  let statements: RoutineStatement[];
  if (loop === "REPEAT") {
    statements = readStatements(cursor, UNTIL_ONLY, depth);
    cursor.expect("UNTIL");
    condition = readUntil(cursor, "END");
  } else {
    if (loop === "FOR") {
      variable = cursor.name();
      cursor.expect("IN");
    }
    if (loop !== "LOOP") {
      condition = readUntil(cursor, "DO");
      cursor.expect("DO");
    }
    statements = readStatements(cursor, END_ONLY, depth);
  }
  cursor.expect("END", loop);
  skipEndLabel(cursor, label);
  const end = cursor.previous.end;
  return { type: "loop", loop, start, end, label, condition, variable, statements };
}

function readIf(cursor: TokenCursor, start: number, depth: number): RoutineStatement {
  const branches: Branch[] = [];
  cursor.expect("IF");
  do {
    const condition = readUntil(cursor, "THEN");
    cursor.expect("THEN");
    branches.push({ condition, statements: readStatements(cursor, BRANCH_ENDS, depth) });
  } while (cursor.accept("ELSEIF"));
  if (cursor.accept("ELSE")) {
    branches.push({ condition: null, statements: readStatements(cursor, END_ONLY, depth) });
  }
  cursor.expect("END", "IF");
  return { type: "if", start, end: cursor.previous.end, branches };
}

function readCase(cursor: TokenCursor, start: number, depth: number): RoutineStatement {
  cursor.expect("CASE");
  const operand = cursor.isAt("WHEN") ? null : readUntil(cursor, "WHEN");
  const branches: Branch[] = [];
  while (cursor.accept("WHEN")) {
    const condition = readUntil(cursor, "THEN");
    cursor.expect("THEN");
    branches.push({ condition, statements: readStatements(cursor, CASE_ENDS, depth) });
  }
  if (cursor.accept("ELSE")) {
    branches.push({ condition: null, statements: readStatements(cursor, END_ONLY, depth) });
  }
  cursor.expect("END", "CASE");
  return { type: "case", start, end: cursor.previous.end, operand, branches };
}

/** Takes tokens up to a word that stands outside of parentheses and of CASE … END. */
function readUntil(cursor: TokenCursor, word: string): TokenRange {
  const first = cursor.index;
  const start = cursor.peek().start;
  let cases = 0;
  while (cases > 0 || !cursor.isAt(word)) {
    if (cursor.isDone || cursor.isAt(";")) throw cursor.error(`${word} is missing`);
    if (cursor.isAt("(")) {
      cursor.skipParentheses();
      continue;
    }
    // A name behind a dot is no keyword: `t.end`.
    const isName = cursor.previous.word === ".";
    if (!isName && cursor.isAt("CASE")) cases += 1;
    else if (!isName && cursor.isAt("END")) cases -= 1;
    cursor.next();
  }
  if (cursor.index === first) throw cursor.error("an expression is missing");
  return { first, limit: cursor.index, start, end: cursor.previous.end };
}

/** Takes tokens up to the `;` or the end. */
function readPlain(cursor: TokenCursor): PlainStatement {
  const range = readRange(cursor);
  // A statement begins with a keyword or a bracket; MariaDB's assignments `x := 1` are of Oracle's dialect.
  const head = cursor.source.slice(range.start, range.end);
  const verb = /^\w+/.exec(head)?.[0].toUpperCase() ?? head.charAt(0);
  if (!/^[A-Z(]/.test(verb)) throw cursor.error("a statement is missing", range.start);
  return { type: "plain", verb, ...range };
}

function readRange(cursor: TokenCursor): TokenRange {
  const first = cursor.index;
  const start = cursor.peek().start;
  let depth = 0;
  while (!cursor.isDone && !cursor.isAt(";")) {
    const { word } = cursor.next();
    if (word === "(") depth += 1;
    else if (word === ")") depth -= 1;
    if (depth < 0) throw cursor.error("a parenthesis closes nothing", cursor.previous.start);
  }
  if (depth > 0) throw cursor.error("a parenthesis is not closed");
  if (cursor.index === first) throw cursor.error("a statement is missing");
  return { first, limit: cursor.index, start, end: cursor.previous.end };
}

function readDeclaration(cursor: TokenCursor, depth: number): Declaration {
  const { start } = cursor.expect("DECLARE");
  const action = cursor.peek().word;
  if (cursor.peek(1).word === "HANDLER" && ["CONTINUE", "EXIT", "UNDO"].includes(action)) {
    cursor.next();
    return readHandler(cursor, start, action, depth);
  }
  const name = cursor.name();
  if (cursor.accept("CONDITION")) {
    cursor.expect("FOR");
    readConditionValue(cursor);
    return { type: "condition", start, end: cursor.previous.end, name };
  }
  if (cursor.accept("CURSOR")) return readCursor(cursor, start, name);
  return readLocals(cursor, start, name);
}

function readHandler(
  cursor: TokenCursor,
  start: number,
  action: string,
  depth: number,
): HandlerDeclaration {
  cursor.expect("HANDLER", "FOR");
  const conditions: string[] = [];
  do {
    conditions.push(readConditionValue(cursor));
  } while (cursor.accept(","));
  const body = readStatement(cursor, depth + 1);
  return { type: "handler", start, end: cursor.previous.end, action, conditions, body };
}

function readConditionValue(cursor: TokenCursor): string {
  if (cursor.accept("NOT", "FOUND")) return "NOT FOUND";
  if (!cursor.accept("SQLSTATE")) return cursor.next().text.toUpperCase();
  cursor.accept("VALUE");
  return `SQLSTATE ${cursor.next().text}`;
}

function readCursor(cursor: TokenCursor, start: number, name: NamedPart): CursorDeclaration {
  const parameters: CursorDeclaration["parameters"][number][] = [];
  if (cursor.accept("(")) {
    do {
      const parameter = cursor.name();
      parameters.push({ ...parameter, type: readDataType(cursor) });
    } while (cursor.accept(","));
    cursor.expect(")");
  }
  cursor.expect("FOR");
  const query = readRange(cursor);
  return { type: "cursor", start, end: query.end, name, parameters, query };
}

function readLocals(cursor: TokenCursor, start: number, first: NamedPart): LocalDeclaration {
  const names = [first];
  while (cursor.accept(",")) names.push(cursor.name());
  const dataType = readDataType(cursor);
  let initial: TokenRange | null = null;
  if (cursor.accept("DEFAULT") || cursor.accept(":=")) initial = readRange(cursor);
  if (!cursor.isAt(";")) throw cursor.error("a declaration has more than a type and a default");
  return { type: "local", start, end: cursor.previous.end, names, dataType, initial };
}
