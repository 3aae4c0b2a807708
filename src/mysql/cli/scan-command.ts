import { renderScan } from "../diagnosis/render-scan.ts";
import { isActionable, type ScanReport, scanPrograms } from "../diagnosis/scan-programs.ts";
import type { Command, CommandOutput } from "./command.ts";
import { type CommandInput, withShards } from "./connection-options.ts";

/**
 * `orderly-mysql procedures scan [--all-types]`: collations that do not mix, SQL joined from data, drift between shards.
 *
 * Exit code 1 where something should be done; safe dynamic SQL alone is 0. 2 where a program could not be read, one line each
 * on standard error, after the report of all the others.
 */
export const scanCommand: Command = (args, output) =>
  withShards(args, { "all-types": { type: "boolean" } }, (input) => scan(input, output));

async function scan(input: CommandInput, output: CommandOutput): Promise<number> {
  const { values, shards, databases, json } = input;
  const report = await scanPrograms(shards, {
    allTypes: values["all-types"] === true,
    // Without --database each shard has its own.
    ...(values["database"] === undefined ? {} : { databases }),
  });
  output.out(json ? `${JSON.stringify(report, null, 2)}\n` : renderScan(report));
  return exitCodeOf(report, output);
}

function exitCodeOf({ shards, drift }: ScanReport, output: CommandOutput): number {
  let hasUnread = false;
  for (const { shard, unread } of shards) {
    for (const { kind, schema, name, reason } of unread) {
      hasUnread = true;
      output.err(
        `orderly-mysql: DDL_UNREADABLE: shard ${shard}, ${kind} ${schema}.${name}: ${reason}\n`,
      );
    }
  }
  if (hasUnread) return 2;
  return drift.length > 0 || shards.some(({ findings }) => findings.some(isActionable)) ? 1 : 0;
}
