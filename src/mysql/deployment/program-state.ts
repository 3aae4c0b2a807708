import type { MysqlConnection, Row } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteQualified } from "../sql/identifier.ts";
import type { RoutineKind } from "../sql/routine.ts";

/** Rights of one account to one routine. */
export interface AccountGrant {
  /** Account or role: its name. */
  readonly user: string;
  /** Its host; empty for a role of MariaDB. */
  readonly host: string;
  /** In order of name, in capitals: `ALTER ROUTINE`, `EXECUTE`, `GRANT`. */
  readonly privileges: readonly string[];
}

/** Names a stored program of a server. */
export interface ProgramName {
  /** What it is. */
  readonly kind: RoutineKind;
  /** Its database. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
}

/** Everything of a stored program that creating it again must keep. */
export interface ProgramState extends ProgramName {
  /** What SHOW CREATE gives. */
  readonly ddl: string;
  /** The modes stored with it. */
  readonly sqlMode: string;
  /** The client's character set stored with it. */
  readonly characterSetClient: string;
  /** The connection's collation stored with it. */
  readonly collationConnection: string;
  /** The database's collation stored with it. */
  readonly databaseCollation: string;
  /** The database's default collation now, or as it shall be: what CREATE would store. */
  readonly defaultCollation: string;
  /** `user@host`. */
  readonly definer: string;
  /** `DEFINER` or `INVOKER`. */
  readonly security: string;
  /** Its COMMENT. */
  readonly comment: string;
  /** Collation of what a function returns; null for others, and where it is no text. */
  readonly returnsCollation: string | null;
  /** An event's time zone, in which its schedule is written; null for others. */
  readonly timeZone: string | null;
  /** A trigger's table; null for others. */
  readonly table: string | null;
  /** The trigger that runs before this one at the same event; null for none and for others. */
  readonly follows: string | null;
  /** The trigger that runs after this one at the same event; null for none and for others. */
  readonly precedes: string | null;
  /** Rights to this routine alone, in order of account; none for triggers and events. */
  readonly grants: readonly AccountGrant[];
  /** Of what shall be: that types without a collation of their own get the database's default is wanted. */
  readonly adoptsDefault?: boolean;
}

/** What only information_schema tells. */
interface Metadata {
  readonly definer: string;
  readonly security: string;
  readonly comment: string;
  readonly returnsCollation: string | null;
  readonly table: string | null;
  readonly timing: string | null;
  readonly event: string | null;
  readonly position: string | null;
}

/** ER_SP_DOES_NOT_EXIST, ER_TRG_DOES_NOT_EXIST, ER_EVENT_DOES_NOT_EXIST. */
const MISSING: ReadonlySet<number | null> = new Set([1305, 1360, 1539]);

const DDL_COLUMNS: Readonly<Record<RoutineKind, string>> = {
  procedure: "Create Procedure",
  function: "Create Function",
  trigger: "SQL Original Statement",
  event: "Create Event",
};

const NO_TRIGGER = "NULL AS `table`, NULL AS timing, NULL AS event, NULL AS position";

const ROUTINE_METADATA = `SELECT DEFINER AS definer, SECURITY_TYPE AS security, ROUTINE_COMMENT AS comment,
  COLLATION_NAME AS returnsCollation, ${NO_TRIGGER} FROM information_schema.ROUTINES
  WHERE ROUTINE_SCHEMA = ? AND ROUTINE_NAME = ? AND ROUTINE_TYPE =`;

const METADATA: Readonly<Record<RoutineKind, string>> = {
  procedure: `${ROUTINE_METADATA} 'PROCEDURE'`,
  function: `${ROUTINE_METADATA} 'FUNCTION'`,
  trigger: `SELECT DEFINER AS definer, 'DEFINER' AS security, '' AS comment, NULL AS returnsCollation,
    EVENT_OBJECT_TABLE AS \`table\`, ACTION_TIMING AS timing, EVENT_MANIPULATION AS event,
    CAST(ACTION_ORDER AS CHAR) AS position
    FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? AND TRIGGER_NAME = ?`,
  event: `SELECT DEFINER AS definer, 'DEFINER' AS security, EVENT_COMMENT AS comment, NULL AS returnsCollation, ${NO_TRIGGER}
    FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ? AND EVENT_NAME = ?`,
};

/**
 * Reads a stored program with all that DROP would take away.
 *
 * @returns Null where there is no such program.
 * @throws {@link MysqlError} `DEFINITION_HIDDEN` where the server gives no text, for want of rights; `ACCESS_DENIED` where
 *   the grants cannot be read.
 */
export async function readProgramState(
  connection: MysqlConnection,
  { kind, schema, name }: ProgramName,
): Promise<ProgramState | null> {
  const shown = await showCreate(connection, { kind, schema, name });
  if (shown === undefined) return null;
  const ddl = shown[DDL_COLUMNS[kind]];
  const metadata = await connection.execute<Metadata>(METADATA[kind], [schema, name]);
  const known = metadata.rows[0];
  if (typeof ddl !== "string" || known === undefined) {
    throw new MysqlError(
      "DEFINITION_HIDDEN",
      `the text of ${kind} ${schema}.${name} is hidden from this user: it needs SHOW_ROUTINE, SELECT on mysql.proc, or to be the definer`,
    );
  }
  return {
    kind,
    schema,
    name,
    ddl,
    sqlMode: String(shown["sql_mode"]),
    characterSetClient: String(shown["character_set_client"]),
    collationConnection: String(shown["collation_connection"]),
    databaseCollation: String(shown["Database Collation"]),
    defaultCollation: await readDefaultCollation(connection, schema),
    definer: known.definer,
    security: known.security,
    comment: known.comment,
    returnsCollation: known.returnsCollation,
    timeZone: kind === "event" ? String(shown["time_zone"]) : null,
    table: known.table,
    ...(await readNeighbours(connection, schema, name, known)),
    grants: await readGrants(connection, { kind, schema, name }),
  };
}

/** Reads the collation that CREATE would store with a routine of this database. */
export async function readDefaultCollation(
  connection: MysqlConnection,
  schema: string,
): Promise<string> {
  const { rows } = await connection.execute<{ collation: string }>(
    "SELECT DEFAULT_COLLATION_NAME AS collation FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
    [schema],
  );
  const row = rows[0];
  if (row !== undefined) return row.collation;
  throw new MysqlError("UNKNOWN_DATABASE", `there is no database ${schema} that this user may see`);
}

async function showCreate(
  connection: MysqlConnection,
  { kind, schema, name }: ProgramName,
): Promise<Row | undefined> {
  try {
    const statement = `SHOW CREATE ${kind.toUpperCase()} ${quoteQualified(schema, name)}`;
    const { rows } = await connection.query(statement);
    return rows[0];
  } catch (error) {
    if (error instanceof MysqlError && MISSING.has(error.errno)) return undefined;
    throw error;
  }
}

async function readNeighbours(
  connection: MysqlConnection,
  schema: string,
  name: string,
  { table, timing, event, position }: Metadata,
): Promise<Pick<ProgramState, "follows" | "precedes">> {
  if (table === null) return { follows: null, precedes: null };
  const { rows } = await connection.execute<{ name: string; position: string }>(
    `SELECT TRIGGER_NAME AS name, CAST(ACTION_ORDER AS CHAR) AS position FROM information_schema.TRIGGERS
      WHERE TRIGGER_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? AND ACTION_TIMING = ? AND EVENT_MANIPULATION = ?
      AND TRIGGER_NAME <> ? ORDER BY ACTION_ORDER`,
    [schema, table, timing, event, name],
  );
  const own = Number(position);
  return {
    follows: rows.findLast((row) => Number(row.position) < own)?.name ?? null,
    precedes: rows.find((row) => Number(row.position) > own)?.name ?? null,
  };
}

/** Reads the rights to a routine alone, in order of account; triggers and events have none. */
export async function readGrants(
  connection: MysqlConnection,
  { kind, schema, name }: ProgramName,
): Promise<AccountGrant[]> {
  if (kind !== "procedure" && kind !== "function") return [];
  const { rows } = await connection.execute<{ user: string; host: string; privileges: string }>(
    `SELECT User AS user, Host AS host, UPPER(Proc_priv) AS privileges FROM mysql.procs_priv
      WHERE Db = ? AND Routine_name = ? AND Routine_type = ? ORDER BY User, Host`,
    [schema, name, kind.toUpperCase()],
  );
  return rows.map(({ user, host, privileges }) => ({
    user,
    host,
    privileges: privileges
      .split(",")
      .filter((privilege) => privilege !== "")
      .sort(),
  }));
}
