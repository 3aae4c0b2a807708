import type { MysqlConnection } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { readPrograms } from "./read-programs.ts";
import { readTables, type TableCatalog } from "./read-tables.ts";
import { readServerInfo, type ServerInfo, SYSTEM_SCHEMAS } from "./server-info.ts";
import type { StoredProgram } from "./stored-program.ts";

/** What a scan needs to know of a server. */
export interface Catalog {
  /** The server and its databases. */
  readonly server: ServerInfo;
  /** Databases whose programs were read, in order of name. */
  readonly schemas: readonly string[];
  /** Their stored programs. */
  readonly programs: readonly StoredProgram[];
  /** Tables of every database that is not the server's own: a program may name any. */
  readonly tables: TableCatalog;
}

/**
 * Reads a server's stored programs and tables. Writes nothing.
 *
 * @param schemas - Databases whose programs are wanted; without it all but the server's own.
 * @throws {@link MysqlError} with `UNKNOWN_DATABASE` for one that does not exist or may not be seen, and with
 *   `DEFINITION_HIDDEN` for a text that may not be seen.
 */
export async function readCatalog(
  connection: MysqlConnection,
  schemas?: readonly string[],
): Promise<Catalog> {
  const server = await readServerInfo(connection);
  for (const schema of schemas ?? []) {
    if (!server.databases.has(schema)) {
      throw new MysqlError(
        "UNKNOWN_DATABASE",
        `there is no database ${schema} that this user may see`,
      );
    }
  }
  const all = [...server.databases.keys()].filter((name) => !SYSTEM_SCHEMAS.includes(name));
  const wanted = [...(schemas ?? all)].sort();
  const [programs, tables] = await Promise.all([
    readPrograms(connection, wanted),
    readTables(connection, all),
  ]);
  return { server, schemas: wanted, programs, tables };
}
