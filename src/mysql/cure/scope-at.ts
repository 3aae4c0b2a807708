import type { DataType } from "../sql/data-type.ts";
import type { Routine } from "../sql/routine.ts";
import type { PlainStatement, RoutineStatement } from "../sql/routine-statement.ts";

/** A plain statement of a routine and what is around it. */
export interface PlacedStatement {
  /** The statement. */
  readonly statement: PlainStatement;
  /** The list that it stands in: statements that run one after another. */
  readonly list: readonly RoutineStatement[];
  /** Types of the parameters and locals that it sees, by name in lower case. */
  readonly variables: ReadonlyMap<string, DataType>;
  /** Whether FOR records are in scope, whose fields look like columns. */
  readonly hasRecords: boolean;
}

/** Every plain statement of a routine, in order, those of handlers included. */
export function placedStatements(routine: Routine): readonly PlacedStatement[] {
  const placed: PlacedStatement[] = [];
  const walk = (
    list: readonly RoutineStatement[],
    variables: ReadonlyMap<string, DataType>,
    hasRecords: boolean,
  ): void => {
    for (const statement of list) {
      switch (statement.type) {
        case "plain":
          placed.push({ statement, list, variables, hasRecords });
          break;
        case "block": {
          const inner = new Map(variables);
          for (const declaration of statement.declarations) {
            if (declaration.type !== "local") continue;
            for (const { name } of declaration.names)
              inner.set(name.toLowerCase(), declaration.dataType);
          }
          for (const declaration of statement.declarations) {
            if (declaration.type === "handler") walk([declaration.body], inner, hasRecords);
          }
          walk(statement.statements, inner, hasRecords);
          break;
        }
        case "loop":
          walk(statement.statements, variables, hasRecords || statement.variable !== null);
          break;
        default:
          for (const { statements } of statement.branches) walk(statements, variables, hasRecords);
      }
    }
  };
  const parameters = routine.parameters.map(
    ({ name, type }) => [name.toLowerCase(), type] as const,
  );
  walk([routine.body], new Map(parameters), false);
  return placed;
}
