import type { MysqlConnection } from "../connection.ts";
import type { Change, ChangeKind, ShardSession } from "../deployment/change.ts";
import { MysqlError } from "../mysql-error.ts";
import type { ReadMigration } from "./migration.ts";
import { MigrationRecords } from "./migration-record.ts";
import { withMigrationSettings } from "./migration-settings.ts";
import { repeatedByMigration } from "./repeated-by-migration.ts";

/** Whether a shard has a migration; null before. */
export type MigrationState = (ReadMigration & { readonly collation: string }) | null;

/**
 * What a statement fails with where it has been done already: exists (database, table, column, key, constraint, view,
 * routine, trigger, event, partition), or is gone (database, table, column or key, routine, trigger, event).
 */
const ALREADY_DONE = new Set([
  1007, 1050, 1060, 1061, 1304, 1359, 1517, 1537, 1826, 3822, 1008, 1051, 1091, 1305, 1360, 1539,
]);

/** The kind of change that applies a migration to a shard. */
export const MIGRATION_CHANGE: ChangeKind<MigrationState> = {
  kind: "migration",

  async obstacles(at, changes) {
    const found: string[] = [];
    for (const change of changes) {
      const { up } = migrationOf(change);
      const repeated = await repeatedByMigration(at.session, at.shard.database, up);
      found.push(...repeated.map((text) => `${change.name}: ${text}`));
    }
    return found;
  },

  async differences(at, change, side) {
    const { name, checksum, up } = migrationOf(change);
    const record = await recordsOf(at).of(name);
    if (side === "before") return record === null ? [] : ["it has been applied, or has begun"];
    if (record === null) return ["it has not been applied"];
    if (record.checksum !== checksum) return ["another version of it has been applied"];
    if (record.stepsDone === up.length) return [];
    return [`${record.stepsDone} of its ${up.length} statements have run`];
  },

  async isBetween(at, change) {
    const { name, checksum, up } = migrationOf(change);
    const record = await recordsOf(at).of(name);
    return record !== null && record.checksum === checksum && record.stepsDone < up.length;
  },

  async apply(at, change) {
    const { name, checksum, up, collation } = migrationOf(change);
    const records = recordsOf(at);
    await records.create();
    let record = await records.of(name);
    if (record === null) {
      await records.begin(name, checksum, up.length);
      record = { name, checksum, steps: up.length, stepsDone: 0, isRunning: 0 };
    }
    const { stepsDone } = record;
    let mayBeDone = record.isRunning === 1;
    await withMigrationSettings(at.session, collation, async () => {
      for (const [step, statement] of up.entries()) {
        if (step < stepsDone) continue;
        await records.note(name, step, true);
        await runStep(at.session, records, { name, step, statement, mayBeDone });
        mayBeDone = false;
      }
    });
  },

  async undo(at, change) {
    const { name, down, collation } = migrationOf(change);
    const records = recordsOf(at);
    const record = await records.of(name);
    if (record === null) return;
    if (record.stepsDone > 0 || record.isRunning === 1) {
      if (down === null) throw irreversible(name);
      await withMigrationSettings(at.session, collation, async () => {
        for (const statement of down) await at.session.query(statement);
      });
    }
    await records.remove(name);
  },
};

/** The change that applies a migration. */
export function migrationChange(
  at: ShardSession,
  migration: ReadMigration,
  collation: string,
): Change<MigrationState> {
  return {
    kind: MIGRATION_CHANGE.kind,
    schema: at.shard.database,
    name: `migration ${migration.name}`,
    before: null,
    after: { ...migration, collation },
  };
}

/** The migration has no way down. */
export function irreversible(name: string): MysqlError {
  return new MysqlError("MIGRATION_IRREVERSIBLE", `the migration ${name} has no way down`);
}

interface Step {
  readonly name: string;
  readonly step: number;
  readonly statement: string;
  /** Whether a process that ended may have done it, without writing that down. */
  readonly mayBeDone: boolean;
}

/** Runs a statement and notes it: together where the statement can be in a transaction, one after the other of DDL. */
async function runStep(
  session: MysqlConnection,
  records: MigrationRecords,
  { name, step, statement, mayBeDone }: Step,
): Promise<void> {
  await session.query("START TRANSACTION");
  try {
    await session.query(statement);
  } catch (error) {
    await session.query("ROLLBACK");
    const isDone =
      mayBeDone && error instanceof MysqlError && ALREADY_DONE.has(error.errno ?? Number.NaN);
    if (!isDone) {
      await records.note(name, step, false);
      throw error;
    }
  }
  await records.note(name, step + 1, false);
  await session.query("COMMIT");
}

function migrationOf(change: Change<MigrationState>): NonNullable<MigrationState> {
  if (change.after === null) throw new Error("bug: a migration's change has no migration");
  return change.after;
}

function recordsOf(at: ShardSession): MigrationRecords {
  return new MigrationRecords(at.session, at.shard.database);
}
