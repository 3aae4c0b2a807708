import { readFile, writeFile } from "node:fs/promises";
import { MysqlError } from "../mysql-error.ts";
import { describeProcedures, procedureModule } from "../procedures/procedure-module.ts";
import type { Command } from "./command.ts";
import { withShards } from "./connection-options.ts";

/**
 * `orderly-mysql types --url … [--out file.ts] [--import orderly-ws/mysql]`: writes a module with a typed function for each
 * procedure, to `--out` or to standard output. With `--check` it writes nothing, and exits with 1 where `--out` differs.
 *
 * With several shards, their procedures must take the same parameters.
 */
export const typesCommand: Command = (args, output) =>
  withShards(
    args,
    { out: { type: "string" }, import: { type: "string" }, check: { type: "boolean" } },
    async ({ shards, databases, values }) => {
      const { out, import: from, check } = values;
      if (check === true && typeof out !== "string") {
        throw new MysqlError("USAGE", "--check needs --out, the file to compare with");
      }
      if (values["database"] !== undefined && databases.length > 1) {
        throw new MysqlError("USAGE", "types are of one database: give one --database");
      }
      let text: string | null = null;
      for (const { id, database, pool } of shards) {
        const procedures = await describeProcedures(pool, database);
        const module = procedureModule(procedures, typeof from === "string" ? from : undefined);
        text ??= module;
        if (module !== text) {
          throw new MysqlError(
            "PREFLIGHT_FAILED",
            `shard ${id} has other procedures or parameters than shard ${shards[0]?.id ?? ""}`,
          );
        }
      }
      if (text === null) throw new MysqlError("USAGE", "every shard is disabled");
      if (typeof out !== "string") {
        output.out(text);
        return 0;
      }
      if (check === true) return (await isSame(out, text)) ? 0 : 1;
      await writeFile(out, text);
      return 0;
    },
  );

async function isSame(path: string, text: string): Promise<boolean> {
  try {
    return (await readFile(path, "utf8")) === text;
  } catch {
    return false;
  }
}
