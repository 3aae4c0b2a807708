import { type RunStatus, readRuns } from "../deployment/run-status.ts";
import type { Command } from "./command.ts";
import { withShards } from "./connection-options.ts";

/**
 * `orderly-mysql procedures status [--journal database]`: lists what the shards' journals hold, of every kind. Exit code 1
 * where a run is unfinished.
 */
export const statusCommand: Command = (args, output) =>
  withShards(args, { journal: { type: "string" } }, async (input) => {
    const { journal } = input.values;
    const runs = await readRuns(input.shards, typeof journal === "string" ? journal : undefined);
    if (input.json) output.out(`${JSON.stringify(runs, null, 2)}\n`);
    else output.out(runs.length === 0 ? "no runs\n" : runs.map(line).join(""));
    return runs.some(({ isUnfinished }) => isUnfinished) ? 1 : 0;
  });

function line(status: RunStatus): string {
  const { run, shard, state, startedAt, kind, summary, appliedCount, changeCount } = status;
  const count = state === "undone" ? `${changeCount}` : `${appliedCount} of ${changeCount}`;
  return `${run}  shard ${shard}  ${startedAt} UTC  ${state}  ${count} changes  ${kind}: ${summary}\n`;
}
