import type { TableInfo } from "../catalog/read-tables.ts";
import type {
  CommonTable,
  FromClause,
  Query,
  SelectCore,
  Source,
  ValuesCore,
} from "../sql/query.ts";
import { type Analysis, compare } from "./analysis.ts";
import { aggregateCompared, DERIVATION } from "./collated.ts";
import { Inference } from "./infer.ts";
import { QueryScope, type ScopedSource } from "./scope.ts";
import { valueOfColumn, valueOfType } from "./type-value.ts";
import {
  collatedOf,
  NULL_VALUE,
  NUMBER,
  type Origin,
  TEMPORAL,
  text,
  unknown,
  type Value,
  withOrigin,
} from "./value.ts";
import type { Columns } from "./world.ts";

/** What a query gives: its columns' names in lower case and values, in order. */
type Output = readonly (readonly [string, Value])[];

/** Reads queries, and what is compared in them. */
export class QueryInference {
  /** Reads the expressions within. */
  readonly expressions: Inference;
  readonly #analysis: Analysis;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
    this.expressions = new Inference(
      analysis,
      (query, scope) => this.query(query, scope)?.map(([, value]) => value) ?? null,
    );
  }

  /** Reads a query. Null where its columns are not known. */
  query(query: Query, outer: QueryScope | null): Output | null {
    const scope = new QueryScope(outer);
    this.defineCtes(query.ctes, scope);
    const outputs = query.parts.map((part) => this.#part(part, scope, query));
    if (outputs.length === 1) return outputs[0] ?? null;
    const united = this.#union(outputs, query);
    // ORDER BY of a UNION knows its columns only.
    for (const [name, value] of united ?? []) scope.aliases.set(name.toLowerCase(), value);
    for (const expression of query.orderBy) this.expressions.value(expression, scope);
    return united;
  }

  /** Makes WITH's tables known in a scope. */
  defineCtes(ctes: readonly CommonTable[], scope: QueryScope): void {
    for (const { name, columns, query } of ctes) {
      const named = (output: Output | null): Columns => rename(output, columns, name);
      const [first] = query.parts;
      if (first !== undefined && query.parts.length > 1) {
        // A recursive table's columns are those of its first part; they must be known before the others are read.
        const silent = new QueryInference({ ...this.#analysis, conflicts: [], meetings: [] });
        scope.defineCte(name, named(silent.query({ ...query, parts: [first] }, scope)));
        this.#recursive(query, scope);
      } else {
        scope.defineCte(name, named(this.query(query, scope)));
      }
    }
  }

  /** The columns of what FROM names. */
  from(clause: FromClause, scope: QueryScope): void {
    for (const source of clause.sources) scope.sources.push(this.#source(source, scope));
    for (const condition of clause.conditions) this.expressions.value(condition, scope, true);
    for (const using of clause.usings) {
      const right = scope.sources[using.left];
      const left = scope.sources.slice(0, using.left);
      const shared = using.columns ?? [...(right?.columns?.keys() ?? [])];
      for (const name of shared) {
        const ours = left
          .map(({ columns }) => columns?.get(name.toLowerCase()))
          .find((value) => value !== undefined);
        const theirs = right?.columns?.get(name.toLowerCase());
        if (ours === undefined || theirs === undefined) continue;
        compare(this.#analysis, [ours, theirs], { span: using, operator: "USING", isFilter: true });
      }
    }
  }

  /** The columns of a table by name. Null where it is not known. */
  table(schema: string | null, name: string, scope: QueryScope | null): Columns {
    const { world } = this.#analysis;
    const cte = schema === null ? scope?.cte(name) : undefined;
    if (cte !== undefined) return cte;
    // What the program makes hides a table of the same name.
    if (world.made.has(name.toLowerCase())) return world.made.get(name.toLowerCase()) ?? null;
    const table = world.tables.find(schema ?? world.schema, name);
    return table === null ? null : tableColumns(table);
  }

  #recursive(query: Query, scope: QueryScope): void {
    for (const part of query.parts) this.#part(part, new QueryScope(scope), query);
  }

  #part(part: SelectCore | ValuesCore | Query, scope: QueryScope, query: Query): Output | null {
    if (!("type" in part)) return this.query(part, scope);
    if (part.type === "select") return this.#select(part, scope, query);
    const rows = part.rows.map((row) => row.map((value) => this.expressions.value(value, scope)));
    return rows[0]?.map((value, index) => [`column_${index}`, value] as const) ?? [];
  }

  #select(select: SelectCore, outer: QueryScope, query: Query): Output | null {
    const scope = new QueryScope(outer);
    const { expressions } = this;
    if (select.from !== null) this.from(select.from, scope);
    let output: (readonly [string, Value])[] | null = [];
    for (const { expression, alias } of select.items) {
      if (expression.type === "star") {
        const columns = expandStar(expression.name, scope);
        if (columns === null) output = null;
        else output?.push(...columns);
        continue;
      }
      const value = expressions.value(expression, scope);
      const name = alias ?? (expression.type === "name" ? (expression.parts.at(-1) ?? "") : "");
      if (alias !== null) scope.aliases.set(alias.toLowerCase(), value);
      output?.push([name.toLowerCase(), value]);
    }
    if (select.where !== null) expressions.value(select.where, scope, true);
    for (const expression of select.groupBy) expressions.value(expression, scope);
    if (select.having !== null) expressions.value(select.having, scope);
    for (const expression of select.windows) expressions.value(expression, scope);
    if (query.parts.length === 1) {
      for (const expression of query.orderBy) expressions.value(expression, scope);
    }
    return output;
  }

  #union(outputs: readonly (Output | null)[], { start, end }: Query): Output | null {
    const [first] = outputs;
    if (first === null || first === undefined) return null;
    return first.map(([name, value], index) => {
      const parts = outputs.map(
        (output) => output?.[index]?.[1] ?? unknown("the columns of a UNION's part are not known"),
      );
      return [name, this.#united(value, parts, { start, end })] as const;
    });
  }

  #united(first: Value, parts: readonly Value[], span: { start: number; end: number }): Value {
    const kinds = new Set(parts.map(({ kind }) => kind).filter((kind) => kind !== "null"));
    if (kinds.size === 0) return NULL_VALUE;
    if (kinds.size === 1 && first.kind === "number") return NUMBER;
    if (kinds.size === 1 && first.kind === "temporal") return TEMPORAL;
    const origins = parts.flatMap((part) => part.origins);
    const unsure = parts.find(({ kind }) => kind === "unknown");
    const { collated, isIllegal } = aggregateCompared(
      parts.flatMap((part) => collatedOf(part) ?? []),
      this.#analysis.world.flavour,
    );
    const base = { operands: parts, span, operator: "UNION", count: Number.POSITIVE_INFINITY };
    if (isIllegal) this.#analysis.conflicts.push({ ...base, outcome: "error", reason: "" });
    else if (unsure !== undefined && collated.derivation !== DERIVATION.explicit) {
      const matters = parts.some((part) => part.collated?.derivation === DERIVATION.implicit);
      if (matters)
        this.#analysis.conflicts.push({ ...base, outcome: "unknown", reason: unsure.reason });
      return unknown(unsure.reason, origins);
    }
    if (collated.derivation >= DERIVATION.numeric) {
      return text(this.#analysis.world.collationConnection, DERIVATION.coercible, true);
    }
    return { ...text(collated.collation, collated.derivation, collated.isAscii), origins };
  }

  #source(source: Source, scope: QueryScope): ScopedSource {
    if (source.type === "table") {
      const columns = this.table(source.schema, source.name, scope);
      return { alias: source.alias, schema: source.schema ?? this.#analysis.world.schema, columns };
    }
    const { alias } = source;
    if (source.type === "derived") {
      const columns = rename(this.query(source.query, scope), source.columns, alias);
      return { alias, schema: null, columns };
    }
    const { world } = this.#analysis;
    this.expressions.value(source.document, scope);
    // MySQL gives them the connection's collation, MariaDB that of the database.
    const inherited =
      world.flavour === "mysql"
        ? world.collationConnection
        : (world.server.databases.get(world.schema) ?? world.databaseCollation);
    const columns = new Map(
      source.columns.map(({ name, dataType }) => {
        const value =
          dataType === null
            ? NUMBER
            : valueOfType(dataType, inherited, world.server, world.flavour);
        return [
          name.toLowerCase(),
          withOrigin(value, made("json-table", `${alias}.${name}`)),
        ] as const;
      }),
    );
    return { alias, schema: null, columns };
  }
}

/** Made once for each table: a routine may name the same few hundreds of times. */
const TABLE_COLUMNS = new WeakMap<TableInfo, ReadonlyMap<string, Value>>();

function tableColumns(table: TableInfo): ReadonlyMap<string, Value> {
  const known = TABLE_COLUMNS.get(table);
  if (known !== undefined) return known;
  const columns = new Map<string, Value>();
  for (const [key, column] of table.columns) {
    const name = `${table.schema}.${table.name}.${column.name}`;
    const { isIndexed } = column;
    columns.set(key, withOrigin(valueOfColumn(column), { ...made("column", name), isIndexed }));
  }
  TABLE_COLUMNS.set(table, columns);
  return columns;
}

function expandStar(name: string, scope: QueryScope): (readonly [string, Value])[] | null {
  const qualifier = name === "*" ? null : (name.split(".").at(-1) ?? "").toLowerCase();
  const columns: (readonly [string, Value])[] = [];
  for (const source of scope.sources) {
    if (qualifier !== null && source.alias.toLowerCase() !== qualifier) continue;
    if (source.columns === null) return null;
    columns.push(...source.columns);
  }
  return columns;
}

function made(type: Origin["type"], name: string): Origin {
  return { type, name, isIndexed: false, declaration: null, span: { start: 0, end: 0 } };
}

/** The columns of a derived table: a column that stands for one of a table remains that, since the servers merge them. */
function rename(output: Output | null, names: readonly string[] | null, alias: string): Columns {
  if (output === null) return null;
  return new Map(
    output.map(([own, value], index) => {
      const name = names?.[index] ?? own;
      const isColumn = value.isBare && value.origins.every(({ type }) => type === "column");
      const { collated } = value;
      // A column of a query is no constant any more, whatever it was made of.
      const varying = collated === null ? null : { ...collated, isVarying: true as const };
      const renamed = isColumn
        ? value
        : withOrigin({ ...value, collated: varying }, made("derived", `${alias}.${name}`));
      return [name.toLowerCase(), value.kind === "unknown" ? value : renamed] as const;
    }),
  );
}
