import type { MysqlConnection } from "../connection.ts";

/** One collation of a server. */
interface CollationInfo {
  /** Its character set, such as `utf8mb4`. */
  readonly charset: string;
  /** Whether a character set without COLLATE means this one. */
  readonly isDefault: boolean;
  /** Whether trailing spaces do not count: `'a' = 'a '`. NO PAD collations, such as the 0900 ones, count them. */
  readonly isPadSpace: boolean;
}

/** What a server is, as far as collations depend on it. */
export interface ServerInfo {
  /** MariaDB and MySQL choose collations by different rules. */
  readonly flavour: "mysql" | "mariadb";
  /** `VERSION()`, such as `10.11.19-MariaDB`. */
  readonly version: string;
  /** Every collation, by name. */
  readonly collations: ReadonlyMap<string, CollationInfo>;
  /** Default collation of each database that the user sees, by name. */
  readonly databases: ReadonlyMap<string, string>;
}

/** Databases of the servers' own. */
export const SYSTEM_SCHEMAS: readonly string[] = [
  "information_schema",
  "mysql",
  "performance_schema",
  "sys",
];

/** `VERSION()`. */
async function readVersion(connection: MysqlConnection): Promise<string> {
  const { rows } = await connection.execute<{ v: string }>("SELECT VERSION() AS v");
  return String(rows[0]?.v);
}

function flavourOf(version: string): ServerInfo["flavour"] {
  return /mariadb/i.test(version) ? "mariadb" : "mysql";
}

/** Asks a server whether it is MySQL or MariaDB. */
export async function readFlavour(connection: MysqlConnection): Promise<ServerInfo["flavour"]> {
  return flavourOf(await readVersion(connection));
}

/** Asks a server what it is. */
export async function readServerInfo(connection: MysqlConnection): Promise<ServerInfo> {
  const version = await readVersion(connection);
  const flavour = flavourOf(version);
  // MariaDB 10.10 and later list context-independent names (`uca1400_ai_ci`) without a character set, and have no PAD_ATTRIBUTE.
  const collations = await connection.execute<{
    name: string;
    charset: string | null;
    isDefault: string;
    pad: string;
  }>(
    `SELECT COLLATION_NAME AS name, CHARACTER_SET_NAME AS charset, COALESCE(IS_DEFAULT, '') AS isDefault, ${
      flavour === "mysql"
        ? "PAD_ATTRIBUTE"
        : "IF(COLLATION_NAME LIKE '%\\_nopad\\_%', 'NO PAD', 'PAD SPACE')"
    } AS pad FROM information_schema.COLLATIONS WHERE COLLATION_NAME IS NOT NULL`,
  );
  const databases = await connection.execute<{ name: string; collation: string }>(
    "SELECT SCHEMA_NAME AS name, DEFAULT_COLLATION_NAME AS collation FROM information_schema.SCHEMATA",
  );
  return {
    flavour,
    version,
    collations: new Map(
      collations.rows.flatMap(({ name, charset, isDefault, pad }) =>
        charset === null
          ? []
          : [[name, { charset, isDefault: isDefault === "Yes", isPadSpace: pad === "PAD SPACE" }]],
      ),
    ),
    databases: new Map(databases.rows.map(({ name, collation }) => [name, collation])),
  };
}
