import { parseRoutine } from "../sql/parse-routine.ts";
import type { LocalDeclaration, RoutineStatement } from "../sql/routine-statement.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import type { Change, ShardSession } from "./change.ts";
import { rightsMissing } from "./program-rights.ts";
import { type ProgramState, readDefaultCollation } from "./program-state.ts";

/** Says why stored programs could not be created again, or not as they were. */
export async function programObstacles(
  at: ShardSession,
  changes: readonly Change<ProgramState>[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, before, after } of changes) {
    if (after.databaseCollation === before.databaseCollation || isExplicit(after)) continue;
    if (after.adoptsDefault === true) continue;
    found.push(
      `${name} was created under the database collation ${before.databaseCollation}, and the default is ` +
        `${after.defaultCollation} now: its parameters and locals would change`,
    );
  }
  for (const schema of new Set(changes.map((change) => change.schema))) {
    const states = changes.filter((change) => change.schema === schema).map((own) => own.before);
    const current = await readDefaultCollation(at.session, schema);
    if (states.some(({ defaultCollation }) => defaultCollation !== current)) {
      found.push(`the default collation of ${schema} changed meanwhile, to ${current}`);
    }
    found.push(...(await rightsMissing(at, schema, states)));
  }
  return found;
}

/** Whether no character type in a program is left to the database's default. */
function isExplicit({ ddl, sqlMode }: ProgramState): boolean {
  const routine = parseRoutine(ddl, parseSqlMode(sqlMode));
  const types = [
    ...routine.parameters.map(({ type }) => type),
    ...(routine.returns === null ? [] : [routine.returns]),
    ...locals(routine.body).map(({ dataType }) => dataType),
  ];
  return types.every(
    ({ isCharacter, charset, collation }) => !isCharacter || charset !== null || collation !== null,
  );
}

/** Every DECLARE of locals within a statement, however deep. */
export function locals(statement: RoutineStatement): readonly LocalDeclaration[] {
  switch (statement.type) {
    case "block":
      return [
        ...statement.declarations.flatMap((declaration) => {
          if (declaration.type === "handler") return locals(declaration.body);
          return declaration.type === "local" ? [declaration] : [];
        }),
        ...statement.statements.flatMap(locals),
      ];
    case "if":
    case "case":
      return statement.branches.flatMap((branch) => branch.statements.flatMap(locals));
    case "loop":
      return statement.statements.flatMap(locals);
    case "plain":
      return [];
  }
}
