import type { Change, ChangeKind, ShardSession } from "../deployment/change.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { MIGRATIONS_TABLE } from "./migration-record.ts";

/** The default collation of a database. */
export interface CollationState {
  /** Such as `utf8mb4_unicode_ci`. */
  readonly collation: string;
}

/** The kind of change that gives an empty database its collation, before the first migration fills it. */
export const COLLATION_CHANGE: ChangeKind<CollationState> = {
  kind: "database-collation",
  async differences(at, change, side) {
    const is = await defaultCollation(at);
    const wanted = change[side].collation;
    return is === wanted ? [] : [`the default collation is ${is}`];
  },
  apply: (at, change) => alter(at, change.after.collation),
  undo: (at, change) => alter(at, change.before.collation),
};

/**
 * The change that the database's collation needs, or null.
 *
 * @throws {@link MysqlError} `PREFLIGHT_FAILED` where the collation differs and the database has tables or programs: then
 *   these would keep theirs, and every comparison between old and new would be a mix.
 */
export async function collationChange(
  at: ShardSession,
  collation: string,
): Promise<Change<CollationState> | null> {
  const is = await defaultCollation(at);
  if (is === collation) return null;
  const { database, id } = at.shard;
  const { rows } = await at.session.execute<{ n: string }>(
    // Our own account of what was taken back may be there, and has a collation of its own.
    `SELECT CAST((SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME <> '${MIGRATIONS_TABLE}')
      + (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?) AS CHAR) AS n`,
    [database, database],
  );
  if (rows[0]?.n !== "0") {
    throw new MysqlError(
      "PREFLIGHT_FAILED",
      `shard ${id}: ${database} has the default collation ${is} and is not empty: bring it to ${collation} with ` +
        "orderly-mysql procedures fix --strategy schema first",
    );
  }
  return {
    kind: COLLATION_CHANGE.kind,
    schema: database,
    name: `database ${database}`,
    before: { collation: is },
    after: { collation },
  };
}

async function defaultCollation(at: ShardSession): Promise<string> {
  const { rows } = await at.session.execute<{ collation: string }>(
    "SELECT DEFAULT_COLLATION_NAME AS collation FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
    [at.shard.database],
  );
  return rows[0]?.collation ?? "unknown";
}

async function alter(at: ShardSession, collation: string): Promise<void> {
  await at.session.query(
    `ALTER DATABASE ${quoteIdentifier(at.shard.database)} COLLATE ${quoteIdentifier(collation)}`,
  );
}
