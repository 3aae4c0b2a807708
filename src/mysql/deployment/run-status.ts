import type { Shard } from "../shards/shard.ts";
import { JOURNAL_DATABASE, Journal, type RunRecord } from "./journal.ts";

/** A run as one shard has it. */
export interface RunStatus extends RunRecord {
  /** The shard's id. */
  readonly shard: string;
  /** Changes in the shard's part of the run. */
  readonly changeCount: number;
  /** Those known to have been made; where a process was cut off, one more may have been. */
  readonly appliedCount: number;
  /** Whether the run must be finished or rolled back before another can begin. */
  readonly isUnfinished: boolean;
}

/** Reads what the shards' journals say, the latest run first. Writes nothing, and needs no lock. */
export async function readRuns(
  shards: readonly Shard[],
  journalDatabase: string = JOURNAL_DATABASE,
): Promise<readonly RunStatus[]> {
  const found: RunStatus[] = [];
  for (const shard of shards) {
    const journal = new Journal(shard.pool, shard.database, journalDatabase);
    for (const record of await journal.runs()) {
      const changes = await journal.changes(record.run);
      found.push({
        ...record,
        shard: shard.id,
        changeCount: changes.length,
        appliedCount: changes.filter(({ state }) => state === "applied").length,
        isUnfinished: ["applying", "undoing"].includes(record.state),
      });
    }
  }
  return found.toSorted((a, b) => b.run.localeCompare(a.run));
}
