import type { MysqlConnection } from "../connection.ts";
import type { Change, ChangeKind, ShardSession } from "../deployment/change.ts";
import { readDefaultCollation } from "../deployment/program-state.ts";
import { repeatedKeys } from "../deployment/repeated-keys.ts";
import { setDefaultCollation } from "../deployment/write-program.ts";
import { quoteIdentifier, quoteQualified } from "../sql/identifier.ts";
import { readColumnDefinitions } from "./table-definition.ts";

/** The collations of a table. */
export interface TableState {
  /** The table. */
  readonly table: string;
  /** SHOW CREATE TABLE without AUTO_INCREMENT's value; of what shall be: null, since the server words it. */
  readonly ddl: string | null;
  /** Its default collation. */
  readonly collation: string;
  /** Collation of each column that holds texts, by name. */
  readonly columns: Readonly<Record<string, string>>;
}

/** A database's default collation. */
export interface DatabaseState {
  /** The collation. */
  readonly collation: string;
}

/** Changes of a database's default collation: they are undone first, since what is created again takes it over. */
export function databaseChanges(): ChangeKind<DatabaseState> {
  return {
    kind: "database",
    isUndoneFirst: true,
    async differences({ session }, { schema, ...change }, side) {
      const is = await readDefaultCollation(session, schema);
      const { collation } = change[side];
      return is === collation ? [] : [`its default collation is ${is} instead of ${collation}`];
    },
    apply: ({ session }, { schema, after }) =>
      setDefaultCollation(session, schema, after.collation),
    undo: ({ session }, { schema, before }) =>
      setDefaultCollation(session, schema, before.collation),
  };
}

/** Changes of the collations of a table and its columns. ALTER TABLE is atomic, and copies the table's rows. */
export function tableChanges(): ChangeKind<TableState> {
  return {
    kind: "table",
    obstacles: async (at, changes) => [
      ...(await foreignKeys(at, changes)),
      ...(await repeated(at, changes)),
    ],
    async differences({ session }, { schema, ...change }, side) {
      const wanted = change[side];
      const now = await readTableState(session, schema, wanted.table);
      if (wanted.ddl !== null) return now.ddl === wanted.ddl ? [] : ["its definition differs"];
      const found = now.collation === wanted.collation ? [] : [`its default is ${now.collation}`];
      for (const [column, collation] of Object.entries(wanted.columns)) {
        const is = now.columns[column] ?? "no text";
        if (is !== collation) found.push(`${column} is ${is} instead of ${collation}`);
      }
      return found;
    },
    async apply(at, { schema, before, after }) {
      const definitions = readColumnDefinitions(before.ddl ?? "");
      const changed = definitions.filter(
        ({ name, isCharacter }) =>
          isCharacter && before.columns[name] !== after.columns[name] && name in after.columns,
      );
      await alter(
        at,
        schema,
        after,
        changed.map(({ bare }) => bare),
      );
    },
    async undo(at, { schema, before, after }) {
      const definitions = readColumnDefinitions(before.ddl ?? "");
      const changed = definitions.filter(
        ({ name, isCharacter }) => isCharacter && before.columns[name] !== after.columns[name],
      );
      await alter(
        at,
        schema,
        before,
        changed.map((own) => (own.isInherited ? own.bare : own.text)),
      );
    },
  };
}

/** Reads a table's collations. */
export async function readTableState(
  session: MysqlConnection,
  schema: string,
  table: string,
): Promise<TableState> {
  const shown = await session.query<{ "Create Table"?: string }>(
    `SHOW CREATE TABLE ${quoteQualified(schema, table)}`,
  );
  const options = await session.execute<{ collation: string }>(
    "SELECT TABLE_COLLATION AS collation FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
    [schema, table],
  );
  const columns = await session.execute<{ name: string; collation: string }>(
    `SELECT COLUMN_NAME AS name, COLLATION_NAME AS collation FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLLATION_NAME IS NOT NULL ORDER BY ORDINAL_POSITION`,
    [schema, table],
  );
  return {
    table,
    ddl: (shown.rows[0]?.["Create Table"] ?? "").replace(/ AUTO_INCREMENT=\d+/, ""),
    collation: options.rows[0]?.collation ?? "",
    columns: Object.fromEntries(columns.rows.map(({ name, collation }) => [name, collation])),
  };
}

