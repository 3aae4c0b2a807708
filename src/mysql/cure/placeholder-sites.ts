import type { Expression } from "../sql/expression.ts";
import type { PlainSql } from "../sql/plain-sql.ts";
import type { Query, SelectCore } from "../sql/query.ts";

/** Operators whose operands may be bound without changing what they mean. */
const COMPARISONS = new Set(
  "= <=> < <= > >= <> != LIKE IN BETWEEN REGEXP RLIKE"
    .split(" ")
    .flatMap((name) => [name, `NOT ${name}`]),
);

/** Functions that compare texts. */
const COMPARING = new Set("STRCMP FIND_IN_SET LOCATE INSTR NULLIF".split(" "));

/** Expressions that stand where a bound value means what a written one means. */
export interface SafeSites {
  /** They are themselves compared, inserted, assigned or a LIMIT. */
  readonly safe: ReadonlySet<Expression>;
  /** They are items of a SELECT list with an alias. */
  readonly named: ReadonlySet<Expression>;
  /** Every expression of the statement, outermost first. */
  readonly all: readonly Expression[];
}

/**
 * Finds where in a statement values may be bound. Everywhere else a bound value can change the result: it names a column, makes a
 * group, sorts by a place, changes a type.
 */
export function safeSites(statement: PlainSql): SafeSites {
  const safe = new Set<Expression>();
  const named = new Set<Expression>();
  const all: Expression[] = [];
  // Within an item that has no alias, whose text is its name, and within groups nothing is safe.
  let isNaming = false;
  const addSafe = (expression: Expression): void => {
    if (isNaming) return;
    safe.add(expression);
    if (expression.type === "row") for (const item of expression.items) safe.add(item);
  };
  const naming = (work: () => void): void => {
    const before = isNaming;
    isNaming = true;
    work();
    isNaming = before;
  };

  const visit = (expression: Expression): void => {
    all.push(expression);
    switch (expression.type) {
      case "operator":
        if (COMPARISONS.has(expression.operator)) {
          expression.operands.forEach(addSafe);
        }
        expression.operands.forEach(visit);
        return;
      case "call":
        if (expression.schema === null && COMPARING.has(expression.name))
          expression.args.forEach(addSafe);
        [...expression.args, ...expression.ordering].forEach(visit);
        return;
      case "collate":
      case "cast":
      case "convert":
        visit(expression.operand);
        return;
      case "case":
        if (expression.operand !== null) {
          expression.conditions.forEach(addSafe);
          visit(expression.operand);
        }
        [...expression.conditions, ...expression.results].forEach(visit);
        return;
      case "row":
        expression.items.forEach(visit);
        return;
      case "subquery":
        visitQuery(expression.query);
        return;
      case "assign":
        visit(expression.value);
        return;
      default:
    }
  };
  const visitSafe = (expression: Expression): void => {
    addSafe(expression);
    visit(expression);
  };
  const visitSelect = (select: SelectCore): void => {
    for (const { expression, alias } of select.items) {
      // A column's name stays its own.
      if (alias === null && expression.type !== "name") naming(() => visit(expression));
      else visit(expression);
      if (alias !== null && !isNaming) named.add(expression);
    }
    for (const source of select.from?.sources ?? []) {
      if (source.type === "derived") visitQuery(source.query);
      else if (source.type === "json-table") visit(source.document);
    }
    for (const part of [...(select.from?.conditions ?? []), select.where, select.having]) {
      if (part !== null) visit(part);
    }
    naming(() => [...select.groupBy, ...select.windows].forEach(visit));
  };
  const visitQuery = (query: Query): void => {
    for (const cte of query.ctes) visitQuery(cte.query);
    for (const part of query.parts) {
      if (!("type" in part)) visitQuery(part);
      else if (part.type === "select") visitSelect(part);
      else part.rows.flat().forEach(visit);
    }
    naming(() => query.orderBy.forEach(visit));
    query.limit.forEach(visitSafe);
  };

  switch (statement.type) {
    case "query":
      visitQuery(statement.query);
      break;
    case "insert":
      statement.rows.flat().forEach(visitSafe);
      for (const { value } of [...statement.set, ...statement.onDuplicate]) visitSafe(value);
      if (statement.query !== null) visitQuery(statement.query);
      break;
    case "update":
    case "delete":
      for (const cte of statement.ctes) visitQuery(cte.query);
      for (const source of statement.from.sources)
        if (source.type === "derived") visitQuery(source.query);
      statement.from.conditions.forEach(visit);
      if (statement.type === "update") for (const { value } of statement.set) visitSafe(value);
      if (statement.where !== null) visit(statement.where);
      statement.rest.forEach(visit);
      break;
    default:
  }
  return { safe, named, all };
}
