import type { Expression } from "../sql/expression.ts";
import type { Assignment, InsertStatement, PlainSql } from "../sql/plain-sql.ts";
import type { Query } from "../sql/query.ts";
import type { SqlMode } from "../sql/sql-mode.ts";
import type { Span } from "../sql/token.ts";
import type { Analysis } from "./analysis.ts";
import { injectability, type MembersOf, type TextPart, textParts } from "./dynamic-text.ts";
import { heldValue } from "./leaf-values.ts";
import { madeColumns } from "./made-tables.ts";
import { QueryInference } from "./queries.ts";
import { QueryScope } from "./scope.ts";
import { unknown, type Value } from "./value.ts";
import type { DynamicSql } from "./walk-program.ts";

/** Reads plain statements one after another. */
export class StatementWalk {
  /** Dynamic SQL that was met. */
  readonly dynamic: DynamicSql[] = [];
  readonly #mode: SqlMode;
  readonly #characterSetClient: string;
  readonly #membersOf: MembersOf;
  /** What texts variables hold, by `@name` or name, in lower case. */
  readonly #texts = new Map<string, readonly TextPart[]>();
  readonly #root: Analysis;

  /** @param membersOf - Finds the members of a declared ENUM; without it nothing is known of any. */
  constructor(
    root: Analysis,
    mode: SqlMode,
    characterSetClient: string,
    membersOf: MembersOf = () => null,
  ) {
    this.#root = root;
    this.#membersOf = membersOf;
    this.#mode = mode;
    this.#characterSetClient = characterSetClient;
  }

  /** Reads statements for what they leave to those behind them, and tells of no dynamic SQL in them. */
  quietly(work: () => void): void {
    const before = this.dynamic.length;
    work();
    this.dynamic.length = before;
  }

