import type { Change, ChangeKind, ShardSession } from "../deployment/change.ts";
import { type DeployOptions, type DeployResult, deploy } from "../deployment/deploy.ts";
import { type RollbackOptions, type RollbackResult, rollback } from "../deployment/rollback.ts";
import { MysqlError } from "../mysql-error.ts";
import type { Shard } from "../shards/shard.ts";
import { alterStatement, readDefinitions, withType } from "./column-definition.ts";
import { type ColumnsState, DECIMAL_CHANGE, strictly } from "./decimal-change.ts";
import { type DecimalFinding, type DecimalTarget, readNumberColumns } from "./decimal-column.ts";
import { scanDecimals } from "./scan-decimals.ts";

/** What to change, and how. */
export interface ApplyDecimalsOptions extends Omit<DeployOptions, "canaryOnly"> {
  /** Only these columns, as `table.column`. @defaultValue all that the scan finds */
  readonly columns?: readonly string[];
  /**
   * Whether values may be rounded to six digits after the point. Rounding is not taken back by a rollback.
   * @defaultValue false
   */
  readonly allowRounding?: boolean;
}

const KIND = "decimals";
const CHANGE_KINDS = [DECIMAL_CHANGE] as readonly ChangeKind[];

/**
 * Gives the columns that {@link scanDecimals} finds their targets, on every shard alike: a column that only one shard shows to
 * be wrong is changed on all of them, or the shards would drift apart.
 *
 * @throws {@link MysqlError} `PREFLIGHT_FAILED` where a value would be rounded and that is not allowed, or does not fit:
 *   nothing was changed. Others as `deploy`.
 */
export async function applyDecimals(
  shards: readonly Shard[],
  options: ApplyDecimalsOptions = {},
): Promise<DeployResult> {
  const { columns, allowRounding = false, ...deployOptions } = options;
  const findings = await scanDecimals(shards, columns === undefined ? {} : { columns });
  const targets = targetsOf(findings, allowRounding);
  return await deploy(
    shards,
    {
      kind: KIND,
      summary: `${targets.size} columns to DECIMAL`,
      changeKinds: CHANGE_KINDS,
      plan: (at) => planShard(at, at.shard.database, targets),
    },
    deployOptions,
  );
}

/** Gives the columns of the latest run their old types back. Values that were rounded remain so. */
export function rollbackDecimals(
  shards: readonly Shard[],
  options: RollbackOptions = {},
): Promise<RollbackResult> {
  return rollback(shards, KIND, CHANGE_KINDS, options);
}

/** The statements that {@link applyDecimals} would run on a shard for these findings, one a table. */
export async function decimalStatements(
  shard: Shard,
  findings: readonly DecimalFinding[],
): Promise<readonly string[]> {
  return await shard.pool.session(async (session) => {
    const statements: string[] = [];
    for (const schema of new Set(findings.map((finding) => finding.schema))) {
      // No statement can change what does not fit; a scan still says so.
      const own = findings.filter((one) => one.schema === schema && one.outOfRange === 0);
      const targets = targetsOf(own, true);
      const changes = await planShard({ shard, session }, schema, targets);
      for (const { after } of changes)
        statements.push(alterStatement(schema, after.table, after.columns));
    }
    return statements;
  }, "close");
}

/** The target of each `table.column`: the wider one where shards differ. */
function targetsOf(
  findings: readonly DecimalFinding[],
  allowRounding: boolean,
): ReadonlyMap<string, DecimalTarget> {
  const refused: string[] = [];
  const targets = new Map<string, DecimalTarget>();
  for (const finding of findings) {
    const { shard, table, column, rounded, largestRounding, outOfRange, target } = finding;
    const name = `${table}.${column}`;
    if (outOfRange > 0) refused.push(`shard ${shard}: ${outOfRange} values of ${name} do not fit`);
    if (rounded > 0 && !allowRounding) {
      refused.push(
        `shard ${shard}: ${rounded} values of ${name} would be rounded, by up to ${largestRounding}`,
      );
    }
    if (targets.get(name) !== "DECIMAL(38,6)") targets.set(name, target);
  }
  if (refused.length === 0) return targets;
  throw new MysqlError("PREFLIGHT_FAILED", `nothing was changed: ${refused.join("; ")}`);
}

async function planShard(
  at: ShardSession,
  schema: string,
  targets: ReadonlyMap<string, DecimalTarget>,
): Promise<readonly Change<ColumnsState>[]> {
  const byTable = new Map<string, Map<string, DecimalTarget>>();
  for (const { table, column, type } of await readNumberColumns(at.session, schema)) {
    const target = targets.get(`${table}.${column}`);
    if (target === undefined || type.toUpperCase().startsWith(target)) continue;
    const own = byTable.get(table) ?? new Map<string, DecimalTarget>();
    byTable.set(table, own.set(column, target));
  }
  return await strictly(at.session, async () => {
    const changes: Change<ColumnsState>[] = [];
    for (const [table, own] of byTable) {
      const before = await readDefinitions(at.session, schema, table, [...own.keys()]);
      const after = Object.fromEntries(
        Object.entries(before).map(([column, definition]) => {
          return [column, withType(definition, own.get(column) ?? definition)];
        }),
      );
      changes.push({
        kind: DECIMAL_CHANGE.kind,
        schema,
        name: `table ${table}`,
        before: { table, columns: before },
        after: { table, columns: after },
      });
    }
    return changes;
  });
}
