import type { CreateTableStatement } from "../sql/plain-sql.ts";
import { DERIVATION } from "./collated.ts";
import { heldValue } from "./leaf-values.ts";
import type { QueryInference } from "./queries.ts";
import { declaredCollation, defaultCollation, valueOfType } from "./type-value.ts";
import { text, type Value, withOrigin } from "./value.ts";
import type { Columns, World } from "./world.ts";

/** The columns of a table that the program makes. */
export function madeColumns(
  statement: CreateTableStatement,
  queries: QueryInference,
  world: World,
): Columns {
  const { table, like, charset, collation } = statement;
  if (like !== null) return queries.table(like.schema, like.name, null);
  const schema = table.schema ?? world.schema;
  // The database's default of the moment, not the one recorded with the program: measured on both servers.
  const inherited =
    collation ??
    (charset === null
      ? (world.server.databases.get(schema) ?? world.databaseCollation)
      : defaultCollation(world.server, charset));
  const columns = new Map<string, Value>();
  const add = (name: string, value: Value, isIndexed: boolean): void => {
    const origin = {
      type: "temporary",
      name: `${table.name}.${name}`,
      isIndexed,
      declaration: null,
      span: { start: 0, end: 0 },
    } as const;
    columns.set(name.toLowerCase(), withOrigin(value, origin));
  };
  const indexed = new Set(statement.indexed.map((name) => name.toLowerCase()));
  for (const { name, dataType, isKey } of statement.columns) {
    const value = dataType.isCharacter
      ? text(declaredCollation(dataType, inherited, world.server), DERIVATION.implicit)
      : valueOfType(dataType, inherited, world.server, world.flavour);
    add(name, value, isKey || indexed.has(name.toLowerCase()));
  }
  if (statement.query !== null) {
    const output = queries.query(statement.query, null);
    if (output === null) return null;
    for (const [name, value] of output) {
      if (!columns.has(name)) add(name, heldValue(value), indexed.has(name));
    }
  }
  return columns;
}
