import { migrate, migrationStatus, rollbackMigration } from "../migrations/migrate.ts";
import { type Migration, migrationsFrom } from "../migrations/migration.ts";
import { MysqlError } from "../mysql-error.ts";
import type { Command, CommandOutput } from "./command.ts";
import { type CommandInput, withShards } from "./connection-options.ts";
import { requireYes, YES } from "./deploy-options.ts";

/** `orderly-mysql migrate --yes --folder … --url …`: applies what each shard lacks. 0 also where nothing was to be done. */
export const migrateCommand: Command = (args, output) =>
  withMigrations(args, async (input, migrations) => {
    const { shards, values, json } = input;
    requireYes(input, "migrate status shows what is pending");
    const { collation } = values;
    const options = typeof collation === "string" ? { collation } : {};
    const applied = await migrate(shards, migrations, options);
    print(
      output,
      json,
      { applied },
      applied.map((name) => `applied ${name}`),
      "nothing to apply",
    );
    return 0;
  });

/** `orderly-mysql migrate status --folder … --url …`: 1 where a shard lacks something. */
export const migrateStatusCommand: Command = (args, output) =>
  withMigrations(args, async ({ shards, json }, migrations) => {
    const status = await migrationStatus(shards, migrations);
    const lines = status.map(({ name, applied, unfinished, pending }) => {
      const parts = [
        ["applied", applied] as const,
        ["unfinished", unfinished] as const,
        ["pending", pending] as const,
      ].filter(([, ids]) => ids.length > 0);
      return `${name}: ${parts.map(([word, ids]) => `${word} on ${ids.join(", ")}`).join("; ")}`;
    });
    print(output, json, { migrations: status }, lines, "no migrations");
    return status.every(({ applied }) => applied.length === shards.length) ? 0 : 1;
  });

/** `orderly-mysql migrate rollback --yes --folder … --url …`: takes back the latest migration. */
export const migrateRollbackCommand: Command = (args, output) =>
  withMigrations(args, async (input, migrations) => {
    const { shards, json } = input;
    requireYes(input, "migrate status shows what is applied, of which the latest is taken back");
    const name = await rollbackMigration(shards, migrations);
    print(
      output,
      json,
      { rolledBack: name },
      name === null ? [] : [`took back ${name}`],
      "nothing to take back",
    );
    return 0;
  });

function withMigrations(
  args: readonly string[],
  work: (input: CommandInput, migrations: readonly Migration[]) => Promise<number>,
): Promise<number> {
  const own = { ...YES, folder: { type: "string" }, collation: { type: "string" } } as const;
  return withShards(args, own, async (input) => {
    const { folder } = input.values;
    if (typeof folder !== "string") throw new MysqlError("USAGE", "name the folder with --folder");
    return await work(input, await migrationsFrom(folder));
  });
}

function print(
  output: CommandOutput,
  json: boolean,
  value: object,
  lines: readonly string[],
  nothing: string,
): void {
  if (json) output.out(`${JSON.stringify(value)}\n`);
  else output.out(`${lines.length === 0 ? nothing : lines.join("\n")}\n`);
}
