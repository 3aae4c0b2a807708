import { randomBytes } from "node:crypto";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { startMysqlServer } from "../../support/servers/mysql-server.ts";

/** A database of a test file's own on a live server. */
export interface LiveDatabase {
  readonly connection: Connection;
  readonly flavour: "mysql" | "mariadb";
  /** Drops the database and lets go of the server. */
  close(): Promise<void>;
}

/** Gets a server, or shares the one that `MYSQL_URL` names, and makes an empty database on it. */
export async function openLiveDatabase(): Promise<LiveDatabase> {
  const server = await startMysqlServer();
  const connection = await createConnection({ uri: server.url });
  const name = `orderly_test_${randomBytes(6).toString("hex")}`;
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.query(`USE ${name}`);
  const [rows] = await connection.query("SELECT VERSION() AS version");
  const [{ version }] = rows as [{ version: string }];
  return {
    connection,
    flavour: /mariadb/i.test(version) ? "mariadb" : "mysql",
    async close() {
      await connection.query(`DROP DATABASE ${name}`);
      await connection.end();
      await server.stop();
    },
  };
}

/** mysql2's two ways to send: `query` writes values into the text, `execute` prepares and binds. */
export type MysqlProtocol = "query" | "execute";

/** Reads rows as arrays of what mysql2 makes of each column: a text for DECIMAL. */
export async function readRows(
  connection: Connection,
  protocol: MysqlProtocol,
  sql: string,
  values: readonly unknown[] = [],
): Promise<string[][]> {
  const options = { sql, rowsAsArray: true };
  const [rows] =
    protocol === "query"
      ? await connection.query<RowDataPacket[][]>(options, [...values] as string[])
      : await connection.execute<RowDataPacket[][]>(options, [...values] as string[]);
  return rows as unknown as string[][];
}
