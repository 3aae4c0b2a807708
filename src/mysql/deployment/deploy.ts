import { randomBytes } from "node:crypto";
import { MysqlError } from "../mysql-error.ts";
import type { Shard } from "../shards/shard.ts";
import { carryOut, type Part, type Progress } from "./carry-out.ts";
import type { Change, ChangeKind, ChangeKinds, ShardSession } from "./change.ts";
import { messageOf, withWords } from "./failure.ts";
import type { RunRecord } from "./journal.ts";
import { checkObstacles } from "./preflight.ts";
import { undoParts } from "./rollback.ts";
import { type LockedShard, withLockedShards } from "./shard-sessions.ts";

/** What to deploy. */
export interface Deployment {
  /** The name under which the journal keeps its runs, such as `procedures`, `decimals` or `migrations`; 32 characters. */
  readonly kind: string;
  /** One line for people who read the journal. */
  readonly summary: string;
  /** How its changes are made; must also hold the kinds of earlier runs that may be unfinished. */
  readonly changeKinds: readonly ChangeKind[];
  /**
   * Says what to change on a shard, in order. Reads only. Called for every shard before anything changes; not called where
   * an unfinished run is continued.
   *
   * @throws {@link MysqlError} where a shard is not as it must be, and so nothing shall change anywhere.
   */
  plan(at: ShardSession): Promise<readonly Change[]>;
}

