import { randomBytes } from "node:crypto";
import { readFlavour } from "../catalog/server-info.ts";
import type { BoundValue, MysqlConnection } from "../connection.ts";
import { quoteIdentifier, quoteQualified } from "../sql/identifier.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import {
  type AccountGrant,
  type ProgramName,
  type ProgramState,
  readDefaultCollation,
  readGrants,
  readProgramState,
} from "./program-state.ts";

/**
 * Creates a stored program as `state` says, in place of one of the same name, with its modes, character sets and grants.
 *
 * MariaDB replaces it in one statement. MySQL has no CREATE OR REPLACE: between DROP and CREATE callers of a routine get
 * error 1305, while a trigger's table stays locked, so that no row slips past it. There the server has taken the new text
 * under another name before the old one is dropped, so that a text that it refuses, or a right that is missing, leaves the
 * program there. Events are not rehearsed, since one might begin to run.
 */
export async function writeProgram(session: MysqlConnection, state: ProgramState): Promise<void> {
  const isMariadb = (await readFlavour(session)) === "mariadb";
  // MariaDB reads a database's default collation when a session enters it, and entering the one it is in does not count.
  await session.query("USE information_schema");
  await session.query(`USE ${quoteIdentifier(state.schema)}`);
  const create = (): Promise<void> =>
    withSettings(session, state, async () => {
      const { ddl } = state;
      const statement = isMariadb ? ddl.replace(/^CREATE /, "CREATE OR REPLACE ") : ddl;
      await session.query(await withOrder(session, state, statement));
    });
  if (isMariadb) {
    await create();
  } else if (state.table === null) {
    if (state.kind !== "event") await rehearse(session, state);
    await drop(session, state);
    await create();
  } else {
    await replaceLocked(session, state, state.table, create);
  }
  await restoreGrants(session, state);
}

/** Creates the program under a name of its own, and drops that. */
async function rehearse(session: MysqlConnection, state: ProgramState): Promise<void> {
  const { ddl, sqlMode } = state;
  const name = `orderly_rehearsal_${randomBytes(6).toString("hex")}`;
  const { start, end } = parseRoutine(ddl, parseSqlMode(sqlMode)).nameSpan;
  await withSettings(session, state, async () => {
    await session.query(ddl.slice(0, start) + quoteIdentifier(name) + ddl.slice(end));
  });
  await drop(session, { ...state, name });
}

/** Drops a stored program, if there is one. */
export async function drop(session: MysqlConnection, program: ProgramName): Promise<void> {
  const { kind, schema, name } = program;
  await session.query(`DROP ${kind.toUpperCase()} IF EXISTS ${quoteQualified(schema, name)}`);
}

/** Runs `work` while new tables and routines of a database get this collation, and sets its default to `home` afterwards. */
export async function withDefaultCollation(
  session: MysqlConnection,
  schema: string,
  collation: string,
  home: string,
  work: () => Promise<void>,
): Promise<void> {
  if ((await readDefaultCollation(session, schema)) !== collation) {
    await setDefaultCollation(session, schema, collation);
  }
  try {
    await work();
  } finally {
    if (collation !== home) await setDefaultCollation(session, schema, home);
  }
}

/** Sets the collation that a database gives to what is created in it and declares none. Changes no table. */
export async function setDefaultCollation(
  session: MysqlConnection,
  schema: string,
  collation: string,
): Promise<void> {
  const [charset = ""] = collation.split("_");
  await session.query(
    `ALTER DATABASE ${quoteIdentifier(schema)} CHARACTER SET ${quoteIdentifier(charset)} COLLATE ${quoteIdentifier(collation)}`,
  );
}

async function replaceLocked(
  session: MysqlConnection,
  state: ProgramState,
  table: string,
  create: () => Promise<void>,
): Promise<void> {
  const original = await readProgramState(session, state);
  await session.query(`LOCK TABLES ${quoteQualified(state.schema, table)} WRITE`);
  try {
    await rehearse(session, state);
    await drop(session, state);
    try {
      await create();
    } catch (error) {
      // Before the table is free again: rows that come in without the trigger cannot be told later.
      if (original !== null) {
        await withSettings(session, original, async () => {
          await session.query(await withOrder(session, original, original.ddl));
        });
      }
      throw error;
    }
  } finally {
    await session.query("UNLOCK TABLES");
  }
}

