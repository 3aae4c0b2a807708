import { readDataType } from "./data-type.ts";
import { readStatement } from "./read-body.ts";
import type {
  NamedPart,
  Routine,
  RoutineKind,
  RoutineParameter,
  TriggerTarget,
} from "./routine.ts";
import type { SqlMode } from "./sql-mode.ts";
import { isBlank, type Span } from "./token.ts";
import { TokenCursor } from "./token-cursor.ts";
import { tokenize } from "./tokenize.ts";
import { unreadable } from "./unreadable.ts";

/**
 * Reads one CREATE of a stored program, as a script or SHOW CREATE gives it, without a delimiter behind it.
 *
 * Statements keep their tokens and are not looked into here: what is no control flow is never refused.
 *
 * @param mode - The modes stored with it.
 * @throws {@link MysqlError} with `DDL_UNREADABLE` for what cannot be placed with certainty: broken text, version comments
 *   (what they mean depends on the server), MariaDB's packages and Oracle mode, an aggregate or loadable function.
 */
export function parseRoutine(source: string, mode: SqlMode): Routine {
  if (mode.oracle) throw unreadable(source, 0, "the sql_mode ORACLE is another language");
  const tokens = tokenize(source, mode).filter((token) => !isBlank(token));
  for (const token of tokens) {
    if (token.kind === "unplaced") {
      throw unreadable(
        source,
        token.start,
        "a string, name or comment does not end, or a character has no meaning",
      );
    }
    if (token.kind === "version-open") {
      throw unreadable(
        source,
        token.start,
        "a version comment means different things to different servers",
      );
    }
  }
  const cursor = new TokenCursor(source, tokens);
  cursor.expect("CREATE");
  if (cursor.accept("OR")) cursor.expect("REPLACE");
  const definer = readDefiner(cursor);
  const kind = readKind(cursor);
  if (cursor.accept("IF")) cursor.expect("NOT", "EXISTS");
  const { schema, name, span } = readQualified(cursor);

  const parameters = kind === "procedure" || kind === "function" ? readParameters(cursor) : [];
  if (kind === "function") cursor.expect("RETURNS");
  const returns = kind === "function" ? readDataType(cursor) : null;
  const characteristicsAt = cursor.previous.end;
  const trigger = kind === "trigger" ? readTriggerTarget(cursor) : null;
  if (kind === "event") skipSchedule(cursor);
  else if (kind !== "trigger") skipCharacteristics(cursor);
  const characteristics = { start: characteristicsAt, end: cursor.previous.end };

  const body = readStatement(cursor);
  cursor.accept(";");
  if (!cursor.isDone) throw cursor.error("something follows the routine's body");
  return {
    source,
    mode,
    kind,
    tokens,
    definer,
    schema,
    name,
    nameSpan: span,
    parameters,
    returns,
    characteristics,
    trigger,
    body,
  };
}

function readDefiner(cursor: TokenCursor): Span | null {
  if (!cursor.isAt("DEFINER")) return null;
  const { start } = cursor.expect("DEFINER");
  cursor.expect("=");
  cursor.next();
  if (cursor.peek().kind === "user-variable") cursor.next();
  else if (cursor.isAt("(")) cursor.skipParentheses();
  return { start, end: cursor.previous.end };
}

function readKind(cursor: TokenCursor): RoutineKind {
  for (const kind of ["procedure", "function", "trigger", "event"] as const) {
    if (cursor.accept(kind.toUpperCase())) return kind;
  }
  throw cursor.error("PROCEDURE, FUNCTION, TRIGGER or EVENT is missing");
}

function readQualified(cursor: TokenCursor): NamedPart & { readonly schema: string | null } {
  const first = cursor.name();
  if (!cursor.accept(".")) return { ...first, schema: null };
  const second = cursor.name();
  const span = { start: first.span.start, end: second.span.end };
  return { schema: first.name, name: second.name, span };
}

function readParameters(cursor: TokenCursor): RoutineParameter[] {
  const parameters: RoutineParameter[] = [];
  cursor.expect("(");
  if (cursor.accept(")")) return parameters;
  do {
    let mode: RoutineParameter["mode"] = "IN";
    for (const candidate of ["IN", "OUT", "INOUT"] as const) {
      if (cursor.accept(candidate)) {
        mode = candidate;
        break;
      }
    }
    const { name, span } = cursor.name();
    parameters.push({ mode, name, span, type: readDataType(cursor) });
    if (cursor.isAt("DEFAULT")) throw cursor.error("a parameter has a default value");
  } while (cursor.accept(","));
  cursor.expect(")");
  return parameters;
}

function readTriggerTarget(cursor: TokenCursor): TriggerTarget {
  const timing = cursor.next().word;
  const event = cursor.next().word;
  if (!["BEFORE", "AFTER"].includes(timing) || !["INSERT", "UPDATE", "DELETE"].includes(event)) {
    throw cursor.error("a trigger's timing or event is missing", cursor.previous.start);
  }
  cursor.expect("ON");
  const { schema, name } = readQualified(cursor);
  cursor.expect("FOR", "EACH", "ROW");
  if (cursor.accept("FOLLOWS") || cursor.accept("PRECEDES")) cursor.name();
  return { timing, event, schema, table: name };
}

function skipSchedule(cursor: TokenCursor): void {
  cursor.expect("ON", "SCHEDULE");
  // The schedule's expressions hold no DO outside of parentheses.
  while (!cursor.isAt("DO")) {
    if (cursor.isAt("(")) cursor.skipParentheses();
    else cursor.next();
  }
  cursor.expect("DO");
}

function skipCharacteristics(cursor: TokenCursor): void {
  for (;;) {
    if (cursor.accept("COMMENT") || cursor.accept("LANGUAGE")) cursor.next();
    else if (cursor.accept("SQL", "SECURITY")) cursor.next();
    else if (
      !cursor.accept("NOT", "DETERMINISTIC") &&
      !cursor.accept("DETERMINISTIC") &&
      !cursor.accept("CONTAINS", "SQL") &&
      !cursor.accept("NO", "SQL") &&
      !cursor.accept("READS", "SQL", "DATA") &&
      !cursor.accept("MODIFIES", "SQL", "DATA")
    ) {
      return;
    }
  }
}
