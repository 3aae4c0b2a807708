import { MysqlError } from "../mysql-error.ts";
import type { Shard } from "../shards/shard.ts";
import { type DecimalFinding, examineColumn, readNumberColumns } from "./decimal-column.ts";

/** Where to look. */
export interface DecimalScanOptions {
  /** Databases of each shard. @defaultValue the shard's own */
  readonly databases?: readonly string[];
  /** Only these columns, as `table.column`. @defaultValue all */
  readonly columns?: readonly string[];
}

/**
 * Finds columns that hold prices or amounts in FLOAT, DOUBLE or a DECIMAL that is too narrow. Reads each such table once a
 * column; changes nothing.
 *
 * @returns By shard, table and position.
 * @throws {@link MysqlError} `USAGE` for a column in `columns` that no shard has: a misspelt one would be left out.
 */
export async function scanDecimals(
  shards: readonly Shard[],
  options: DecimalScanOptions = {},
): Promise<readonly DecimalFinding[]> {
  const findings: DecimalFinding[] = [];
  const unknown = new Set(options.columns);
  for (const shard of shards) {
    for (const schema of options.databases ?? [shard.database]) {
      for (const column of await readNumberColumns(shard.pool, schema)) {
        const name = `${column.table}.${column.column}`;
        if (options.columns !== undefined && !options.columns.includes(name)) continue;
        unknown.delete(name);
        const finding = await examineColumn(shard.pool, shard.id, schema, column);
        if (finding !== null) findings.push(finding);
      }
    }
  }
  if (unknown.size === 0) return findings;
  throw new MysqlError(
    "USAGE",
    `no shard has a column ${[...unknown].join(", ")} that is FLOAT, DOUBLE or DECIMAL`,
  );
}