/**
 * What a table shall be: everything in `collation`, but for columns that compare code by code, which are so on purpose, and
 * meet texts of any collation without an error.
 */
function wantedTable(before: TableState, collation: string): TableState {
  const columns = Object.entries(before.columns).map(([name, is]) => [
    name,
    is.endsWith("_bin") ? is : collation,
  ]);
  return { table: before.table, ddl: null, collation, columns: Object.fromEntries(columns) };
}

/** The change of a table, or null where nothing differs. */
export function tableChange(
  schema: string,
  before: TableState,
  collation: string,
): Change<TableState> | null {
  const after = wantedTable(before, collation);
  const differs = Object.entries(after.columns).some(([name, is]) => before.columns[name] !== is);
  if (!differs && before.collation === collation) return null;
  return { kind: "table", schema, name: `table ${schema}.${before.table}`, before, after };
}

/**
 * Columns of foreign keys stay as they are. MariaDB refuses to change one (error 1833), with `foreign_key_checks = 0` too. MySQL
 * does it then, one table after the other; but where its server restarts between the two, it says that the second table does not
 * exist, since the key does not fit: seen on 9.7.
 */
async function foreignKeys(
  { session }: ShardSession,
  changes: readonly Change<TableState>[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { schema, name, before, after } of changes) {
    const { rows } = await session.execute<{ constraint: string; column: string }>(
      `SELECT CONCAT(CONSTRAINT_SCHEMA, '.', CONSTRAINT_NAME) AS \`constraint\`,
        IF(TABLE_SCHEMA = ? AND TABLE_NAME = ?, COLUMN_NAME, REFERENCED_COLUMN_NAME) AS \`column\`
        FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL
        AND ((TABLE_SCHEMA = ? AND TABLE_NAME = ?) OR (REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ?))`,
      [schema, before.table, schema, before.table, schema, before.table],
    );
    for (const { constraint, column } of rows) {
      if (before.columns[column] === after.columns[column]) continue;
      found.add(
        `${name}: a column of the foreign key ${constraint} would change; drop the key, fix, and add it again`,
      );
    }
  }
  return [...found];
}

/** A unique key may hold texts that differ by what the new collation does not tell apart. */
async function repeated(
  { session }: ShardSession,
  changes: readonly Change<TableState>[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { schema, name, before, after } of changes) {
    const changed = Object.entries(after.columns).filter(([own, is]) => before.columns[own] !== is);
    const keys = await repeatedKeys(session, schema, before.table, new Map(changed));
    found.push(...keys.map((text) => `${name}: ${text}`));
  }
  return found;
}

/** Under strict rules a text that the new character set cannot hold is an error, and not a question mark. */
async function alter(
  { session }: ShardSession,
  schema: string,
  { table, collation }: TableState,
  definitions: readonly string[],
): Promise<void> {
  const { rows } = await session.execute<{ mode: string }>("SELECT @@session.sql_mode AS mode");
  const [charset = ""] = collation.split("_");
  const parts = [
    `DEFAULT CHARACTER SET ${quoteIdentifier(charset)} COLLATE ${quoteIdentifier(collation)}`,
    ...definitions.map((definition) => `MODIFY COLUMN ${definition}`),
  ];
  await session.query("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
  try {
    await session.query(`ALTER TABLE ${quoteQualified(schema, table)} ${parts.join(", ")}`);
  } finally {
    await session.execute("SET SESSION sql_mode = ?", [rows[0]?.mode ?? ""]);
  }
}