/** How to deploy. */
export interface DeployOptions {
  /** Id of the shard that goes first. @defaultValue The first shard that has something to change. */
  readonly canary?: string;
  /** Ends after the canary has been verified; the next call continues with the rest. @defaultValue false */
  readonly canaryOnly?: boolean;
  /** The journal's database. @defaultValue "orderly_journal" */
  readonly journalDatabase?: string;
  /** Told of each step, for people. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What a deployment did. */
export interface DeployResult {
  /** The run, or null where there was nothing to change. */
  readonly run: string | null;
  /** Whether an earlier run, interrupted, was continued; what else was wanted has not been looked at then: call again. */
  readonly isContinued: boolean;
  /** Whether all shards have their changes, rather than the canary only. */
  readonly isComplete: boolean;
  /** Changes of each shard, by its id. */
  readonly changes: ReadonlyMap<string, number>;
}

/**
 * Changes every shard, or says why not: all shards are looked at before anything changes; all changes are in the journals,
 * on disk, before the first is made; one shard, the canary, is changed and verified before the rest.
 *
 * Where a run of the same kind was interrupted, that one is continued from the journal. Calling again is always right.
 *
 * @throws {@link MysqlError} `PREFLIGHT_FAILED`, `JOURNAL_UNFINISHED`, `DEPLOYMENT_LOCKED`: nothing changed.
 *   `VERIFICATION_FAILED` or `STATEMENT` on the canary: it has been undone there, and nothing else changed; on a later shard:
 *   that change has been undone, the run is unfinished. `DEPLOYMENT_CONFLICT`: an object is neither as it was nor as it shall
 *   be, since somebody changed it meanwhile; the run is unfinished. `CONNECTION_LOST`, `UNREACHABLE`: the run is unfinished.
 *   An unfinished run is continued by calling again, or ended with `rollback`.
 */
export function deploy(
  shards: readonly Shard[],
  deployment: Deployment,
  options: DeployOptions = {},
): Promise<DeployResult> {
  const kinds: ChangeKinds = new Map(deployment.changeKinds.map((kind) => [kind.kind, kind]));
  const { canary } = options;
  if (shards.length === 0) throw new RangeError("there is no shard to deploy to");
  if (canary !== undefined && !shards.some(({ id }) => id === canary)) {
    throw new RangeError(`the canary ${canary} is none of the shards`);
  }
  return withLockedShards(shards, options.journalDatabase, async (locked) => {
    const open = await unfinishedRun(locked, deployment.kind);
    const isContinued = open !== null;
    const begun = open ?? (await begin(locked, deployment, kinds, options));
    if (begun === null) return { run: null, isContinued, isComplete: true, changes: new Map() };
    const parts = canaryFirst(begun.parts, canary);
    const changes = new Map(parts.map(({ at, changes: own }) => [at.shard.id, own.length]));
    for (const [index, part] of parts.entries()) {
      try {
        await carryOut(part, begun.run, kinds, options.onProgress);
      } catch (error) {
        if (index > 0 || isContinued || !isOfTheChange(error)) throw withWords(error, unfinished);
        await undoCanary(begun.run, part, parts.slice(1), kinds, error, options.onProgress);
      }
      if (index === 0 && options.canaryOnly === true && parts.length > 1) {
        return { run: begun.run, isContinued, isComplete: false, changes };
      }
    }
    for (const { at } of parts) await at.journal.setState(begun.run, "done");
    return { run: begun.run, isContinued, isComplete: true, changes };
  });
}

/** A run with all of its parts. */
interface BegunRun {
  readonly run: string;
  readonly parts: readonly Part[];
}

/**
 * Finds the run to continue.
 *
 * A run that is `preparing` everywhere never changed anything, since the changes of all shards are written before the first
 * state becomes `applying`; it is dropped, for the shards may have changed since.
 */
async function unfinishedRun(
  locked: readonly LockedShard[],
  kind: string,
): Promise<BegunRun | null> {
  const records: { readonly at: LockedShard; readonly record: RunRecord }[] = [];
  for (const at of locked) {
    for (const record of await at.journal.runs()) {
      if (["preparing", "applying", "undoing"].includes(record.state)) records.push({ at, record });
    }
  }
  const begun = records.filter(({ record }) => record.state !== "preparing");
  const runs = new Set(begun.map(({ record }) => record.run));
  for (const { at, record } of begun) {
    if (record.state === "applying" && record.kind === kind && runs.size === 1) continue;
    const way = record.state === "undoing" ? "run its rollback again" : "finish it or roll it back";
    throw new MysqlError(
      "JOURNAL_UNFINISHED",
      `shard ${at.shard.id}: run ${record.run} (${record.kind}: ${record.summary}) is unfinished; ${way} first`,
    );
  }
  for (const { at, record } of records) {
    if (record.state === "preparing" && !runs.has(record.run)) {
      await at.journal.setState(record.run, "dropped");
    }
  }
  const [run] = runs;
  if (run === undefined) return null;
  const parts: Part[] = [];
  for (const at of locked) {
    const record = (await at.journal.runs()).find((entry) => entry.run === run);
    // Undone: the canary of a run that failed there.
    if (record === undefined || ["undone", "dropped"].includes(record.state)) continue;
    if (record.state === "preparing") await at.journal.setState(run, "applying");
    const changes = await at.journal.changes(run);
    parts.push({ at, changes, isContinued: true });
  }
  return { run, parts };
}

/** Looks at every shard, then writes every journal, and only then lets the run begin. */
async function begin(
  locked: readonly LockedShard[],
  deployment: Deployment,
  kinds: ChangeKinds,
  options: DeployOptions,
): Promise<BegunRun | null> {
  const planned: { readonly at: LockedShard; readonly changes: readonly Change[] }[] = [];
  for (const at of locked) {
    options.onProgress?.({ step: "preflight", shard: at.shard.id, name: null });
    planned.push({ at, changes: await deployment.plan(at) });
  }
  const taking = planned.filter(({ changes }) => changes.length > 0);
  if (taking.length === 0) return null;
  await checkObstacles(taking, kinds);
  const run = Date.now().toString(16).padStart(12, "0") + randomBytes(10).toString("hex");
  const { kind, summary } = deployment;
  for (const { at, changes } of taking) {
    options.onProgress?.({ step: "journal", shard: at.shard.id, name: null });
    await at.journal.create();
    await at.journal.write({ run, kind, summary, shardCount: taking.length }, changes);
  }
  for (const { at } of taking) await at.journal.setState(run, "applying");
  return {
    run,
    parts: taking.map(({ at, changes }) => ({
      at,
      isContinued: false,
      changes: changes.map((change, position) => ({ change, position, state: "planned" })),
    })),
  };
}

function canaryFirst(parts: readonly Part[], canary: string | undefined): readonly Part[] {
  const first = parts.filter(({ at }) => at.shard.id === canary);
  return [...first, ...parts.filter((part) => !first.includes(part))];
}

/** Whether the change is at fault, and the shard can be asked to take it back. */
function isOfTheChange(error: unknown): error is MysqlError {
  if (!(error instanceof MysqlError)) return false;
  return !["CONNECTION_LOST", "UNREACHABLE", "DEPLOYMENT_CONFLICT"].includes(error.code);
}

function unfinished(text: string): string {
  return `${text}; the run is unfinished: run it again when that is mended, or roll it back`;
}

async function undoCanary(
  run: string,
  canary: Part,
  others: readonly Part[],
  kinds: ChangeKinds,
  error: MysqlError,
  onProgress: DeployOptions["onProgress"],
): Promise<never> {
  const { at } = canary;
  const first = `canary ${at.shard.id}: ${error.message}`;
  try {
    // In this order, whoever comes after an interruption here finds a rollback to finish, and nothing to continue.
    await at.journal.setState(run, "undoing");
    for (const other of others) await other.at.journal.setState(run, "dropped");
    await undoParts([canary], run, kinds, onProgress);
  } catch (failed) {
    const second = `undoing it failed (${messageOf(failed)}): roll it back when that is mended`;
    throw withWords(error, () => `${first}; ${second}; nothing else changed`);
  }
  throw withWords(error, () => `${first}; undone there, and nothing else changed`);
}
