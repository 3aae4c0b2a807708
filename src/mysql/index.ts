export type {
  BoundValue,
  MysqlConnection,
  MysqlPool,
  Row,
  StatementResult,
} from "./connection.ts";
export { MYSQL_ERROR_CODES, MysqlError, type MysqlErrorCode } from "./mysql-error.ts";
export { openPool } from "./mysql-pool.ts";
export type { PoolSettings } from "./pool-settings.ts";
export {
  SHARD_STATUSES,
  type Shard,
  type ShardSettings,
  type ShardStatus,
} from "./shards/shard.ts";
