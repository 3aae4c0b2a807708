import type {
  CallExpression,
  Expression,
  NameExpression,
  OperatorExpression,
} from "../sql/expression.ts";
import type { Query } from "../sql/query.ts";
import { type Analysis, type ComparisonSite, compare } from "./analysis.ts";
import { callResult, joinedValue, returnedBy, shiftedValue } from "./call-result.ts";
import { DERIVATION } from "./collated.ts";
import { BARE_FUNCTIONS, functionRule } from "./functions.ts";
import { heldValue, literalValue, userVariableValue } from "./leaf-values.ts";
import type { QueryScope } from "./scope.ts";
import { declaredCollation, defaultCollation, valueOfType } from "./type-value.ts";
import {
  JSON_VALUE,
  NULL_VALUE,
  NUMBER,
  row,
  text,
  unknown,
  type Value,
  withOrigin,
} from "./value.ts";
import { variesByRow } from "./varies-by-row.ts";

/** What a subquery gives, column by column; null where that is not known. */
export type QueryReader = (query: Query, scope: QueryScope | null) => readonly Value[] | null;

const COMPARISONS = new Set([
  "=",
  "<=>",
  "<",
  "<=",
  ">",
  ">=",
  "<>",
  "!=",
  "LIKE",
  "REGEXP",
  "RLIKE",
  "BETWEEN",
  "IN",
  "SOUNDS",
]);
const LISTS = new Set(["IN"]);
/** They compare texts whatever they are given. */
const PATTERNS = new Set(["LIKE", "REGEXP", "RLIKE"]);

/** Finds what is known of expressions, and records the comparisons within them. */
export class Inference {
  readonly #analysis: Analysis;
  readonly #query: QueryReader;

  /** @param query - Reads subqueries; given, so that queries and expressions need not import each other. */
  constructor(analysis: Analysis, query: QueryReader) {
    this.#analysis = analysis;
    this.#query = query;
  }

