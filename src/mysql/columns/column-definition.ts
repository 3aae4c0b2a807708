import type { MysqlConnection } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteIdentifier, quoteQualified } from "../sql/identifier.ts";

/** Columns by name, each with its definition as SHOW CREATE TABLE writes it: the type and all that follows. */
export type ColumnDefinitions = Readonly<Record<string, string>>;

/**
 * Reads definitions of columns.
 *
 * @throws {@link MysqlError} `DDL_UNREADABLE` where SHOW CREATE TABLE has no such line.
 */
export async function readDefinitions(
  session: MysqlConnection,
  schema: string,
  table: string,
  columns: readonly string[],
): Promise<ColumnDefinitions> {
  const { rows } = await session.query<{ "Create Table": string }>(
    `SHOW CREATE TABLE ${quoteQualified(schema, table)}`,
  );
  const lines = (rows[0]?.["Create Table"] ?? "").split("\n");
  const definitions: Record<string, string> = {};
  for (const column of columns) {
    const start = `  ${quoteIdentifier(column)} `;
    const line = lines.find((one) => one.startsWith(start));
    if (line === undefined) {
      throw new MysqlError(
        "DDL_UNREADABLE",
        `SHOW CREATE TABLE of ${table} has no line for ${column}`,
      );
    }
    definitions[column] = line.slice(start.length).replace(/,$/, "");
  }
  return definitions;
}

const NUMBER_TYPE = /^(?:float|double|decimal)(?:\([0-9, ]+\))?/i;

/** Puts another type in place of a definition's, and keeps all that follows: sign, NULL, default, comment, checks. */
export function withType(definition: string, type: string): string {
  if (!NUMBER_TYPE.test(definition)) {
    throw new MysqlError(
      "DDL_UNREADABLE",
      `a column's definition begins with another type than a number's`,
    );
  }
  return definition.replace(NUMBER_TYPE, type.toLowerCase());
}

/** The type that a definition begins with, for CAST; without a sign, which CAST does not take. */
export function typeOf(definition: string): string {
  const type = NUMBER_TYPE.exec(definition)?.[0].toUpperCase() ?? "";
  // CAST knows FLOAT and DOUBLE without digits only.
  return type.replace(/^(FLOAT|DOUBLE).*$/, "$1");
}

/** Whether two definitions say the same: the server writes the default of a DECIMAL(19,6) with six digits. */
export function isSameDefinition(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && withShortDefault(a) === withShortDefault(b);
}

function withShortDefault(definition: string): string {
  return definition.replace(/\bDEFAULT ('?-?\d+)(?:\.(\d*?)0*)?(?='|\s|$)/g, "DEFAULT $1.$2");
}

/** The statement that gives columns these definitions. */
export function alterStatement(
  schema: string,
  table: string,
  definitions: ColumnDefinitions,
): string {
  const changes = Object.entries(definitions).map(
    ([column, definition]) => `MODIFY COLUMN ${quoteIdentifier(column)} ${definition}`,
  );
  return `ALTER TABLE ${quoteQualified(schema, table)} ${changes.join(", ")}`;
}
