import type { MysqlConnection } from "../connection.ts";
import type { Change, ChangeKind, ShardSession } from "../deployment/change.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteQualified } from "../sql/identifier.ts";
import {
  alterStatement,
  type ColumnDefinitions,
  isSameDefinition,
  readDefinitions,
  typeOf,
} from "./column-definition.ts";
import { changedRows, primaryKey, valueChecksum } from "./value-checksum.ts";

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
 * clamps what does not fit. The table is locked meanwhile. First the rows are counted that would change by more than what is
 * beyond six digits: there must be none. Then the values are summed before and after, to see that it was so.
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
  apply: (at, change) => alter(at, change, change.after),
  undo: (at, change) => alter(at, change, change.before),
};

async function alter(
  at: ShardSession,
  change: Change<ColumnsState>,
  to: ColumnsState,
): Promise<void> {
  const { session } = at;
  const { schema } = change;
  const { table } = to;
  const columns = Object.keys(to.columns);
  const key = await primaryKey(session, schema, table);
  const types = Object.fromEntries(
    Object.entries(to.columns).map(([column, definition]) => [column, typeOf(definition)]),
  );
  await strictly(session, async () => {
    await session.query(`LOCK TABLES ${quoteQualified(schema, table)} WRITE`);
    try {
      // Digits that an ALTER has lost no other ALTER brings back: also of a rollback, after exacter values were written.
      const changed = await changedRows(session, schema, table, types);
      if (changed > 0) throw wouldChange(at, table, `${changed} rows of it would change`);
      const before = await valueChecksum(session, schema, table, columns, key);
      await session.query(alterStatement(schema, table, to.columns));
      const after = await valueChecksum(session, schema, table, columns, key);
      if (after !== before) throw wouldChange(at, table, `its sum was ${before} and is ${after}`);
    } finally {
      await session.query("UNLOCK TABLES");
    }
  });
}

function wouldChange(at: ShardSession, table: string, why: string): MysqlError {
  return new MysqlError("VERIFICATION_FAILED", `shard ${at.shard.id}: table ${table}: ${why}`);
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
