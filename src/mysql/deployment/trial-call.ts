import { readFlavour } from "../catalog/server-info.ts";
import type { MysqlConnection } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteIdentifier, quoteQualified } from "../sql/identifier.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { Routine } from "../sql/routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import type { ShardSession, Trial } from "./change.ts";
import { type ProgramState, readProgramState } from "./program-state.ts";

/**
 * How a routine is tried. `write`: in a transaction that is rolled back, if its text shows that a rollback takes back all
 * that it can do; else as `read`: in a READ ONLY transaction, in which the server refuses every lasting write. `none`: not.
 */
export type TrialMode = "write" | "read" | "none";

/** What ends a transaction, works outside of one, or does who knows what. */
const NOT_UNDOABLE = new Set(
  (
    "COMMIT ROLLBACK START XA CREATE ALTER DROP TRUNCATE RENAME LOCK UNLOCK GRANT REVOKE LOAD PREPARE EXECUTE CALL " +
    "ANALYZE OPTIMIZE REPAIR CHECK FLUSH RESET KILL SHUTDOWN INSTALL UNINSTALL HANDLER OUTFILE DUMPFILE GLOBAL PERSIST " +
    "AUTOCOMMIT PASSWORD SLEEP BENCHMARK GET_LOCK RELEASE_LOCK RELEASE_ALL_LOCKS MASTER_POS_WAIT SQL_LOG_BIN"
  ).split(" "),
);

const WRITES = new Set(["INSERT", "UPDATE", "DELETE", "REPLACE"]);

/** Timeouts and deadlocks say nothing about the routine. */
const INCONCLUSIVE = new Set([1205, 1213, 1317, 1969, 3024]);

/**
 * Errors of a text that cannot run, whatever it is called with: syntax, collations, and names of columns, tables, routines,
 * statements and character sets that do not exist.
 */
const BROKEN = new Set([
  1054, 1064, 1115, 1146, 1210, 1235, 1243, 1253, 1267, 1270, 1271, 1273, 1295, 1305, 1318, 1336,
]);

/** Seconds that a trial may wait for a row's or a table's lock, or run. */
const LIMIT_S = 5;

/**
 * Calls a procedure or function with NULL for every argument, in a session of its own, and takes it back.
 *
 * NULL is enough to find what a rewrite can break: collations are settled when a statement is prepared, before a value is
 * looked at.
 */
export async function trialCall(
  at: ShardSession,
  program: ProgramState,
  mode: "write" | "read",
): Promise<Trial> {
  if (program.kind !== "procedure" && program.kind !== "function") {
    return { ending: "not tried", isGood: true, isBroken: false };
  }
  const state = await readProgramState(at.session, program);
  if (state === null) return { ending: "missing", isGood: false, isBroken: true };
  const routine = parseRoutine(state.ddl, parseSqlMode(state.sqlMode));
  const isReadOnly = mode === "read" || !(await isUndoable(at.session, routine, state.schema));
  try {
    await at.shard.pool.session(async (session) => {
      await prepare(session, state.schema, isReadOnly);
      await session.query(`START TRANSACTION ${isReadOnly ? "READ ONLY" : ""}`);
      try {
        await call(session, routine, state);
      } finally {
        await session.query("ROLLBACK");
      }
    }, "close");
    return { ending: "no error", isGood: true, isBroken: false };
  } catch (error) {
    if (!(error instanceof MysqlError) || error.errno === null) throw error;
    const { errno } = error;
    if (INCONCLUSIVE.has(errno)) return { ending: "a timeout", isGood: true, isBroken: false };
    return { ending: `error ${errno}`, isGood: false, isBroken: BROKEN.has(errno) };
  }
}

async function prepare(
  session: MysqlConnection,
  schema: string,
  isReadOnly: boolean,
): Promise<void> {
  await session.query(`USE ${quoteIdentifier(schema)}`);
  await session.query(`SET SESSION lock_wait_timeout = ${LIMIT_S}`);
  await session.query(`SET SESSION innodb_lock_wait_timeout = ${LIMIT_S}`);
  await session.query(
    (await readFlavour(session)) === "mariadb"
      ? `SET SESSION max_statement_time = ${LIMIT_S}`
      : `SET SESSION max_execution_time = ${LIMIT_S * 1000}`,
  );
  // For the session, so that a routine that commits does not go on in a transaction that writes.
  if (isReadOnly) await session.query("SET SESSION TRANSACTION READ ONLY");
}

async function call(
  session: MysqlConnection,
  routine: Routine,
  { kind, schema, name }: ProgramState,
): Promise<void> {
  const target = quoteQualified(schema, name);
  const places = routine.parameters.map((parameter, index) =>
    parameter.mode === "IN" ? "NULL" : `@orderly_trial_${index}`,
  );
  const call = `${target}(${places.join(", ")})`;
  await session.query(kind === "procedure" ? `CALL ${call}` : `SELECT ${call}`);
}

/**
 * Whether a rollback takes back everything: no statement that commits, calls or assembles others, and no table of another
 * engine within reach. A routine that writes and takes no argument may mean the whole table: it is not run.
 */
async function isUndoable(
  session: MysqlConnection,
  routine: Routine,
  schema: string,
): Promise<boolean> {
  const { end } = routine.characteristics;
  const words = routine.tokens.filter(({ start }) => start >= end).map(({ word }) => word);
  if (words.some((word) => NOT_UNDOABLE.has(word))) return false;
  if (!words.some((word) => WRITES.has(word))) return true;
  if (routine.parameters.length === 0) return false;
  // A statement can name tables of other databases, and so can the triggers of any.
  const { rows } = await session.execute<{ n: string }>(
    `SELECT CAST(COUNT(*) AS CHAR) AS n FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'
      AND ENGINE <> 'InnoDB' AND (TABLE_SCHEMA = ? OR TABLE_SCHEMA NOT IN
        ('mysql', 'sys', 'information_schema', 'performance_schema'))`,
    [schema],
  );
  return rows[0]?.n === "0";
}
