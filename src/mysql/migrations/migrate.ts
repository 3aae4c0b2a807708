import { MigrationError, Umzug } from "umzug";
import type { ChangeKind, ShardSession } from "../deployment/change.ts";
import { type Deployment, type DeployOptions, deploy } from "../deployment/deploy.ts";
import { type RollbackOptions, rollback } from "../deployment/rollback.ts";
import { MysqlError } from "../mysql-error.ts";
import type { Shard } from "../shards/shard.ts";
import { COLLATION_CHANGE, collationChange } from "./collation-change.ts";
import { type Migration, type ReadMigration, readMigrations } from "./migration.ts";
import { irreversible, MIGRATION_CHANGE, migrationChange } from "./migration-change.ts";
import { MigrationRecords } from "./migration-record.ts";

/** How to migrate. */
export interface MigrateOptions extends Omit<DeployOptions, "canaryOnly"> {
  /**
   * The one collation of database, tables and routines. An empty database gets it; of one that is not, it must be the
   * default already. Both servers have the default one. @defaultValue "utf8mb4_unicode_ci"
   */
  readonly collation?: string;
}

/** What a shard has. */
export interface MigrationStatus {
  /** The migration's name. */
  readonly name: string;
  /** Ids of the shards that have all of it. */
  readonly applied: readonly string[];
  /** Ids of the shards where it began and did not end. */
  readonly unfinished: readonly string[];
  /** Ids of the shards that have nothing of it. */
  readonly pending: readonly string[];
}

/** The journal's name for runs of migrations. */
const KIND = "migrations";

const CHANGE_KINDS = [MIGRATION_CHANGE, COLLATION_CHANGE] as readonly ChangeKind[];

/**
 * Applies every migration that a shard lacks to that shard, in the order of their names, each as one deployment: journaled,
 * on one shard first, then on the rest.
 *
 * Where it was interrupted, calling it again continues; where everything is applied, it changes nothing. A shard that joins
 * gets all of them.
 *
 * @param shards - All of them, also those in maintenance; each must answer.
 * @returns The names of the migrations that some shard got.
 * @throws {@link MysqlError} `MIGRATION_CHANGED` where a shard has a migration that is not, or no longer as, among these:
 *   nothing was applied. Others as `deploy`; migrations before the one that failed remain.
 */
export async function migrate(
  shards: readonly Shard[],
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const { collation = "utf8mb4_unicode_ci", ...deployOptions } = options;
  const read = readMigrations(migrations);
  const applied: string[] = [];
  const umzug = new Umzug<object>({
    context: {},
    logger: undefined,
    migrations: read.map((migration) => ({
      name: migration.name,
      up: async () => {
        if (await apply(shards, migration, collation, deployOptions)) applied.push(migration.name);
      },
    })),
    storage: {
      // What every shard has; a shard keeps its own account of it, in `orderly_migrations`.
      executed: async () => {
        const status = await checkedStatus(shards, read);
        return status.filter((one) => one.applied.length === shards.length).map(({ name }) => name);
      },
      logMigration: () => Promise.resolve(),
      unlogMigration: () => Promise.resolve(),
    },
  });
  try {
    await umzug.up();
  } catch (error) {
    // It wraps what a migration threw.
    throw error instanceof MigrationError && error.cause instanceof Error ? error.cause : error;
  }
  return applied;
}

/**
 * Which shard has which migration.
 *
 * @throws {@link MysqlError} as `migrate`.
 */
export function migrationStatus(
  shards: readonly Shard[],
  migrations: readonly Migration[],
): Promise<readonly MigrationStatus[]> {
  return checkedStatus(shards, readMigrations(migrations));
}

/**
 * Takes back the latest migration on every shard that has it from that run.
 *
 * @returns Its name, or null where there is none to take back.
 * @throws {@link MysqlError} `MIGRATION_IRREVERSIBLE` where it has no way down: nothing was changed. Others as `rollback`.
 */
export async function rollbackMigration(
  shards: readonly Shard[],
  migrations: readonly Migration[],
  options: Omit<RollbackOptions, "run"> = {},
): Promise<string | null> {
  const status = await migrationStatus(shards, migrations);
  const last = status.findLast(({ applied, unfinished }) => applied.length + unfinished.length > 0);
  if (last === undefined) return null;
  const migration = readMigrations(migrations).find(({ name }) => name === last.name);
  if (migration?.down === null) throw irreversible(last.name);
  const { run } = await rollback(shards, KIND, CHANGE_KINDS, options);
  return run === null ? null : last.name;
}

/** @returns Whether a shard got it. */
async function apply(
  shards: readonly Shard[],
  migration: ReadMigration,
  collation: string,
  options: DeployOptions,
): Promise<boolean> {
  const deployment: Deployment = {
    kind: KIND,
    summary: migration.name,
    changeKinds: CHANGE_KINDS,
    plan: async (at) => {
      const change = await collationChange(at, collation);
      const record = await recordsOf(at.shard, at).of(migration.name);
      return [
        ...(change === null ? [] : [change]),
        ...(record === null ? [migrationChange(at, migration, collation)] : []),
      ];
    },
  };
  let changed = false;
  for (;;) {
    const result = await deploy(shards, deployment, options);
    changed ||= result.run !== null;
    // What was interrupted may have been another migration.
    if (!result.isContinued) return changed;
  }
}

async function checkedStatus(
  shards: readonly Shard[],
  migrations: readonly ReadMigration[],
): Promise<readonly MigrationStatus[]> {
  const byShard = await Promise.all(
    shards.map(async (shard) => ({ shard, records: await recordsOf(shard).all() })),
  );
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { shard, records } of byShard) {
    for (const { name, checksum } of records) {
      const migration = known.get(name);
      if (migration?.checksum === checksum) continue;
      const what = migration === undefined ? "which is not among these" : "in another version";
      throw new MysqlError(
        "MIGRATION_CHANGED",
        `shard ${shard.id} has the migration ${name}, ${what}`,
      );
    }
  }
  return migrations.map(({ name, up }) => {
    const status = {
      name,
      applied: [] as string[],
      unfinished: [] as string[],
      pending: [] as string[],
    };
    for (const { shard, records } of byShard) {
      const record = records.find((one) => one.name === name);
      if (record === undefined) status.pending.push(shard.id);
      else if (record.stepsDone === up.length) status.applied.push(shard.id);
      else status.unfinished.push(shard.id);
    }
    return status;
  });
}

function recordsOf(shard: Shard, at?: ShardSession): MigrationRecords {
  return new MigrationRecords(at?.session ?? shard.pool, shard.database);
}
