import { MysqlError } from "../mysql-error.ts";
import type { DataType } from "../sql/data-type.ts";
import { enumMembers } from "../sql/enum-members.ts";
import type { Expression } from "../sql/expression.ts";
import { unquoteIdentifier } from "../sql/identifier.ts";
import type { PlainSql } from "../sql/plain-sql.ts";
import type { Query } from "../sql/query.ts";
import { readCursorQuery, readExpression, readPlain } from "../sql/read-plain.ts";
import type { Routine } from "../sql/routine.ts";
import type {
  Declaration,
  PlainStatement,
  RoutineStatement,
  TokenRange,
} from "../sql/routine-statement.ts";
import type { Span } from "../sql/token.ts";
import { type Analysis, compare } from "./analysis.ts";
import { QueryInference } from "./queries.ts";
import { Variables } from "./scope.ts";
import { valueOfType } from "./type-value.ts";
import { NUMBER, type Origin, unknown, type Value, withOrigin } from "./value.ts";
import { StatementWalk } from "./walk-statement.ts";

/** Statements and expressions that were read, so that a program judged by two servers' rules is read once. */
export class ReadCache {
  readonly #read = new Map<TokenRange, PlainSql | Expression | Query | MysqlError>();

  /** What was read of a part, or the error that reading it gave. */
  get<T extends PlainSql | Expression | Query>(range: TokenRange, read: () => T): T | MysqlError {
    const known = this.#read.get(range);
    if (known !== undefined) return known as T | MysqlError;
    let result: T | MysqlError;
    try {
      result = read();
    } catch (error) {
      if (!(error instanceof MysqlError)) throw error;
      result = error;
    }
    this.#read.set(range, result);
    return result;
  }
}

/** A statement that prepares a text which depends on data. */
export interface DynamicSql {
  /** Where. */
  readonly span: Span;
  /** Whether a caller can change what is executed. */
  readonly injectable: "yes" | "no" | "unknown";
  /** What it is joined from. */
  readonly notes: readonly string[];
}

/** Reads a whole program by the rules of one server. */
export class ProgramWalk {
  readonly #routine: Routine;
  readonly #cache: ReadCache;
  readonly #analysis: Analysis;
  readonly #statements: StatementWalk;

