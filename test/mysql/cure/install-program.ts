import type { StoredProgram } from "../../../src/mysql/catalog/stored-program.ts";
import type { MysqlConnection } from "../../../src/mysql/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../../src/mysql/sql/identifier.ts";

/** Creates a program anew with another text, under everything that was recorded with it. */
export async function installProgram(
  session: MysqlConnection,
  program: StoredProgram,
  ddl: string,
): Promise<void> {
  const { kind, schema, name, sqlMode, characterSetClient, collationConnection } = program;
  await session.query(`USE ${quoteIdentifier(schema)}`);
  await session.query(`SET SESSION sql_mode = '${sqlMode}'`);
  await session.query(`DROP ${kind.toUpperCase()} IF EXISTS ${quoteQualified(schema, name)}`);
  // The text itself is sent as the driver encodes it: only what is recorded changes.
  if (characterSetClient === "utf8mb4")
    await session.query(`SET NAMES utf8mb4 COLLATE ${collationConnection}`);
  else await session.query(`SET NAMES ${characterSetClient} COLLATE ${collationConnection}`);
  await session.query(ddl);
  await session.query("SET NAMES utf8mb4");
}