  /**
   * Finds what is known of an expression's value.
   *
   * @param scope - The query that it stands in, or null outside of any.
   * @param isFilter - Whether it chooses rows, so that its comparisons may use an index.
   */
  value(expression: Expression, scope: QueryScope | null, isFilter = false): Value {
    const { world, users } = this.#analysis;
    switch (expression.type) {
      case "literal":
        return literalValue(expression, world);
      case "name":
        return this.#name(expression, scope);
      case "user-variable":
        return userVariableValue(users, expression.name, expression);
      case "system-variable":
        return text("utf8mb3_general_ci", DERIVATION.system, true);
      case "placeholder":
        return withOrigin(text(world.collationConnection, DERIVATION.coercible), {
          ...{
            type: "parameter",
            name: "?",
            isIndexed: false,
            declaration: null,
            span: expression,
          },
        });
      case "star":
        return NUMBER;
      case "assign": {
        const value = this.value(expression.value, scope);
        users.assign(expression.name, heldValue(value));
        return heldValue(value);
      }
      case "collate": {
        const operand = this.value(expression.operand, scope);
        const collated = {
          collation: expression.collation,
          derivation: DERIVATION.explicit,
          isAscii: false,
        };
        const { origins, isBare, items } = operand;
        return { kind: "text", collated, origins, isBare, items, reason: "" };
      }
      case "cast": {
        const operand = this.value(expression.operand, scope);
        const { dataType } = expression;
        if (!dataType.isCharacter)
          return {
            ...valueOfType(dataType, world.collationConnection, world.server, world.flavour),
            origins: operand.origins,
          };
        const collation = declaredCollation(dataType, world.collationConnection, world.server);
        return { ...text(collation, DERIVATION.implicit), origins: operand.origins };
      }
      case "convert": {
        const operand = this.value(expression.operand, scope);
        const isChar = expression.operand.type === "call" && expression.operand.name === "CHAR";
        const collation = defaultCollation(world.server, expression.charset);
        const derivation = isChar ? DERIVATION.coercible : DERIVATION.implicit;
        return this.#marked(
          { ...text(collation, derivation), origins: operand.origins },
          expression,
        );
      }
      case "row":
        return row(expression.items.map((item) => this.value(item, scope)));
      case "subquery":
        return this.#subquery(expression.query, scope);
      case "case":
        return this.#marked(this.#case(expression, scope), expression);
      case "call":
        return this.#marked(this.#call(expression, scope), expression);
      case "operator":
        return this.#operator(expression, scope, isFilter);
    }
  }

  /** Notes of a text whether it differs from row to row; only where that matters. */
  #marked(value: Value, expression: Expression): Value {
    const { collated } = value;
    const { world, variables } = this.#analysis;
    const matters = collated?.derivation === DERIVATION.coercible && !collated.isAscii;
    if (!matters || world.flavour === "mysql" || collated.isVarying === true) return value;
    if (!variesByRow(expression, variables, world)) return value;
    return { ...value, collated: { ...collated, isVarying: true } };
  }

  #name({ parts, start, end }: NameExpression, scope: QueryScope | null): Value {
    const { variables } = this.#analysis;
    const [first = "", second] = parts;
    const span = { start, end };
    const at = (value: Value): Value => ({
      ...value,
      origins: value.origins.map((origin) => ({ ...origin, span })),
    });
    if (parts.length === 1) {
      // A local of the same name hides the column: the servers look for it first.
      const variable = variables.find(first);
      if (variable !== null) return at(variable);
    } else if (parts.length === 2 && second !== undefined) {
      const record = variables.record(first);
      const column = scope?.column(parts);
      if (record !== undefined && (column === null || column === undefined)) {
        const field = record?.get(second.toLowerCase());
        return field === undefined ? unknown(`the fields of ${first} are not known`) : at(field);
      }
    }
    const found = scope?.column(parts) ?? null;
    if (found === "unknown")
      return unknown(`${parts.join(".")} is of a table that is not known here`);
    if (found !== null) return at(found);
    const alias = parts.length === 1 ? this.#alias(first, scope) : null;
    if (alias !== null) return at(alias);
    if (BARE_FUNCTIONS.has(first.toUpperCase())) {
      return this.#call(
        {
          type: "call",
          name: first.toUpperCase(),
          schema: null,
          args: [],
          ordering: [],
          start,
          end,
        },
        scope,
      );
    }
    return unknown(`${parts.join(".")} is neither a variable nor a column that is known here`);
  }

  #alias(name: string, scope: QueryScope | null): Value | null {
    for (let at = scope; at !== null; at = at.outer) {
      const value = at.aliases.get(name.toLowerCase());
      if (value !== undefined) return value;
    }
    return null;
  }

  #subquery(query: Query, scope: QueryScope | null): Value {
    const columns = this.#query(query, scope);
    if (columns === null) return unknown("the columns of a subquery are not known");
    const [only] = columns;
    if (columns.length === 1 && only !== undefined) return { ...only, isBare: false };
    return row(columns);
  }

  #case(expression: Expression & { type: "case" }, scope: QueryScope | null): Value {
    const conditions = expression.conditions.map((condition) => this.value(condition, scope));
    if (expression.operand !== null) {
      const operand = this.value(expression.operand, scope);
      this.#compare([operand, ...conditions], {
        span: expression,
        operator: "CASE",
        isFilter: false,
        isList: true,
      });
    }
    return joinedValue(
      this.#analysis,
      expression.results.map((result) => this.value(result, scope)),
      expression,
      "CASE",
      true,
    );
  }

  #operator(expression: OperatorExpression, scope: QueryScope | null, isFilter: boolean): Value {
    const { operator, operands } = expression;
    if (operator === "AND" || operator === "OR" || operator === "XOR") {
      for (const operand of operands) this.value(operand, scope, isFilter);
      return NUMBER;
    }
    const values = operands.map((operand) => this.value(operand, scope));
    const name = operator.replace(/^NOT /, "");
    if (COMPARISONS.has(name)) {
      if (name === "IN" || name === "=")
        this.#comparePieces(operands, values, scope, { span: expression, operator, isFilter });
      this.#compareOperands(name, values, { span: expression, operator, isFilter });
      return NUMBER;
    }
    const [first = NULL_VALUE] = values;
    switch (operator) {
      case "BINARY":
        return { ...text("binary", DERIVATION.implicit), origins: first.origins };
      case "->":
        return this.#analysis.world.flavour === "mysql" ? JSON_VALUE : first;
      case "->>":
        return { ...text("utf8mb4_bin", DERIVATION.coercible), origins: first.origins };
      case "+":
      case "-":
        // A date and an interval make a date; of a text they make a text.
        if (
          operands.some((operand) => operand.type === "operator" && operand.operator === "INTERVAL")
        ) {
          return shiftedValue(
            this.#analysis.world,
            values.find(({ kind }) => kind === "temporal") ?? first,
          );
        }
        return NUMBER;
      default:
        return NUMBER;
    }
  }

  /** Both servers push `x IN (… UNION …)` down: x is compared with each part, not only with what they make together. */
  #comparePieces(
    operands: readonly Expression[],
    [left]: readonly Value[],
    scope: QueryScope | null,
    site: ComparisonSite,
  ): void {
    const [, right] = operands;
    if (left === undefined || right?.type !== "subquery" || right.query.parts.length < 2) return;
    for (const part of right.query.parts) {
      const values = this.#query({ ...right.query, parts: [part], orderBy: [] }, scope);
      if (values === null) continue;
      const [only] = values;
      const value = values.length === 1 && only !== undefined ? only : row(values);
      this.#compare([left, { ...value, isBare: false }], site);
    }
  }

  #compareOperands(name: string, values: readonly Value[], site: ComparisonSite): void {
    if (name === "LIKE" && this.#analysis.world.flavour === "mariadb") {
      this.#compare(values.slice(0, 2), { ...site, takesAll: true });
      return;
    }
    const [left, right] = values;
    // A subquery of several columns compares with a row; of one it is a value already.
    if (left !== undefined && right !== undefined) {
      this.#compare(values, { ...site, isList: LISTS.has(name), takesAll: PATTERNS.has(name) });
    }
  }

  #compare(values: readonly Value[], site: ComparisonSite): void {
    compare(this.#analysis, values, site);
  }

  #call(call: CallExpression, scope: QueryScope | null): Value {
    const args = call.args.map((arg) => this.value(arg, scope));
    for (const ordering of call.ordering) this.value(ordering, scope);
    const { world } = this.#analysis;
    const rule = call.schema === null ? functionRule(call.name.toUpperCase(), world.flavour) : null;
    if (rule === null) return this.#stored(call);
    if (rule.compared !== undefined) {
      const { compared } = rule;
      const parts = compared === "all" ? args : compared.flatMap((place) => args[place] ?? []);
      // FIELD compares numbers as soon as one is among them.
      const isNumeric = call.name === "FIELD" && parts.some(({ kind }) => kind === "number");
      if (parts.length > 1 && !isNumeric) {
        const before = this.#analysis.conflicts.length;
        const site = { span: call, operator: call.name, isFilter: false, isList: true };
        this.#compare(parts, { ...site, takesAll: true });
        // Where the call itself fails, nothing is to be said about its result.
        if (this.#analysis.conflicts.length > before) {
          return text(this.#analysis.world.collationConnection, DERIVATION.ignorable);
        }
      }
    }
    return callResult(this.#analysis, rule, call, args);
  }

  #stored(call: CallExpression): Value {
    const { name, schema } = call;
    const { world } = this.#analysis;
    const signature = world.routine("function", schema ?? world.schema, name);
    if (signature?.returns === null || signature === null)
      return unknown(`the function ${name} is not known here`);
    const { returns } = signature;
    if (returns.collated === null) return returns;
    const collated = { ...returns.collated, derivation: DERIVATION.coercible };
    return { ...withOrigin({ ...returns, collated }, returnedBy(call)), isBare: false };
  }
}
