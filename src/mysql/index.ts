export { type BatchInsert, type BatchResult, insertBatch } from "./batch/insert-batch.ts";
export type { StoredProgram } from "./catalog/stored-program.ts";
export {
  type ApplyDecimalsOptions,
  applyDecimals,
  decimalStatements,
  rollbackDecimals,
} from "./columns/apply-decimals.ts";
export type { DecimalFinding, DecimalTarget } from "./columns/decimal-column.ts";
export { type DecimalScanOptions, scanDecimals } from "./columns/scan-decimals.ts";
export type {
  BoundValue,
  MysqlConnection,
  MysqlPool,
  Row,
  StatementResult,
} from "./connection.ts";
export type { CuredProgram } from "./cure/cure-catalog.ts";
export {
  type FixOptions,
  type FixResult,
  fixPrograms,
  planFix,
  rollbackPrograms,
  type ShardFix,
} from "./cure/fix-programs.ts";
export type { CureRefusal } from "./cure/program-cure.ts";
export { STRATEGIES, type Strategy } from "./cure/strategy.ts";
export type { Progress } from "./deployment/carry-out.ts";
export type { Change } from "./deployment/change.ts";
export type { DeployOptions, DeployResult } from "./deployment/deploy.ts";
export type { RunRecord, RunState } from "./deployment/journal.ts";
export type { RollbackOptions, RollbackResult } from "./deployment/rollback.ts";
export { type RunStatus, readRuns } from "./deployment/run-status.ts";
export type { TrialMode } from "./deployment/trial-call.ts";
export type { Collated } from "./diagnosis/collated.ts";
export type { Finding, FindingClass, FindingOperand } from "./diagnosis/finding.ts";
export { renderScan } from "./diagnosis/render-scan.ts";
export type { CatalogScanOptions, UnreadProgram } from "./diagnosis/scan-catalog.ts";
export {
  isActionable,
  type ScanOptions,
  type ScanReport,
  type ShardScan,
  scanPrograms,
} from "./diagnosis/scan-programs.ts";
export type { Origin } from "./diagnosis/value.ts";
export { DRIFTS, type Drift, type DriftFinding, type DriftVariant } from "./drift/find-drift.ts";
export {
  type MigrateOptions,
  type MigrationStatus,
  migrate,
  migrationStatus,
  rollbackMigration,
} from "./migrations/migrate.ts";
export { type Migration, migrationsFrom } from "./migrations/migration.ts";
export { MYSQL_ERROR_CODES, MysqlError, type MysqlErrorCode } from "./mysql-error.ts";
export { openPool } from "./mysql-pool.ts";
export type { PoolSettings } from "./pool-settings.ts";
export { callProcedure } from "./procedures/call-procedure.ts";
export type {
  CallOptions,
  CallResult,
  DecimalValue,
  JsonValue,
  ParameterValue,
} from "./procedures/call-result.ts";
export type { OutValue } from "./procedures/out-value.ts";
export type { ProcedureParameter } from "./procedures/parameter.ts";
export {
  type CallTarget,
  ProcedureCaller,
  type ProcedureCallerOptions,
} from "./procedures/procedure-caller.ts";
export {
  describeProcedures,
  type ProcedureDescription,
  procedureModule,
} from "./procedures/procedure-module.ts";
export {
  SHARD_STATUSES,
  type Shard,
  type ShardSettings,
  type ShardStatus,
} from "./shards/shard.ts";
export type { ShardHealth } from "./shards/shard-health.ts";
export type { ShardOutcome } from "./shards/shard-outcome.ts";
export { type ForEachShardOptions, ShardSet, type ShardSetOptions } from "./shards/shard-set.ts";
export {
  createShardTables,
  type ShardCredentials,
  shardsFromTable,
} from "./shards/shard-tables.ts";
export type { RoutineKind } from "./sql/routine.ts";
export type { Span } from "./sql/token.ts";