  /** Reads one. */
  statement(statement: PlainSql, span: Span, analysis: Analysis): void {
    const queries = new QueryInference(analysis);
    const { expressions } = queries;
    switch (statement.type) {
      case "query": {
        const output = queries.query(statement.query, null);
        const targets = statement.query.into ?? [];
        const items = itemsWithoutTable(statement.query);
        for (const [index, target] of targets.entries()) {
          this.#assign(
            target,
            output?.[index]?.[1] ?? unknown("the columns of a query are not known"),
            analysis,
          );
          const item = items[index];
          const key = keyOf(target);
          if (item === undefined || key === null) this.#forget(target);
          else this.#give(key, item, analysis);
        }
        return;
      }
      case "insert":
        this.#insert(statement, queries);
        return;
      case "update":
      case "delete": {
        const scope = new QueryScope(null);
        queries.defineCtes(statement.ctes, scope);
        queries.from(statement.from, scope);
        if (statement.type === "update") this.#set(statement.set, queries, scope);
        if (statement.where !== null) expressions.value(statement.where, scope, true);
        for (const expression of statement.rest) expressions.value(expression, scope);
        return;
      }
      case "set":
        for (const { target, value } of statement.assignments) {
          const isSystem =
            target.type === "system-variable" ||
            (target.type === "name" &&
              target.parts.length === 1 &&
              analysis.variables.find(target.parts[0] ?? "") === null);
          // A system variable takes bare words as values.
          if (isSystem && value.type === "name") continue;
          this.#assign(target, expressions.value(value, null), analysis);
          const key = keyOf(target);
          if (key !== null) this.#give(key, value, analysis);
        }
        return;
      case "return":
      case "evaluate":
      case "open":
        for (const value of statement.values) expressions.value(value, null);
        return;
      case "call":
        this.#call(statement, queries, analysis);
        return;
      case "fetch":
        for (const target of statement.values) {
          this.#assign(target, unknown("a cursor's row"), analysis);
          this.#forget(target);
        }
        return;
      case "prepare":
      case "execute-immediate":
        if (statement.text !== null) this.#prepare(statement.text, span, analysis);
        for (const value of statement.using) expressions.value(value, null);
        return;
      case "create-table": {
        const columns = madeColumns(statement, queries, analysis.world);
        const name = statement.table.name.toLowerCase();
        const { made } = analysis.world;
        made.set(
          name,
          made.has(name) && !isAlike(made.get(name) ?? null, columns) ? null : columns,
        );
        return;
      }
      case "execute":
      case "deallocate":
      case "close":
      case "inert":
    }
  }

  /** Notes what text a local is given by its DEFAULT. */
  give(name: string, value: Expression | null, analysis: Analysis): void {
    if (value !== null) this.#give(name.toLowerCase(), value, analysis);
  }

  #assign(target: Expression, value: Value, { users }: Analysis): void {
    if (target.type === "user-variable") users.assign(target.name, heldValue(value));
  }

  #give(key: string, value: Expression, analysis: Analysis): void {
    const before = this.#texts.get(key) ?? [];
    const parts = textParts(value, this.#sources(analysis));
    // In a branch what it held before stays possible, unless it is in what it gets.
    const isKept = !analysis.users.isUncertain || before.every((part, at) => part === parts[at]);
    this.#texts.set(key, isKept ? parts : [...before, ...parts]);
  }

  /** After SELECT … INTO and FETCH a variable's text comes from data. */
  #forget(target: Expression): void {
    const key = keyOf(target);
    if (key !== null) this.#texts.delete(key);
  }

  #sources(analysis: Analysis): Parameters<typeof textParts>[1] {
    const silent = new QueryInference({ ...analysis, conflicts: [], meetings: [] });
    return {
      mode: this.#mode,
      characterSetClient: this.#characterSetClient,
      membersOf: this.#membersOf,
      variable: (expression) => {
        const key = keyOf(expression);
        return key === null ? null : (this.#texts.get(key) ?? null);
      },
      value: (expression) => silent.expressions.value(expression, null),
    };
  }

  #prepare(text: Expression, { start, end }: Span, analysis: Analysis): void {
    const parts = textParts(text, this.#sources(analysis));
    if (parts.every(({ constant }) => constant !== null)) return;
    if (this.dynamic.some((known) => known.span.start === start)) return;
    this.dynamic.push({ span: { start, end }, ...injectability(parts, this.#mode) });
  }

  #set(
    assignments: readonly Assignment[],
    { expressions }: QueryInference,
    scope: QueryScope,
  ): void {
    for (const { value } of assignments) expressions.value(value, scope);
  }

  #insert(statement: InsertStatement, queries: QueryInference): void {
    const { expressions } = queries;
    const { table } = statement;
    const scope = new QueryScope(null);
    const columns = queries.table(table.schema, table.name, null);
    const schema = table.schema ?? this.#root.world.schema;
    scope.sources.push({ alias: table.alias, schema, columns });
    for (const values of statement.rows)
      for (const value of values) expressions.value(value, scope);
    this.#set(statement.set, queries, scope);
    if (statement.query !== null) {
      queries.query(statement.query, null);
      const [part] = statement.query.parts;
      if (part !== undefined && "type" in part && part.type === "select" && part.from !== null) {
        // ON DUPLICATE KEY UPDATE may name the columns of what is selected from.
        const silent = new QueryInference({ ...this.#root, conflicts: [], meetings: [] });
        silent.from({ ...part.from, conditions: [], usings: [] }, scope);
      }
    }
    if (statement.rowAlias !== null) {
      scope.sources.push({ alias: statement.rowAlias, schema: null, columns });
    }
    this.#set(statement.onDuplicate, queries, scope);
    for (const value of statement.returning) expressions.value(value, scope);
  }

  #call(
    statement: PlainSql & { type: "call" },
    { expressions }: QueryInference,
    analysis: Analysis,
  ): void {
    const { world, users } = analysis;
    const signature = world.routine("procedure", statement.schema ?? world.schema, statement.name);
    for (const [index, arg] of statement.args.entries()) {
      if (arg.type !== "user-variable") {
        if (arg.type !== "name") expressions.value(arg, null);
        else if (signature?.outs[index] !== null) this.#forget(arg);
        continue;
      }
      if (signature === null)
        users.assign(
          arg.name,
          unknown(`@${arg.name} may be set by ${statement.name}, which is not known here`),
        );
      const out = signature?.outs[index] ?? null;
      if (out !== null) users.assign(arg.name, heldValue({ ...out, origins: [], isBare: false }));
      if (signature === null || out !== null) this.#forget(arg);
    }
  }
}

/** What a query of constants gives: `SELECT CONCAT(…) INTO @v` is an assignment like SET. Empty of every other query. */
export function itemsWithoutTable({ parts, limit }: Query): readonly Expression[] {
  const [part] = parts;
  if (parts.length !== 1 || limit.length > 0 || part === undefined || !("type" in part)) return [];
  if (part.type !== "select" || part.from !== null || part.where !== null || part.having !== null)
    return [];
  return part.items.map(({ expression }) => expression);
}

/** How a variable is kept; null for anything else. */
function keyOf(expression: Expression): string | null {
  if (expression.type === "user-variable") return `@${expression.name}`;
  if (expression.type === "name" && expression.parts.length === 1)
    return (expression.parts[0] ?? "").toLowerCase();
  return null;
}

function isAlike(
  a: ReadonlyMap<string, Value> | null,
  b: ReadonlyMap<string, Value> | null,
): boolean {
  if (a === null || b === null || a.size !== b.size) return false;
  return [...a].every(([name, value]) => {
    const other = b.get(name);
    return other?.kind === value.kind && other.collated?.collation === value.collated?.collation;
  });
}