  /** @param analysis - Gets what is found; its `variables` are those outside of the program: none. */
  constructor(routine: Routine, cache: ReadCache, analysis: Analysis, characterSetClient: string) {
    this.#routine = routine;
    this.#cache = cache;
    this.#analysis = analysis;
    this.#statements = new StatementWalk(analysis, routine.mode, characterSetClient, (span) =>
      membersOf(routine, span),
    );
  }

  /** Walks over everything. */
  walk(): void {
    const { kind, parameters, trigger, body } = this.#routine;
    const variables = new Variables();
    for (const { name, type } of parameters) {
      variables.declare(name, this.#declared(this.#typed(type), "parameter", name, type));
    }
    if (kind === "trigger" && trigger !== null) {
      const columns = new QueryInference(this.#analysis).table(trigger.schema, trigger.table, null);
      const fields =
        columns === null
          ? null
          : new Map([...columns].map(([name, value]) => [name, unindexed(value)]));
      variables.declareRecord("NEW", fields);
      variables.declareRecord("OLD", fields);
    }
    this.#statement(body, variables);
  }

  /** Dynamic SQL that was met. */
  get dynamic(): readonly DynamicSql[] {
    return this.#statements.dynamic;
  }

  /** What a declared type holds: `TYPE OF t.c` is the column's own, its collation included. */
  #typed(type: DataType, variables: Variables | null = null): Value {
    const { world } = this.#analysis;
    if (type.name !== "TYPE OF")
      return valueOfType(type, world.databaseCollation, world.server, world.flavour);
    const names = this.#routine.tokens
      .filter(
        ({ kind, word, start, end }) =>
          type.start <= start &&
          end <= type.end &&
          (kind === "name" || kind === "word") &&
          !["TYPE", "OF", "ROW"].includes(word),
      )
      .map(({ text }) => unquoteIdentifier(text));
    const [column = "", table = "", schema = null] = names.toReversed();
    const known =
      names.length === 1
        ? (variables?.find(column) ?? null)
        : new QueryInference(this.#analysis).table(schema, table, null)?.get(column.toLowerCase());
    return known ?? unknown(`the type of ${names.join(".")} is not known here`);
  }

  #declared(value: Value, type: "parameter" | "local", name: string, declaration: Span): Value {
    const { start, end } = declaration;
    const origin: Origin = {
      type,
      name,
      isIndexed: false,
      declaration: { start, end },
      span: { start, end },
    };
    return withOrigin(value, origin);
  }

  #statement(statement: RoutineStatement, variables: Variables): void {
    const { users } = this.#analysis;
    switch (statement.type) {
      case "block": {
        const inner = new Variables(variables);
        for (const declaration of statement.declarations) this.#declaration(declaration, inner);
        for (const each of statement.statements) this.#statement(each, inner);
        return;
      }
      case "if":
        for (const { condition, statements } of statement.branches) {
          if (condition !== null) this.#expression(condition, variables);
          users.maybe(() => {
            for (const each of statements) this.#statement(each, variables);
          });
        }
        return;
      case "case":
        this.#case(statement.operand, statement, variables);
        return;
      case "loop":
        this.#loop(statement, variables);
        return;
      case "plain":
        this.#plain(statement, variables);
    }
  }

  #case(
    operand: TokenRange | null,
    statement: RoutineStatement & { type: "case" },
    variables: Variables,
  ): void {
    const subject = operand === null ? null : this.#expression(operand, variables);
    for (const { condition, statements } of statement.branches) {
      const value = condition === null ? null : this.#expression(condition, variables);
      if (subject !== null && value !== null && condition !== null) {
        // Unlike the CASE expression, the statement compares with one WHEN after another.
        compare(this.#with(variables), [subject, value], {
          span: condition,
          operator: "CASE",
          isFilter: false,
        });
      }
      this.#analysis.users.maybe(() => {
        for (const each of statements) this.#statement(each, variables);
      });
    }
  }

  #loop(statement: RoutineStatement & { type: "loop" }, variables: Variables): void {
    const inner = new Variables(variables);
    if (statement.loop === "FOR" && statement.variable !== null)
      this.#forVariable(statement, inner, variables);
    else if (statement.condition !== null) this.#expression(statement.condition, variables);
    const { users, conflicts, meetings } = this.#analysis;
    const read = (): void =>
      users.maybe(() => {
        for (const each of statement.statements) this.#statement(each, inner);
      });
    // Once for what a round leaves to the next, then for what is found.
    const before = [conflicts.length, meetings.length] as const;
    this.#statements.quietly(read);
    [conflicts.length, meetings.length] = before;
    read();
  }

  /** MariaDB: `FOR i IN 1..10` counts, `FOR r IN (SELECT …)` and `FOR r IN cursor` give records. */
  #forVariable(
    { variable, condition }: RoutineStatement & { type: "loop" },
    inner: Variables,
    outer: Variables,
  ): void {
    if (variable === null || condition === null) return;
    const { tokens } = this.#routine;
    const isRange = tokens
      .slice(condition.first, condition.limit)
      .some(({ word }) => word === "..");
    if (isRange) {
      inner.declare(variable.name, NUMBER);
      return;
    }
    const isQuery =
      tokens[condition.first]?.word === "(" && tokens[condition.first + 1]?.word === "SELECT";
    const output = isQuery
      ? this.#query({ ...condition, first: condition.first + 1, limit: condition.limit - 1 }, outer)
      : (outer.record(`cursor ${tokens[condition.first]?.text.toLowerCase() ?? ""}`) ?? null);
    inner.declareRecord(variable.name, output);
  }

  #declaration(declaration: Declaration, variables: Variables): void {
    const { users } = this.#analysis;
    switch (declaration.type) {
      case "local": {
        const { dataType, names, initial } = declaration;
        if (initial !== null) this.#expression(initial, variables);
        const value = this.#typed(dataType, variables);
        for (const { name } of names)
          variables.declare(name, this.#declared(value, "local", name, dataType));
        if (initial !== null)
          this.#statements.give(names[0]?.name ?? "", this.#read(initial), this.#with(variables));
        return;
      }
      case "cursor": {
        const inner = new Variables(variables);
        for (const { name, type } of declaration.parameters) {
          inner.declare(name, this.#declared(this.#typed(type), "local", name, type));
        }
        variables.declareRecord(
          `cursor ${declaration.name.name.toLowerCase()}`,
          this.#query(declaration.query, inner),
        );
        return;
      }
      case "handler":
        users.maybe(() => this.#statement(declaration.body, variables));
        return;
      case "condition":
    }
  }

  #with(variables: Variables): Analysis {
    return { ...this.#analysis, variables };
  }

  #read(range: TokenRange): Expression | null {
    const read = this.#cache.get(range, () => readExpression(this.#routine, range));
    return read instanceof MysqlError ? null : read;
  }

  #expression(range: TokenRange, variables: Variables): Value | null {
    const read = this.#cache.get(range, () => readExpression(this.#routine, range));
    if (read instanceof MysqlError) {
      this.#unread(range, read);
      return null;
    }
    return new QueryInference(this.#with(variables)).expressions.value(read, null);
  }

  #query(range: TokenRange, variables: Variables): ReadonlyMap<string, Value> | null {
    const read = this.#cache.get(range, () => readCursorQuery(this.#routine, range));
    if (read instanceof MysqlError) {
      this.#unread(range, read);
      return null;
    }
    const output = new QueryInference(this.#with(variables)).query(read, null);
    return output === null ? null : new Map(output);
  }

  #plain(statement: PlainStatement, variables: Variables): void {
    const read = this.#cache.get(statement, () => readPlain(this.#routine, statement));
    if (read instanceof MysqlError) this.#unread(statement, read);
    else this.#statements.statement(read, statement, this.#with(variables));
  }

  #unread({ start, end }: Span, error: MysqlError): void {
    this.#analysis.conflicts.push({
      ...{ outcome: "unknown", operands: [], span: { start, end }, operator: "", count: 0 },
      reason: `this cannot be read: ${error.message}`,
    });
  }
}

function membersOf({ tokens, source, mode }: Routine, span: Span): readonly string[] | null {
  const first = tokens.find(({ start }) => start >= span.start);
  if (first?.word !== "ENUM") return null;
  const list = source.slice(first.end, span.end);
  return enumMembers(list.slice(0, list.lastIndexOf(")") + 1), mode);
}

/** NEW and OLD are no columns that an index could find. */
function unindexed(value: Value): Value {
  return {
    ...value,
    origins: value.origins.map((origin) => ({ ...origin, isIndexed: false })),
  };
}
