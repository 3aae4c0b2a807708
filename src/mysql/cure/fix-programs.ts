import { type Catalog, readCatalog } from "../catalog/read-catalog.ts";
import type { MysqlConnection } from "../connection.ts";
import type { Change, ChangeKind } from "../deployment/change.ts";
import { type DeployOptions, deploy } from "../deployment/deploy.ts";
import { programChange, programChanges } from "../deployment/program-change.ts";
import { readProgramState } from "../deployment/program-state.ts";
import { type RollbackOptions, type RollbackResult, rollback } from "../deployment/rollback.ts";
import type { TrialMode } from "../deployment/trial-call.ts";
import type { Finding } from "../diagnosis/finding.ts";
import { MysqlError } from "../mysql-error.ts";
import type { Shard } from "../shards/shard.ts";
import { type CuredProgram, cureCatalog, withExplicitTypes } from "./cure-catalog.ts";
import { commonCollation, planSchema } from "./plan-schema.ts";
import { databaseChanges, tableChanges } from "./schema-changes.ts";
import { CURES, type Strategy } from "./strategy.ts";

/** The name of the runs of `procedures fix` in the journal. */
const PROCEDURES = "procedures";

/** What to fix, and how. */
export interface FixOptions extends DeployOptions {
  /** @defaultValue "collate" */
  readonly strategy?: Strategy;
  /** For `schema`: the collation. @defaultValue That of most text columns, counted on the first shard. */
  readonly collation?: string;
  /** Databases of every shard whose programs are fixed. @defaultValue Each shard's own */
  readonly databases?: readonly string[];
  /** How routines are tried before and after. @defaultValue "write" */
  readonly trial?: TrialMode;
}

/** What is, or was, to be done on one shard. */
export interface ShardFix {
  /** The shard's id. */
  readonly shard: string;
  /** All that changes, in order: databases and tables with `schema`, then programs. */
  readonly changes: readonly Change[];
  /** Programs with a new text, with notes, or with something that remains. */
  readonly programs: readonly CuredProgram[];
  /** What a scan will find afterwards. */
  readonly remaining: readonly Finding[];
}

/** What `fixPrograms` did. */
export interface FixResult {
  /** The run's id in the journal; null where nothing was to be done. */
  readonly run: string | null;
  /** Whether an interrupted run was finished first. */
  readonly hasContinued: boolean;
  /** False where only the canary was changed, as asked. */
  readonly isComplete: boolean;
  /** Each shard; empty where only an interrupted run was continued up to its canary. */
  readonly shards: readonly ShardFix[];
}

/** Every kind of change that `procedures fix` makes. */
export function fixChangeKinds(trial: TrialMode = "write"): readonly ChangeKind[] {
  return [databaseChanges(), tableChanges(), programChanges({ trial })] as readonly ChangeKind[];
}

/**
 * Undoes a run of {@link fixPrograms}: everything is as it was, to the last byte of SHOW CREATE and the last grant.
 *
 * @throws {@link MysqlError} as `rollback`.
 */
export function rollbackPrograms(
  shards: readonly Shard[],
  options: RollbackOptions = {},
): Promise<RollbackResult> {
  return rollback(shards, PROCEDURES, fixChangeKinds(), options);
}

/** Plans the cure of every shard. Reads only. */
export async function planFix(
  shards: readonly Shard[],
  options: FixOptions = {},
): Promise<readonly ShardFix[]> {
  const collation = await schemaCollation(shards, options);
  const plans: ShardFix[] = [];
  for (const shard of shards) plans.push(await planShard(shard, shard.pool, options, collation));
  return plans;
}

/**
 * Cures every shard, as `deploy` does: on all of them or, where the canary fails, on none. An interrupted run is finished
 * first, by what its journal says, and then the shards are looked at anew.
 *
 * @throws {@link MysqlError} as `deploy`; `DDL_UNREADABLE`, `DEFINITION_HIDDEN` where a program cannot be read, on any shard:
 *   nothing changed then.
 */
