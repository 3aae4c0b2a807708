import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { MysqlError } from "../mysql-error.ts";
import { openPool } from "../mysql-pool.ts";
import { SHARD_STATUSES, type Shard, type ShardSettings } from "../shards/shard.ts";

/** One option of a command, as `node:util` parseArgs takes it. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  /** Whether it may be given several times; its value is then a list. */
  readonly multiple?: boolean;
}

/** What an option was given: undefined where it was not. */
export type OptionValue = string | boolean | readonly (string | boolean)[] | undefined;

/** What every command that connects knows once its arguments are read. */
export interface CommandInput {
  /** The shards named by `--url` or `--shards`, each with an open pool; `disabled` ones are left out. */
  readonly shards: readonly Shard[];
  /** Each `--database`, or the shards' own databases, each once. */
  readonly databases: readonly string[];
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** The command's own options. */
  readonly values: Readonly<Record<string, OptionValue>>;
}

/** The options that all commands share. */
const CONNECTION_OPTIONS = {
  url: { type: "string", multiple: true },
  shards: { type: "string" },
  database: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const satisfies Record<string, OptionSpec>;

/**
 * Reads the arguments of a command, opens the shards, runs `work`, and closes them whatever happened.
 *
 * `--url mysql://…/database` (repeatable: one shard each, with the ids 1, 2, …) or `--shards file.json` (a list of
 * `{id, url, database, status}`, or an object with that list under `shards`); `--database` (repeatable) in place of the
 * databases of the urls; `--json`.
 *
 * @param own - The command's own options besides the shared ones.
 * @throws {@link MysqlError} `USAGE` where the arguments are wrong; nothing was connected to.
 */
export async function withShards(
  args: readonly string[],
  own: Readonly<Record<string, OptionSpec>>,
  work: (input: CommandInput) => Promise<number>,
): Promise<number> {
  const values = readArguments(args, own);
  const databases = texts(values["database"]);
  const settings = await shardSettings(texts(values["url"]), texts(values["shards"])[0]);
  const shards: Shard[] = [];
  try {
    for (const shard of settings) {
      if (shard.status !== "disabled") shards.push(openShard(shard, databases[0]));
    }
    return await work({
      shards,
      databases: databases.length > 0 ? databases : [...new Set(shards.map((s) => s.database))],
      json: values["json"] === true,
      values,
    });
  } finally {
    await Promise.allSettled(shards.map(({ pool }) => pool.close()));
  }
}

function readArguments(
  args: readonly string[],
  own: Readonly<Record<string, OptionSpec>>,
): CommandInput["values"] {
  const options = { ...own, ...CONNECTION_OPTIONS };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : String(cause), cause);
  }
  // `migrate statsu` must not migrate.
  const [unexpected] = parsed.positionals;
  if (unexpected !== undefined) throw usage(`unexpected argument ${unexpected}`);
  return parsed.values;
}

async function shardSettings(
  urls: readonly string[],
  file: string | undefined,
): Promise<readonly ShardSettings[]> {
  if (urls.length > 0 === (file !== undefined)) {
    throw usage(
      "give the servers with --url mysql://user@host/database or with --shards file.json",
    );
  }
  if (file === undefined) return urls.map((url, index) => ({ id: `${index + 1}`, url }));
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    // A syntax error of JSON quotes the text around it, which may be a password.
    const why = cause instanceof SyntaxError ? "it is no JSON" : "it cannot be read";
    throw usage(`--shards ${file}: ${why}`, cause);
  }
  const list =
    typeof content === "object" && content !== null && "shards" in content
      ? content.shards
      : content;
  if (!Array.isArray(list) || list.length === 0) {
    throw usage(`--shards ${file}: expected a list of {"id", "url", "database", "status"}`);
  }
  return list.map((entry: unknown, index) => settingsOf(entry, `--shards ${file}, entry ${index}`));
}

function settingsOf(entry: unknown, where: string): ShardSettings {
  if (typeof entry !== "object" || entry === null) throw usage(`${where}: expected an object`);
  const { id, url, database, status = "active" } = entry as Record<string, unknown>;
  if (typeof id !== "string" && typeof id !== "number") throw usage(`${where}: id is missing`);
  if (typeof url !== "string") throw usage(`${where}: url is missing`);
  if (database !== undefined && typeof database !== "string") {
    throw usage(`${where}: database must be a text`);
  }
  const known = SHARD_STATUSES.find((name) => name === status);
  if (known === undefined) {
    throw usage(`${where}: status must be one of ${SHARD_STATUSES.join(", ")}`);
  }
  return { id: `${id}`, url, status: known, ...(database === undefined ? {} : { database }) };
}

function openShard(settings: ShardSettings, database: string | undefined): Shard {
  let pool: ReturnType<typeof openPool>;
  try {
    pool = openPool({ ...settings, ...(database === undefined ? {} : { database }) });
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { id, status = "active" } = settings;
  if (pool.database === null) {
    throw usage(`shard ${id} names no database: end its url with /database or give --database`);
  }
  return { id, status, database: pool.database, pool };
}

function texts(value: OptionValue): readonly string[] {
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  return list.filter((entry): entry is string => typeof entry === "string");
}

function usage(message: string, cause?: unknown): MysqlError {
  return new MysqlError("USAGE", message, cause === undefined ? undefined : { cause });
}
