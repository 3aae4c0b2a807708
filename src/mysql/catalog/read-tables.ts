import type { MysqlConnection } from "../connection.ts";

/** A column of a table or view. */
export interface ColumnInfo {
  /** Its name. */
  readonly name: string;
  /** In capitals, without length: `VARCHAR`, `DECIMAL`, `JSON`. */
  readonly dataType: string;
  /** The whole type as the server writes it: `decimal(19,6) unsigned`. */
  readonly columnType: string;
  /** Null for what has no character set: numbers, times, binary strings. */
  readonly charset: string | null;
  /** Null together with `charset`. */
  readonly collation: string | null;
  /** Whether an index holds it, at any place. */
  readonly isIndexed: boolean;
}

/** A table or view. */
export interface TableInfo {
  /** Its database. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** Whether it is a view. */
  readonly isView: boolean;
  /** In order, by name in lower case: column names never tell capitals apart. */
  readonly columns: ReadonlyMap<string, ColumnInfo>;
}

/** Tables of some databases. */
export class TableCatalog {
  readonly #tables = new Map<string, TableInfo>();
  /** Whether the server's names of databases and tables do not tell capitals apart. */
  readonly ignoresCase: boolean;

  /**
   * @param ignoresCase - Whether the server's names of databases and tables do not tell capitals apart
   *   (`lower_case_table_names` of 1 or 2).
   */
  constructor(tables: Iterable<TableInfo>, ignoresCase: boolean) {
    this.ignoresCase = ignoresCase;
    for (const table of tables) this.#tables.set(this.#key(table.schema, table.name), table);
  }

  /** The table of this name, or null. */
  find(schema: string, name: string): TableInfo | null {
    return this.#tables.get(this.#key(schema, name)) ?? null;
  }

  /** Every table, by name within its database. */
  all(): IterableIterator<TableInfo> {
    return this.#tables.values();
  }

  #key(schema: string, name: string): string {
    const key = `${schema}\0${name}`;
    return this.ignoresCase ? key.toLowerCase() : key;
  }
}

interface ColumnRow {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly dataType: string;
  readonly columnType: string;
  readonly charset: string | null;
  readonly collation: string | null;
}

/** Reads the tables, views and columns of these databases, in three statements a database. */
export async function readTables(
  connection: MysqlConnection,
  schemas: readonly string[],
): Promise<TableCatalog> {
  const { rows: settings } = await connection.execute<{ v: number }>(
    "SELECT @@lower_case_table_names AS v",
  );
  const tables = new Map<string, TableInfo & { columns: Map<string, ColumnInfo> }>();
  for (const schema of schemas) {
    const indexed = await readIndexed(connection, schema);
    const { rows: names } = await connection.execute<{ name: string; type: string }>(
      "SELECT TABLE_NAME AS name, TABLE_TYPE AS type FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME",
      [schema],
    );
    for (const { name, type } of names) {
      const isView = type === "VIEW" || type === "SYSTEM VIEW";
      tables.set(`${schema}\0${name}`, { schema, name, isView, columns: new Map() });
    }
    const { rows } = await connection.execute<ColumnRow>(
      `SELECT TABLE_SCHEMA AS \`schema\`, TABLE_NAME AS \`table\`, COLUMN_NAME AS name, UPPER(DATA_TYPE) AS dataType,
        COLUMN_TYPE AS columnType, CHARACTER_SET_NAME AS charset, COLLATION_NAME AS collation
        FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`,
      [schema],
    );
    for (const { table, name, dataType, columnType, charset, collation } of rows) {
      tables.get(`${schema}\0${table}`)?.columns.set(name.toLowerCase(), {
        ...{ name, dataType, columnType, charset, collation },
        isIndexed: indexed.has(`${table}\0${name.toLowerCase()}`),
      });
    }
  }
  return new TableCatalog(tables.values(), Number(settings[0]?.v) !== 0);
}

async function readIndexed(connection: MysqlConnection, schema: string): Promise<Set<string>> {
  const { rows } = await connection.execute<{ table: string; name: string | null }>(
    "SELECT DISTINCT TABLE_NAME AS `table`, COLUMN_NAME AS name FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND INDEX_TYPE <> 'FULLTEXT'",
    [schema],
  );
  // An index on an expression has no column.
  return new Set(
    rows.flatMap(({ table, name }) => (name === null ? [] : [`${table}\0${name.toLowerCase()}`])),
  );
}
