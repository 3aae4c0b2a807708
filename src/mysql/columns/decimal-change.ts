import type { MysqlConnection } from "../connection.ts";
import type { Change, ChangeKind, ShardSession } from "../deployment/change.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteQualified } from "../sql/identifier.ts";
import {
  alterStatement,
  type ColumnDefinitions,
  isSameDefinition,
  readDefinitions,
} from "./column-definition.ts";
import { primaryKey, valueChecksum } from "./value-checksum.ts";

/** Columns of one table, and how they are defined. */
export interface ColumnsState {
  /** The table's name. */
  readonly table: string;
  /** The columns that the change touches, no others. */
  readonly columns: ColumnDefinitions;
}

const STRICT =
  "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/**
 * The kind of change that gives columns of a table other types, all in one ALTER, in strict mode, without which the server
 * clamps what does not fit. The table is locked meanwhile, and its values are summed before and after: where one became
 * another, the change is taken back.
 */
export const DECIMAL_CHANGE: ChangeKind<ColumnsState> = {
  kind: "decimal-columns",
  async differences(at, change, side) {
    const { table, columns } = change[side];
    return await strictly(at.session, async () => {
      const is = await readDefinitions(at.session, change.schema, table, Object.keys(columns));
      return Object.keys(columns)
        .filter((column) => !isSameDefinition(is[column], columns[column]))
        .map((column) => `${column} is ${is[column]}`);
    });
  },
  apply: (at, change) => alter(at, change, change.before, change.after),
  undo: (at, change) => alter(at, change, change.after, change.before),
};

async function alter(
  at: ShardSession,
  change: Change<ColumnsState>,
  from: ColumnsState,
  to: ColumnsState,
): Promise<void> {
  const { session } = at;
  const { schema } = change;
  const { table } = to;
  const columns = Object.keys(to.columns);
  const key = await primaryKey(session, schema, table);
  await strictly(session, async () => {
    await session.query(`LOCK TABLES ${quoteQualified(schema, table)} WRITE`);
    try {
      const before = await valueChecksum(session, schema, table, columns, key);
      await session.query(alterStatement(schema, table, to.columns));
      const after = await valueChecksum(session, schema, table, columns, key);
      if (after !== before) {
        await session.query(alterStatement(schema, table, from.columns));
        throw new MysqlError(
          "VERIFICATION_FAILED",
          `shard ${at.shard.id}: the values of ${table} became others (${before} before, ${after} after)`,
        );
      }
    } finally {
      await session.query("UNLOCK TABLES");
    }
  });
}

/** Runs `work` in strict mode and with names in backticks; what was set before is set again. */
export async function strictly<T>(session: MysqlConnection, work: () => Promise<T>): Promise<T> {
  const { rows } = await session.execute<{ mode: string }>("SELECT @@sql_mode AS mode");
  await session.execute("SET SESSION sql_mode = ?", [STRICT]);
  try {
    return await work();
  } finally {
    await session.execute("SET SESSION sql_mode = ?", [rows[0]?.mode ?? STRICT]);
  }
}
