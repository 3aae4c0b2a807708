import type { MysqlConnection, MysqlPool, Row } from "../../../../src/mysql/connection.ts";
import {
  type ProgramChange,
  programChange,
} from "../../../../src/mysql/deployment/program-change.ts";
import {
  type ProgramName,
  type ProgramState,
  readProgramState,
} from "../../../../src/mysql/deployment/program-state.ts";
import type { Shard } from "../../../../src/mysql/shards/shard.ts";
import type { RoutineKind } from "../../../../src/mysql/sql/routine.ts";

/** A pool as a shard. */
export function asShard(id: string, pool: MysqlPool): Shard {
  if (pool.database === null) throw new Error("a shard's pool begins in a database");
  return { id, status: "active", database: pool.database, pool };
}

/** Every kind of program, with what DROP or a careless CREATE would lose. */
const PROGRAMS: readonly (Omit<ProgramName, "schema"> & { readonly kind: RoutineKind })[] = [
  { kind: "procedure", name: "alerts_of" },
  { kind: "procedure", name: "latin" },
  { kind: "function", name: "label_of" },
  { kind: "trigger", name: "second" },
  { kind: "event", name: "nightly" },
];

/** Fills a database with {@link PROGRAMS}. `reader` is an account that exists. */
export async function createPrograms(pool: MysqlPool, reader: string): Promise<void> {
  const database = pool.database ?? "";
  const statements = [
    "CREATE TABLE alerts (id INT PRIMARY KEY AUTO_INCREMENT, user_id VARCHAR(20), body VARCHAR(100), INDEX (user_id))",
    `CREATE PROCEDURE alerts_of (IN  who VARCHAR(20), OUT n INT)
  COMMENT 'it''s the \`first\`' SQL SECURITY INVOKER
BEGIN -- keeps "this"
  SELECT COUNT(*) INTO n FROM alerts WHERE user_id = who;
  SELECT id, body FROM alerts WHERE user_id = who ORDER BY id;
END`,
    "CREATE FUNCTION label_of (who VARCHAR(20)) RETURNS VARCHAR(40) DETERMINISTIC RETURN CONCAT('user ', who)",
    "CREATE TRIGGER first BEFORE INSERT ON alerts FOR EACH ROW SET NEW.body = CONCAT(NEW.body, '1')",
    "CREATE TRIGGER second BEFORE INSERT ON alerts FOR EACH ROW\nSET NEW.body = CONCAT(NEW.body, '2')",
    "CREATE TRIGGER third BEFORE INSERT ON alerts FOR EACH ROW SET NEW.body = CONCAT(NEW.body, '3')",
    "SET SESSION time_zone = '+09:00'",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 03:00:00' DISABLE COMMENT 'c' DO DELETE FROM alerts WHERE user_id = 'x'",
    "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', SESSION character_set_client = latin1, SESSION collation_connection = latin1_german1_ci",
    `CREATE PROCEDURE latin (who VARCHAR(20)) SELECT "id", 'café \\' FROM alerts WHERE user_id = who`,
    `GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE \`${database}\`.alerts_of TO ${reader} WITH GRANT OPTION`,
    `GRANT EXECUTE ON FUNCTION \`${database}\`.label_of TO ${reader}`,
  ];
  await pool.session(async (session) => {
    for (const statement of statements) await session.query(statement);
  }, "close");
}

/** All of {@link PROGRAMS} of a database, and null for the missing. */
export async function statesOf(
  connection: MysqlConnection,
  schema: string,
): Promise<(ProgramState | null)[]> {
  const states: (ProgramState | null)[] = [];
  for (const { kind, name } of PROGRAMS) {
    states.push(await readProgramState(connection, { kind, schema, name }));
  }
  return states;
}

/** A change of every program: a comment in its body. */
export async function commentEach(
  connection: MysqlConnection,
  schema: string,
  comment = "/* new */",
): Promise<readonly ProgramChange[]> {
  const changes: ProgramChange[] = [];
  for (const state of await statesOf(connection, schema)) {
    if (state === null || state.ddl.includes(comment)) continue;
    // Behind the statement's first word: the servers drop a comment in front of the body.
    const words = [...state.ddl.matchAll(/\b(SELECT|RETURN|SET|DELETE)\b/g)];
    const last = words.at(-1);
    const at = (last?.index ?? 0) + (last?.[0].length ?? 0);
    changes.push(
      programChange(state, `${state.ddl.slice(0, at)} ${comment}${state.ddl.slice(at)}`),
    );
  }
  return changes;
}

/** What SHOW CREATE gives, every column but the time of creation. */
export async function shown(pool: MysqlPool): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { kind, name } of PROGRAMS) {
    const result = await pool.query(`SHOW CREATE ${kind.toUpperCase()} \`${name}\``);
    for (const { Created: _, ...row } of result.rows) rows.push(row);
  }
  return rows;
}
