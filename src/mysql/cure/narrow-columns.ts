import type { Catalog } from "../catalog/read-catalog.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import type { Analysis } from "../diagnosis/analysis.ts";
import { charsetOf } from "../diagnosis/collated.ts";
import { UserVariables, Variables } from "../diagnosis/scope.ts";
import { StatementWalk } from "../diagnosis/walk-statement.ts";
import type { PlainSql } from "../sql/plain-sql.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";

const UNICODE = new Set(["utf8mb4", "utf16", "utf16le", "utf32"]);

/**
 * Finds a column with which a bound value is compared, and whose character set cannot hold every text: there an emoji raises an
 * error where a written comparison finds nothing.
 *
 * @param statement - With its placeholders.
 * @returns Its name, or null.
 */
export function narrowColumn(
  statement: PlainSql,
  program: StoredProgram,
  catalog: Catalog,
): string | null {
  for (const { operands } of analysed(statement, program, catalog).meetings) {
    for (const { origins, collated } of operands) {
      const [origin] = origins;
      if (origin?.type !== "column" || collated === null || collated.collation === "binary")
        continue;
      const charset = charsetOf(collated.collation);
      if (!UNICODE.has(charset)) return `${origin.name} (${charset})`;
    }
  }
  return null;
}

/** Whether the statement mixes collations although values are bound to it. */
export function remainingMix(
  statement: PlainSql,
  program: StoredProgram,
  catalog: Catalog,
): boolean {
  return analysed(statement, program, catalog).conflicts.some(({ outcome }) => outcome === "error");
}

/** What a statement compares. */
function analysed(statement: PlainSql, program: StoredProgram, catalog: Catalog): Analysis {
  const analysis: Analysis = {
    world: {
      server: catalog.server,
      flavour: catalog.server.flavour,
      schema: program.schema,
      collationConnection: program.collationConnection,
      databaseCollation: program.databaseCollation,
      tables: catalog.tables,
      made: new Map(),
      routine: () => null,
    },
    variables: new Variables(),
    users: new UserVariables(),
    conflicts: [],
    meetings: [],
  };
  const walk = new StatementWalk(
    analysis,
    parseSqlMode(program.sqlMode),
    program.characterSetClient,
  );
  walk.statement(statement, { start: 0, end: 0 }, analysis);
  return analysis;
}
