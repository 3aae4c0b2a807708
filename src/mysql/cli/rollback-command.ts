import { rollbackPrograms } from "../cure/fix-programs.ts";
import type { Command } from "./command.ts";
import { withShards } from "./connection-options.ts";
import { requireYes, YES } from "./deploy-options.ts";

const OPTIONS = {
  run: { type: "string" },
  ...YES,
  journal: { type: "string" },
  verbose: { type: "boolean" },
} as const;

/**
 * `orderly-mysql procedures rollback --yes [--run id] [--journal database]`: undoes the latest run of `procedures fix`, or
 * the one that is named. Exit code 0 also where there was none.
 */
export const rollbackCommand: Command = (args, output) =>
  withShards(args, OPTIONS, async (input) => {
    const { values, shards, json } = input;
    const { run: asked, journal } = values;
    requireYes(input, "procedures status lists the runs, of which the latest is undone");
    const { run, changes } = await rollbackPrograms(shards, {
      ...(typeof asked === "string" ? { run: asked } : {}),
      ...(typeof journal === "string" ? { journalDatabase: journal } : {}),
      ...(values["verbose"] === true
        ? {
            onProgress: ({ step, shard, name }) =>
              output.err(`shard ${shard}: ${step} ${name ?? ""}\n`),
          }
        : {}),
    });
    if (json) {
      output.out(`${JSON.stringify({ run, changes: Object.fromEntries(changes) }, null, 2)}\n`);
    } else if (run === null) {
      output.out("there is no run to undo\n");
    } else {
      for (const [shard, count] of changes) output.out(`shard ${shard}: ${count} undone\n`);
      output.out(`run ${run} is undone\n`);
    }
    return 0;
  });
