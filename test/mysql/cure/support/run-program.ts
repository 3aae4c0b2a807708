import type { StoredProgram } from "../../../../src/mysql/catalog/stored-program.ts";
import type { MysqlConnection, Row } from "../../../../src/mysql/connection.ts";
import type { DataType } from "../../../../src/mysql/sql/data-type.ts";
import { enumMembers } from "../../../../src/mysql/sql/enum-members.ts";
import { quoteIdentifier, quoteQualified } from "../../../../src/mysql/sql/identifier.ts";
import { parseRoutine } from "../../../../src/mysql/sql/parse-routine.ts";
import type { Routine, RoutineParameter } from "../../../../src/mysql/sql/routine.ts";
import { DEFAULT_SQL_MODE, parseSqlMode } from "../../../../src/mysql/sql/sql-mode.ts";

/** ER_PARSE_ERROR. */
const NO_SQL = 1064;

/** Everything that a caller can see of a call, and what it left in the tables. */
export interface Outcome {
  /** The server's error; null for none. The rest is empty then. */
  readonly errno: number | null;
  /** Result sets with their column names. */
  readonly sets: readonly (readonly Row[])[];
  /** ROW_COUNT() behind the call. */
  readonly rowCount: string;
  /** OUT and INOUT parameters. */
  readonly outs: readonly unknown[];
  /** The rows of the tables that are asked for. */
  readonly tables: readonly unknown[];
}

/** How a program is run. */
export interface RunOptions {
  /** Gives an argument; null for NULL. */
  readonly argument: (parameter: RoutineParameter) => string | number | null;
  /** Tables whose rows are part of the outcome. */
  readonly tables?: readonly string[];
}

/** The parts of a program. */
export function routineOf({ ddl, sqlMode }: StoredProgram): Routine {
  return parseRoutine(ddl, parseSqlMode(sqlMode));
}

/**
 * Runs a program in a transaction that is rolled back: calls a procedure or function, writes for a trigger, and runs the body
 * of an event as a procedure. The session is as good as new only if it is closed afterwards.
 */
export async function runProgram(
  session: MysqlConnection,
  program: StoredProgram,
  { argument, tables = [] }: RunOptions,
): Promise<Outcome> {
  const routine = routineOf(program);
  await session.query(`USE ${quoteIdentifier(program.schema)}`);
  const { rows } = await session.execute<{ mode: string }>("SELECT @@session.sql_mode AS mode");
  if (program.kind === "event") {
    await session.execute("SET SESSION sql_mode = ?", [program.sqlMode]);
    await session.query("DROP PROCEDURE IF EXISTS corpus_event");
    await session.query(
      `CREATE PROCEDURE corpus_event() ${program.ddl.slice(routine.body.start, routine.body.end)}`,
    );
    await session.execute("SET SESSION sql_mode = ?", [rows[0]?.mode ?? ""]);
  }
  await session.query("START TRANSACTION");
  try {
    const { sets, outs } = await call(session, program, routine, argument);
    const count = await session.query<{ n: string }>("SELECT CAST(ROW_COUNT() AS CHAR) AS n");
    const contents: unknown[] = [];
    for (const table of tables) {
      contents.push((await session.query(`SELECT * FROM ${table} ORDER BY 1`)).rows);
    }
    return { errno: null, sets, rowCount: count.rows[0]?.n ?? "", outs, tables: contents };
  } catch (error) {
    const { errno } = error as Error & { errno?: number | null };
    if (errno === undefined || errno === null) throw error;
    return { errno, sets: [], rowCount: "", outs: [], tables: [] };
  } finally {
    await session.query("ROLLBACK");
    if (program.kind === "event") await session.query("DROP PROCEDURE corpus_event");
  }
}

async function call(
  session: MysqlConnection,
  program: StoredProgram,
  routine: Routine,
  argument: RunOptions["argument"],
): Promise<Pick<Outcome, "sets" | "outs">> {
  const name = quoteQualified(program.schema, program.name);
  const { parameters } = routine;
  const values = parameters.filter(({ mode }) => mode === "IN").map(argument);
  const places = parameters.map(({ mode }, index) => (mode === "IN" ? "?" : `@out_${index}`));
  switch (program.kind) {
    case "procedure": {
      const { sets } = await session.execute(`CALL ${name}(${places.join(", ")})`, values);
      const outs = places.filter((place) => place !== "?");
      if (outs.length === 0) return { sets, outs: [] };
      const { rows } = await session.query(`SELECT ${outs.join(", ")}`);
      return { sets, outs: rows };
    }
    case "function":
      return {
        sets: (await session.execute(`SELECT ${name}(${places.join(", ")}) AS result`, values))
          .sets,
        outs: [],
      };
    case "trigger": {
      const parameter = { mode: "IN", type: { isCharacter: true } } as RoutineParameter;
      const text = argument(parameter);
      const { event = "", table = "" } = routine.trigger ?? {};
      const statement =
        event === "UPDATE"
          ? `UPDATE ${table} SET symbol = COALESCE(?, symbol)`
          : `INSERT INTO ${table} (what) VALUES (?)`;
      await session.execute(statement, [text]);
      return { sets: [], outs: [] };
    }
    case "event":
      return { sets: (await session.query("CALL corpus_event()")).sets, outs: [] };
  }
}

/**
 * Whether a call of SQL that is joined does on purpose something else once it is cured: quotes and backslashes are data then,
 * and a NULL no longer makes a text that is no SQL.
 *
 * @param call - The program's name, and its arguments as JSON behind a parenthesis.
 */
export function isMeant(call: string, original: Outcome): boolean {
  const [name = "", ...rest] = call.split("(");
  if (!/^(?:joined|branch|closed|nbe_(?:doubled|quote)|ansi_joined|immediately)/.test(name))
    return false;
  const values = rest.join("(");
  return /['\\]/.test(values) || (values.includes("null") && original.errno === NO_SQL);
}

/** A member of an ENUM. */
export function memberOf({ length }: DataType, index: number): string {
  const members = enumMembers(length ?? "", DEFAULT_SQL_MODE);
  return members[index % members.length] ?? "";
}

/** A harmless argument of each type. */
export function harmless({ type }: RoutineParameter): string | number {
  if (type.name === "JSON") return '[{"s": "S7"}]';
  if (type.name === "DATE" || type.name === "DATETIME") return "2030-01-01";
  if (type.name === "ENUM") return memberOf(type, 0);
  if (type.isCharacter || type.name === "TYPE OF") return type.length === "1" ? "!" : "S7";
  return 7;
}