/** The servers take FOLLOWS and PRECEDES out of the text that they keep, with the space in front and nothing else. */
async function withOrder(
  session: MysqlConnection,
  state: ProgramState,
  statement: string,
): Promise<string> {
  const { kind, follows, precedes, schema, sqlMode } = state;
  if (kind !== "trigger" || (follows === null && precedes === null)) return statement;
  const { rows } = await session.execute<{ name: string }>(
    "SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?",
    [schema],
  );
  const isThere = (name: string | null): name is string => rows.some((row) => row.name === name);
  const clause = isThere(follows)
    ? ` FOLLOWS ${quoteIdentifier(follows)}`
    : isThere(precedes)
      ? ` PRECEDES ${quoteIdentifier(precedes)}`
      : "";
  const { end } = parseRoutine(statement, parseSqlMode(sqlMode)).characteristics;
  return statement.slice(0, end) + clause + statement.slice(end);
}

interface Settings {
  readonly sqlMode: string;
  readonly client: string;
  readonly connection: string;
  readonly timeZone: string;
}

/** Runs `work` under the settings that CREATE stores, and sets back what was set before. */
async function withSettings(
  session: MysqlConnection,
  state: ProgramState,
  work: () => Promise<void>,
): Promise<void> {
  const { rows } = await session.execute<Settings>(
    `SELECT @@session.sql_mode AS sqlMode, @@session.character_set_client AS client,
      @@session.collation_connection AS connection, @@session.time_zone AS timeZone`,
  );
  // A SELECT without FROM has one row.
  const [before] = rows as readonly [Settings];
  const set = async (values: readonly BoundValue[]): Promise<void> => {
    await session.execute(
      `SET SESSION sql_mode = ?, SESSION character_set_client = ?, SESSION collation_connection = ?,
        SESSION time_zone = ?`,
      values,
    );
  };
  const { sqlMode, characterSetClient, collationConnection, timeZone } = state;
  const { sqlMode: mode, client, connection, timeZone: zone } = before;
  await set([sqlMode, characterSetClient, collationConnection, timeZone ?? zone]);
  try {
    await work();
  } finally {
    await set([mode, client, connection, zone]);
  }
}

/** Gives back what DROP took, and takes what CREATE gave its creator under `automatic_sp_privileges`. */
async function restoreGrants(session: MysqlConnection, state: ProgramState): Promise<void> {
  const now = await readGrants(session, state);
  const object = `${state.kind.toUpperCase()} ${quoteQualified(state.schema, state.name)}`;
  for (const grant of now) {
    const wanted = state.grants.find((other) => isOf(grant, other))?.privileges ?? [];
    const extra = grant.privileges.filter((privilege) => !wanted.includes(privilege));
    if (extra.length === 0) continue;
    const names = extra.map((name) => (name === "GRANT" ? "GRANT OPTION" : name)).join(", ");
    await session.query(`REVOKE ${names} ON ${object} FROM ${account(grant)}`);
  }
  for (const grant of state.grants) {
    const has = now.find((other) => isOf(grant, other))?.privileges ?? [];
    if (grant.privileges.every((privilege) => has.includes(privilege))) continue;
    await session.query(grantStatement(grant, object));
  }
}

/** The statement that gives an account its rights to a routine, `PROCEDURE name` or `FUNCTION name`. */
export function grantStatement(grant: AccountGrant, object: string): string {
  const names = grant.privileges.filter((privilege) => privilege !== "GRANT");
  const option = grant.privileges.includes("GRANT") ? " WITH GRANT OPTION" : "";
  const rights = names.length > 0 ? names.join(", ") : "USAGE";
  return `GRANT ${rights} ON ${object} TO ${account(grant)}${option}`;
}

function isOf(grant: AccountGrant, other: AccountGrant): boolean {
  return grant.user === other.user && grant.host === other.host;
}

/** Writes an account, or a role of MariaDB, which has no host. */
export function account({ user, host }: Pick<AccountGrant, "user" | "host">): string {
  const name = user === "" ? "''" : quoteIdentifier(user);
  if (host !== "") return `${name}@${quoteIdentifier(host)}`;
  return user === "PUBLIC" ? "PUBLIC" : name;
}
