import { applyDecimals, decimalStatements, rollbackDecimals } from "../columns/apply-decimals.ts";
import { scanDecimals } from "../columns/scan-decimals.ts";
import { MysqlError } from "../mysql-error.ts";
import type { Command } from "./command.ts";
import { type OptionValue, withShards } from "./connection-options.ts";
import { requireYes, YES } from "./deploy-options.ts";

const COLUMN = { column: { type: "string", multiple: true } } as const;

/** `orderly-mysql decimals scan --url …`: 1 where a column is to be changed. `--column table.column` looks at some only. */
export const decimalsScanCommand: Command = (args, output) =>
  withShards(args, COLUMN, async ({ shards, databases, values, json }) => {
    const columns = columnsOf(values["column"]);
    const findings = await scanDecimals(shards, {
      // Without --database each shard has its own.
      ...(values["database"] === undefined ? {} : { databases }),
      ...columns,
    });
    const statements: Record<string, readonly string[]> = {};
    for (const shard of shards) {
      const own = findings.filter((finding) => finding.shard === shard.id);
      if (own.length > 0) statements[shard.id] = await decimalStatements(shard, own);
    }
    if (json) output.out(`${JSON.stringify({ findings, statements })}\n`);
    else {
      for (const finding of findings) {
        const { shard, schema, table, column, type, target, reason } = finding;
        const { values: count, rounded, largestRounding, outOfRange } = finding;
        const rounding =
          rounded === 0 ? "none rounded" : `${rounded} rounded by up to ${largestRounding}`;
        const range = outOfRange === 0 ? "" : `, ${outOfRange} do not fit`;
        output.out(
          `shard ${shard}  ${schema}.${table}.${column}  ${type} -> ${target}  ${reason}; ${count} values, ${rounding}${range}\n`,
        );
      }
      for (const [id, own] of Object.entries(statements)) {
        for (const statement of own) output.out(`-- shard ${id}\n${statement};\n`);
      }
      if (findings.length === 0) output.out("no column to change\n");
    }
    return findings.length === 0 ? 0 : 1;
  });

/** `orderly-mysql decimals apply --yes [--allow-rounding] [--column table.column] --url …`: changes them on every shard. */
export const decimalsApplyCommand: Command = (args, output) =>
  withShards(args, { ...COLUMN, ...YES, "allow-rounding": { type: "boolean" } }, async (input) => {
    const { shards, databases, values, json } = input;
    requireYes(input, "decimals scan shows what would change");
    if (values["database"] !== undefined && databases.length > 1) {
      throw new MysqlError(
        "USAGE",
        "apply changes one database of each shard: give one --database",
      );
    }
    const result = await applyDecimals(shards, {
      ...columnsOf(values["column"]),
      allowRounding: values["allow-rounding"] === true,
    });
    const tables = Object.fromEntries(result.changes);
    if (json) output.out(`${JSON.stringify({ run: result.run, tables })}\n`);
    else if (result.run === null) output.out("no column to change\n");
    else {
      for (const [id, count] of result.changes)
        output.out(`shard ${id}: changed ${count} tables\n`);
      output.out(`run ${result.run}\n`);
    }
    return 0;
  });

/** `orderly-mysql decimals rollback --yes --url …`: gives the columns of the latest run their types back. */
export const decimalsRollbackCommand: Command = (args, output) =>
  withShards(args, YES, async (input) => {
    const { shards, json } = input;
    requireYes(
      input,
      "procedures status lists the runs, of which the latest of decimals is undone",
    );
    const { run, changes } = await rollbackDecimals(shards);
    if (json) output.out(`${JSON.stringify({ run, tables: Object.fromEntries(changes) })}\n`);
    else output.out(run === null ? "nothing to take back\n" : `took back run ${run}\n`);
    return 0;
  });

function columnsOf(value: OptionValue): { readonly columns?: readonly string[] } {
  if (!Array.isArray(value)) return {};
  return { columns: value.filter((one): one is string => typeof one === "string") };
}
