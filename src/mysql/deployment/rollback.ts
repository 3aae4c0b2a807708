import { MysqlError } from "../mysql-error.ts";
import type { Shard } from "../shards/shard.ts";
import type { Part, Progress } from "./carry-out.ts";
import { type ChangeKind, type ChangeKinds, kindOf } from "./change.ts";
import type { JournaledChange } from "./journal.ts";
import { type LockedShard, withLockedShards } from "./shard-sessions.ts";

/** What to undo. */
export interface RollbackOptions {
  /** Id of the run. @defaultValue The latest of the kind that is not undone. */
  readonly run?: string;
  /** The journal's database. @defaultValue "orderly_journal" */
  readonly journalDatabase?: string;
  /** Told of each step, for people. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What a rollback did. */
export interface RollbackResult {
  /** The run, or null where there was none to undo. */
  readonly run: string | null;
  /** Changes undone, by the shard's id; 0 where a shard never had them. */
  readonly changes: ReadonlyMap<string, number>;
}

/**
 * Undoes a run on every shard that took part, in reverse order, and verifies that everything is as it was before, byte for
 * byte. All shards are looked at first. Where it is interrupted, calling it again finishes it.
 *
 * @param kind - As in `Deployment.kind`.
 * @param changeKinds - As in `Deployment.changeKinds`.
 * @throws {@link MysqlError} `DEPLOYMENT_CONFLICT` where an object is neither as the run left it nor as it was before:
 *   nothing was undone then. `JOURNAL_UNKNOWN_RUN` where no shard knows the run. Others as `deploy`.
 */
export function rollback(
  shards: readonly Shard[],
  kind: string,
  changeKinds: readonly ChangeKind[],
  options: RollbackOptions = {},
): Promise<RollbackResult> {
  const kinds: ChangeKinds = new Map(changeKinds.map((own) => [own.kind, own]));
  return withLockedShards(shards, options.journalDatabase, async (locked) => {
    const run = await runToUndo(locked, kind, options.run);
    if (run === null) return { run, changes: new Map() };
    const parts: Part[] = [];
    for (const at of locked) {
      const record = (await at.journal.runs()).find((entry) => entry.run === run);
      if (record === undefined || record.state === "undone" || record.state === "dropped") continue;
      parts.push({ at, changes: await at.journal.changes(run), isContinued: true });
    }
    for (const part of parts) await refuseForeign(part, kinds);
    const changes = await undoParts(parts.toReversed(), run, kinds, options.onProgress);
    return { run, changes };
  });
}

/** Undoes parts in the order given; a change that is as before already is left alone. */
export async function undoParts(
  parts: readonly Part[],
  run: string,
  kinds: ChangeKinds,
  onProgress?: (progress: Progress) => void,
): Promise<ReadonlyMap<string, number>> {
  const undone = new Map<string, number>();
  for (const { at } of parts) await at.journal.setState(run, "undoing");
  for (const part of parts) {
    const { at, changes } = part;
    let count = 0;
    for (const { change, position } of inUndoOrder(changes, kinds)) {
      onProgress?.({ step: "undo", shard: at.shard.id, name: change.name });
      const kind = kindOf(kinds, change);
      if ((await kind.differences(at, change, "before")).length > 0) {
        await kind.undo(at, change);
        count += 1;
      }
      await at.journal.setChangeState(run, position, "undone");
    }
    // Once more, when the last is done: undoing one object may touch another.
    for (const { change } of changes) {
      const left = await kindOf(kinds, change).differences(at, change, "before");
      if (left.length === 0) continue;
      throw new MysqlError(
        "VERIFICATION_FAILED",
        `shard ${at.shard.id}: ${change.name} is not as it was: ${left.join("; ")}`,
      );
    }
    await at.journal.setState(run, "undone");
    undone.set(at.shard.id, count);
  }
  return undone;
}

function inUndoOrder(
  changes: readonly JournaledChange[],
  kinds: ChangeKinds,
): readonly JournaledChange[] {
  const isFirst = ({ change }: JournaledChange): boolean =>
    kindOf(kinds, change).isUndoneFirst === true;
  return [...changes.filter(isFirst), ...changes.filter((own) => !isFirst(own)).toReversed()];
}

async function runToUndo(
  locked: readonly LockedShard[],
  kind: string,
  asked: string | undefined,
): Promise<string | null> {
  const records = (await Promise.all(locked.map(({ journal }) => journal.runs()))).flat();
  if (asked !== undefined) {
    const record = records.find(({ run }) => run === asked);
    if (record?.kind === kind) return asked;
    throw new MysqlError("JOURNAL_UNKNOWN_RUN", `no shard's journal has run ${asked} of ${kind}`);
  }
  const open = records.filter(
    ({ kind: own, state }) => own === kind && ["applying", "undoing", "done"].includes(state),
  );
  return (
    open
      .map(({ run }) => run)
      .toSorted()
      .at(-1) ?? null
  );
}

/** What somebody changed after the run must not be lost. */
async function refuseForeign(part: Part, kinds: ChangeKinds): Promise<void> {
  const { at, changes } = part;
  for (const { change } of changes) {
    const kind = kindOf(kinds, change);
    if ((await kind.differences(at, change, "before")).length === 0) continue;
    const changed = await kind.differences(at, change, "after");
    if (changed.length === 0 || (await kind.isBetween?.(at, change)) === true) continue;
    throw new MysqlError(
      "DEPLOYMENT_CONFLICT",
      `shard ${at.shard.id}: ${change.name} was changed after the run; nothing was undone: ${changed.join("; ")}`,
    );
  }
}
