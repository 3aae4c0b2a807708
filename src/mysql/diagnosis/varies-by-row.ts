import type { Expression } from "../sql/expression.ts";
import { BARE_FUNCTIONS } from "./functions.ts";
import type { Variables } from "./scope.ts";
import type { World } from "./world.ts";

/** They give another value each time. */
const RESTLESS = new Set(["RAND", "UUID", "UUID_SHORT", "SLEEP", "NEXTVAL"]);

/** Whether an expression may have another value for another row: a column or a function that is not DETERMINISTIC is in it. */
export function variesByRow(expression: Expression, variables: Variables, world: World): boolean {
  const any = (parts: readonly Expression[]): boolean =>
    parts.some((part) => variesByRow(part, variables, world));
  switch (expression.type) {
    case "name": {
      const [first = ""] = expression.parts;
      if (expression.parts.length > 1) return true;
      return variables.find(first) === null && !BARE_FUNCTIONS.has(first.toUpperCase());
    }
    case "call": {
      const { name, schema, args } = expression;
      const stored = world.routine("function", schema ?? world.schema, name);
      return RESTLESS.has(name) || stored?.isDeterministic === false || any(args);
    }
    case "operator":
      return any(expression.operands);
    case "row":
      return any(expression.items);
    case "case": {
      const { operand, conditions, results } = expression;
      return any([...(operand === null ? [] : [operand]), ...conditions, ...results]);
    }
    case "collate":
    case "cast":
    case "convert":
      return variesByRow(expression.operand, variables, world);
    case "assign":
    case "subquery":
      return true;
    default:
      return false;
  }
}
