import type { MysqlConnection } from "../connection.ts";

/** A right to one procedure or function. */
export interface RoutineGrant {
  /** Its database. */
  readonly schema: string;
  /** Its name, in lower case as the server keeps it. */
  readonly name: string;
  /** What it is. */
  readonly kind: "procedure" | "function";
  /** Account or role: its name. */
  readonly user: string;
  /** Its host; empty for a role of MariaDB. */
  readonly host: string;
  /** In order of name, in capitals: `ALTER ROUTINE`, `EXECUTE`, `GRANT`. */
  readonly privileges: readonly string[];
}

/**
 * Reads every right that is granted to a single routine. DROP takes these away, so whoever creates a routine again must give
 * them back.
 *
 * @returns In order of routine and account.
 * @throws {@link MysqlError} with `ACCESS_DENIED` where the user may not read `mysql.procs_priv`.
 */
export async function readRoutineGrants(
  connection: MysqlConnection,
  schema: string,
): Promise<RoutineGrant[]> {
  const { rows } = await connection.execute<{
    name: string;
    kind: "procedure" | "function";
    user: string;
    host: string;
    privileges: string;
  }>(
    `SELECT Routine_name AS name, LOWER(Routine_type) AS kind, User AS user, Host AS host, UPPER(Proc_priv) AS privileges
      FROM mysql.procs_priv WHERE Db = ? AND Routine_type IN ('PROCEDURE', 'FUNCTION')
      ORDER BY Routine_name, Routine_type, User, Host`,
    [schema],
  );
  return rows.map(({ name, kind, user, host, privileges }) => ({
    ...{ schema, name: name.toLowerCase(), kind, user, host },
    privileges: privileges
      .split(",")
      .filter((name) => name !== "")
      .sort(),
  }));
}

/** Rights as one text, such as `EXECUTE to reader@%`, in order of the texts; a role of MariaDB has no host. */
export function describeGrants(
  grants: readonly Pick<RoutineGrant, "user" | "host" | "privileges">[],
): string {
  return grants
    .map(({ user, host, privileges }) => {
      return `${privileges.join("+")} to ${host === "" ? user : `${user}@${host}`}`;
    })
    .sort()
    .join(", ");
}
