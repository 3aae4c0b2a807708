import { MysqlError } from "../mysql-error.ts";
import { type Change, type ChangeKind, type ChangeKinds, kindOf, type Trial } from "./change.ts";
import { messageOf, withWords } from "./failure.ts";
import type { JournaledChange } from "./journal.ts";
import type { LockedShard } from "./shard-sessions.ts";

/** One shard's part of a run. */
export interface Part {
  /** The shard. */
  readonly at: LockedShard;
  /** Its changes, in order. */
  readonly changes: readonly JournaledChange[];
  /** Whether an earlier process may have made some of them. */
  readonly isContinued: boolean;
}

/** A step of a deployment, for people. */
export interface Progress {
  /** What is about to be done. */
  readonly step: "preflight" | "journal" | "apply" | "verify" | "undo";
  /** The shard's id. */
  readonly shard: string;
  /** The change's name, or null where the step is the whole shard's. */
  readonly name: string | null;
}

/**
 * Makes a shard's changes and verifies them: each against the server's own account once it is made, and all of them, with
 * their trials, once the last is made. A change that is made already is left alone.
 */
export async function carryOut(
  part: Part,
  run: string,
  kinds: ChangeKinds,
  onProgress?: (progress: Progress) => void,
): Promise<void> {
  const { at, changes, isContinued } = part;
  const shard = at.shard.id;
  const baselines = isContinued ? null : await trials(part, kinds);
  for (const { change, position } of changes) {
    onProgress?.({ step: "apply", shard, name: change.name });
    const kind = kindOf(kinds, change);
    if ((await kind.differences(at, change, "after")).length > 0) {
      const changed = await kind.differences(at, change, "before");
      if (changed.length > 0 && (await kind.isBetween?.(at, change)) !== true) {
        throw conflict(part, change.name, changed);
      }
      try {
        await kind.apply(at, change);
      } catch (error) {
        // Nothing may stay half made; where the server is gone, the journal's next reader sees to that.
        const left = await undone(kind, at, change);
        throw withWords(error, (text) => `shard ${shard}: ${change.name}: ${text}${left}`);
      }
      const wrong = await kind.differences(at, change, "after");
      if (wrong.length > 0) {
        const left = await undone(kind, at, change);
        throw withWords(unverified(part, change.name, wrong), (text) => text + left);
      }
    }
    await at.journal.setChangeState(run, position, "applied");
  }
  onProgress?.({ step: "verify", shard, name: null });
  for (const { change } of changes) {
    const wrong = await kindOf(kinds, change).differences(at, change, "after");
    if (wrong.length > 0) throw unverified(part, change.name, wrong);
  }
  if (baselines === null) return;
  const results = await trials(part, kinds);
  for (const { change, position } of changes) {
    const was = baselines.get(position);
    const is = results.get(position);
    if (was === undefined || is === undefined || is.isGood || is.ending === was.ending) continue;
    if (!was.isGood && !is.isBroken) continue;
    throw unverified(part, change.name, [
      `a trial call ends with ${is.ending} instead of ${was.ending}`,
    ]);
  }
}

/** Takes back what was half made. Returns what to say where that failed. */
async function undone(kind: ChangeKind, at: LockedShard, change: Change): Promise<string> {
  try {
    if ((await kind.differences(at, change, "before")).length > 0) await kind.undo(at, change);
    return "";
  } catch (error) {
    return `; and it could not be put back (${messageOf(error)})`;
  }
}

async function trials(part: Part, kinds: ChangeKinds): Promise<ReadonlyMap<number, Trial>> {
  const results = new Map<number, Trial>();
  for (const { change, position } of part.changes) {
    const result = await kindOf(kinds, change).trial?.(part.at, change);
    if (result !== undefined) results.set(position, result);
  }
  return results;
}

function conflict(part: Part, name: string, differences: readonly string[]): MysqlError {
  return new MysqlError(
    "DEPLOYMENT_CONFLICT",
    `shard ${part.at.shard.id}: ${name} was changed by somebody else meanwhile: ${differences.join("; ")}`,
  );
}

function unverified(part: Part, name: string, differences: readonly string[]): MysqlError {
  return new MysqlError(
    "VERIFICATION_FAILED",
    `shard ${part.at.shard.id}: ${name} is not as deployed: ${differences.join("; ")}`,
  );
}
