import type { MysqlConnection, MysqlPool } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { SHARD_STATUSES, type ShardSettings } from "./shard.ts";

/**
 * The tables of a global database. Keys are compared byte by byte: under a collation, two users would share one row.
 */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS orderly_shards (
    id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    url VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    status ENUM('active', 'maintenance', 'disabled') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active'
  ) ENGINE = InnoDB`,
  `CREATE TABLE IF NOT EXISTS orderly_shard_map (
    shard_key VARBINARY(255) NOT NULL PRIMARY KEY,
    shard_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    assigned_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    KEY by_shard (shard_id)
  ) ENGINE = InnoDB`,
];

/** Creates `orderly_shards` and `orderly_shard_map` where they are missing. */
export async function createShardTables(global: MysqlConnection): Promise<void> {
  for (const table of TABLES) await global.query(table);
}

/** Credentials for the urls of `orderly_shards`, so that no password need stand in the table. */
export interface ShardCredentials {
  /** Used where a url names no user. */
  readonly user: string;
  /** Used where a url names no user. */
  readonly password: string;
}

/**
 * Reads the shards from `orderly_shards` of the global database, for `shards` of {@link ShardSetOptions}.
 *
 * @param defaults - What holds for every shard, such as `maxConnections`.
 */
export function shardsFromTable(
  credentials?: ShardCredentials,
  defaults: Omit<ShardSettings, "id" | "url" | "status"> = {},
): (global: MysqlPool) => Promise<readonly ShardSettings[]> {
  return async (global) => {
    const { rows } = await global.execute<{ id: string; url: string; status: string }>(
      "SELECT id, url, status FROM orderly_shards ORDER BY id",
    );
    return rows.map(({ id, url, status }) => {
      const known = SHARD_STATUSES.find((name) => name === status);
      if (known === undefined) {
        throw new MysqlError("SHARD_UNAVAILABLE", `shard ${id} has the unknown status "${status}"`);
      }
      return { ...defaults, id, url: withCredentials(url, credentials), status: known };
    });
  };
}

function withCredentials(text: string, credentials: ShardCredentials | undefined): string {
  if (credentials === undefined || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username !== "") return text;
  url.username = encodeURIComponent(credentials.user);
  url.password = encodeURIComponent(credentials.password);
  return url.href;
}
