import { type RoutineGrant, readRoutineGrants } from "../catalog/read-grants.ts";
import { readPrograms } from "../catalog/read-programs.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import type { Shard } from "../shards/shard.ts";

/** The stored programs of one shard. */
export interface ShardPrograms {
  /** The shard's id. */
  readonly shard: string;
  /** Its own database. Shards may give theirs different names; what lies in it is compared all the same. */
  readonly database: string;
  /** Programs of that database, and of others that were asked for. */
  readonly programs: readonly StoredProgram[];
  /** Rights to single routines among them. */
  readonly grants: readonly RoutineGrant[];
}

/**
 * Reads what drift is looked for in. Writes nothing.
 *
 * @param databases - Databases of the same name on every shard; the shard's own is always read.
 * @throws {@link MysqlError} `DEFINITION_HIDDEN` or `ACCESS_DENIED` where something may not be seen: shards cannot be compared
 *   then.
 */
export async function readShardPrograms(
  shard: Shard,
  databases: readonly string[] = [],
): Promise<ShardPrograms> {
  const schemas = [...new Set([shard.database, ...databases])];
  const programs = await readPrograms(shard.pool, schemas);
  const grants: RoutineGrant[] = [];
  for (const schema of schemas) grants.push(...(await readRoutineGrants(shard.pool, schema)));
  return { shard: shard.id, database: shard.database, programs, grants };
}