export async function fixPrograms(
  shards: readonly Shard[],
  options: FixOptions = {},
): Promise<FixResult> {
  const { strategy = "collate" } = options;
  const collation = await schemaCollation(shards, options);
  let plans: ShardFix[] = [];
  const attempt = () => {
    plans = [];
    return deploy(
      shards,
      {
        kind: PROCEDURES,
        summary: `fix --strategy ${strategy}`,
        changeKinds: fixChangeKinds(options.trial),
        async plan({ shard, session }) {
          const plan = await planShard(shard, session, options, collation);
          plans.push(plan);
          return plan.changes;
        },
      },
      options,
    );
  };
  const first = await attempt();
  if (!first.isContinued || !first.isComplete) {
    const { run, isContinued, isComplete } = first;
    return { run, hasContinued: isContinued, isComplete, shards: plans };
  }
  const second = await attempt();
  const { run, isComplete } = second;
  return { run: run ?? first.run, hasContinued: true, isComplete, shards: plans };
}

/** One collation for all shards, decided once. */
async function schemaCollation(
  shards: readonly Shard[],
  { strategy, collation, databases = [] }: FixOptions,
): Promise<string> {
  if (strategy !== "schema") {
    if (collation === undefined) return "";
    throw new MysqlError("USAGE", "a collation is chosen for the strategy schema only");
  }
  if (collation !== undefined) return collation;
  const [first] = shards;
  if (first === undefined) return "";
  const common = commonCollation(await readCatalog(first.pool, schemasOf(first, databases)));
  if (common !== null) return common;
  throw new MysqlError("USAGE", "no table has a text column: say which collation to use");
}

function schemasOf(shard: Shard, databases: readonly string[]): readonly string[] {
  return databases.length > 0 ? databases : [shard.database];
}

async function planShard(
  shard: Shard,
  session: MysqlConnection,
  { strategy = "collate", databases = [] }: FixOptions,
  collation: string,
): Promise<ShardFix> {
  const found = await readCatalog(session, schemasOf(shard, databases));
  const schema = strategy === "schema" ? await planSchema(session, found, collation) : null;
  const catalog = schema?.catalog ?? found;
  const cured = cureCatalog(catalog, CURES[strategy]);
  const changes: Change[] = [...(schema?.changes ?? [])];
  for (const program of catalog.programs) {
    const ddl = cured.programs.find((own) => own.program === program)?.ddl ?? program.ddl;
    const change = await changeOf(session, found, catalog, program, ddl);
    if (change !== null) changes.push(change);
  }
  return { shard: shard.id, changes, programs: cured.programs, remaining: cured.remaining };
}

/** The change of one program; null where it stays as it is. */
async function changeOf(
  session: MysqlConnection,
  found: Catalog,
  catalog: Catalog,
  program: Catalog["programs"][number],
  ddl: string,
): Promise<Change | null> {
  const { kind, schema, name, sqlMode } = program;
  const original = found.programs.find(
    (own) => own.kind === kind && own.schema === schema && own.name === name,
  );
  const recorded = original?.databaseCollation ?? program.databaseCollation;
  const isCreatedAgain = recorded !== program.databaseCollation;
  if (ddl === program.ddl && !isCreatedAgain) return null;
  const before = await readProgramState(session, { kind, schema, name });
  if (before === null || before.ddl !== program.ddl) {
    throw new MysqlError(
      "DEPLOYMENT_CONFLICT",
      `${kind} ${schema}.${name} changes while it is read`,
    );
  }
  const current = catalog.server.databases.get(schema) ?? recorded;
  // Created again under another default, types without a collation would get that one: unless this is what is wanted.
  const text =
    current === recorded || isCreatedAgain ? ddl : withExplicitTypes(ddl, sqlMode, recorded);
  return programChange(before, text, isCreatedAgain ? current : null);
}
