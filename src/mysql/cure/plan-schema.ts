import type { Catalog } from "../catalog/read-catalog.ts";
import { TableCatalog, type TableInfo } from "../catalog/read-tables.ts";
import type { MysqlConnection } from "../connection.ts";
import type { Change } from "../deployment/change.ts";
import { MysqlError } from "../mysql-error.ts";
import {
  type DatabaseState,
  readTableState,
  type TableState,
  tableChange,
} from "./schema-changes.ts";

/** What `schema` changes besides programs. */
export interface SchemaPlan {
  /** Databases, then tables, in order. */
  readonly changes: readonly Change<DatabaseState | TableState>[];
  /** The catalog as it will be then: programs are judged and cured in it. */
  readonly catalog: Catalog;
}

/** The collation that most text columns of these databases have: changing to it changes least. */
export function commonCollation({ tables, schemas }: Catalog): string | null {
  const counts = new Map<string, number>();
  for (const { schema, columns, isView } of tables.all()) {
    if (isView || !schemas.includes(schema)) continue;
    for (const { collation } of columns.values()) {
      if (collation === null || collation.endsWith("_bin")) continue;
      counts.set(collation, (counts.get(collation) ?? 0) + 1);
    }
  }
  const [most] = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return most?.[0] ?? null;
}

/**
 * Plans one collation for databases and their tables. Reads only.
 *
 * @throws {@link MysqlError} `USAGE` for a collation that the server does not have.
 */
export async function planSchema(
  session: MysqlConnection,
  catalog: Catalog,
  collation: string,
): Promise<SchemaPlan> {
  if (!catalog.server.collations.has(collation)) {
    throw new MysqlError("USAGE", `this server (${catalog.server.version}) has no ${collation}`);
  }
  const changes: Change<DatabaseState | TableState>[] = [];
  for (const schema of catalog.schemas) {
    const is = catalog.server.databases.get(schema);
    if (is === undefined || is === collation) continue;
    const name = `database ${schema}`;
    changes.push({
      kind: "database",
      schema,
      name,
      before: { collation: is },
      after: { collation },
    });
  }
  const tables: TableInfo[] = [];
  for (const table of catalog.tables.all()) {
    if (table.isView || !catalog.schemas.includes(table.schema)) {
      tables.push(table);
      continue;
    }
    const before = await readTableState(session, table.schema, table.name);
    const change = tableChange(table.schema, before, collation);
    if (change !== null) changes.push(change);
    tables.push(change === null ? table : withCollations(table, change.after, catalog));
  }
  const databases = new Map(catalog.server.databases);
  for (const schema of catalog.schemas) databases.set(schema, collation);
  const after: Catalog = {
    ...catalog,
    server: { ...catalog.server, databases },
    // Views keep the collations that they were made with; they are not created again.
    tables: new TableCatalog(tables, catalog.tables.ignoresCase),
    programs: catalog.programs.map((program) => ({ ...program, databaseCollation: collation })),
  };
  return { changes, catalog: after };
}

function withCollations(table: TableInfo, after: TableState, { server }: Catalog): TableInfo {
  const columns = new Map(
    [...table.columns].map(([key, column]) => {
      const collation = after.columns[column.name] ?? column.collation;
      const charset = server.collations.get(collation ?? "")?.charset ?? column.charset;
      return [key, { ...column, collation, charset }];
    }),
  );
  return { ...table, columns };
}
