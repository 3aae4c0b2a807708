import type { MysqlPool } from "../connection.ts";
import type { PoolSettings } from "../pool-settings.ts";

/** What a shard may be used for, in the order of the words in the configuration's table. */
export const SHARD_STATUSES = ["active", "maintenance", "disabled"] as const;

/**
 * One of {@link SHARD_STATUSES}. `active`: takes new keys and serves old ones. `maintenance`: serves nothing for now, and
 * keeps its keys; schema work still reaches it. `disabled`: nothing reaches it, and keys mapped to it fail.
 */
export type ShardStatus = (typeof SHARD_STATUSES)[number];

/** One shard, as configured. */
export interface ShardSettings extends PoolSettings {
  /** 1 to 64 of letters, digits, `_`, `.` and `-`; ids need not be numbers, nor contiguous. Unique in the set. */
  readonly id: string;
  /** @defaultValue "active" */
  readonly status?: ShardStatus;
}

/** One shard of an open set. */
export interface Shard {
  /** As configured. */
  readonly id: string;
  /** As configured, or as the global database last said. */
  readonly status: ShardStatus;
  /** Its database; the statements of a session begin in it. */
  readonly database: string;
  /** Its own pool, closed with the set. */
  readonly pool: MysqlPool;
}
