import type { Value } from "./value.ts";
import type { Columns } from "./world.ts";

/** A table, view or query in FROM. */
export interface ScopedSource {
  /** What its columns are qualified with. */
  readonly alias: string;
  /** Null for a query. */
  readonly schema: string | null;
  /** Its columns; null where they are not known. */
  readonly columns: Columns;
}

/** Locals and parameters of a block and those around it. */
export class Variables {
  readonly #outer: Variables | null;
  readonly #values = new Map<string, Value>();
  readonly #records = new Map<string, Columns>();

  constructor(outer: Variables | null = null) {
    this.#outer = outer;
  }

  /** Declares one; names do not tell capitals apart. */
  declare(name: string, value: Value): void {
    this.#values.set(name.toLowerCase(), value);
  }

  /** Declares a record, whose fields are asked for as `name.field`. */
  declareRecord(name: string, fields: Columns): void {
    this.#records.set(name.toLowerCase(), fields);
  }

  /** The variable of that name, or null. */
  find(name: string): Value | null {
    return this.#values.get(name.toLowerCase()) ?? this.#outer?.find(name) ?? null;
  }

  /** The record of that name; undefined where there is none, null where its fields are not known. */
  record(name: string): Columns | undefined {
    const own = this.#records.get(name.toLowerCase());
    return own !== undefined ? own : this.#outer?.record(name);
  }
}

/**
 * What user variables hold at a place of the program: every value that one may have been given there.
 */
export class UserVariables {
  readonly #values = new Map<string, readonly Value[]>();
  #depth = 0;

  /** Gives a variable a value. In a branch or loop the values that it had stay possible. */
  assign(name: string, value: Value): void {
    const before = this.#depth > 0 ? (this.#values.get(name) ?? []) : [];
    this.#values.set(name, [...before, value]);
  }

  /** The values that it may have; empty where the program gave it none so far. */
  of(name: string): readonly Value[] {
    return this.#values.get(name) ?? [];
  }

  /** Whether what is read may not happen, or happen again. */
  get isUncertain(): boolean {
    return this.#depth > 0;
  }

  /** Does something that may not happen, or happen again. */
  maybe(work: () => void): void {
    this.#depth += 1;
    work();
    this.#depth -= 1;
  }
}

/** Where a name in a query is looked for, inside out. */
export class QueryScope {
  /** Around it; null for the outermost. */
  readonly outer: QueryScope | null;
  /** What FROM names, in order. */
  readonly sources: ScopedSource[] = [];
  /** Aliases of the SELECT list, in lower case, for HAVING, GROUP BY and ORDER BY. */
  readonly aliases: Map<string, Value> = new Map<string, Value>();
  readonly #ctes = new Map<string, Columns>();

  constructor(outer: QueryScope | null) {
    this.outer = outer;
  }

  /** Makes a common table known here and inside. */
  defineCte(name: string, columns: Columns): void {
    this.#ctes.set(name.toLowerCase(), columns);
  }

  /** The common table of that name; undefined where there is none. */
  cte(name: string): Columns | undefined {
    const own = this.#ctes.get(name.toLowerCase());
    return own !== undefined || this.#ctes.has(name.toLowerCase()) ? own : this.outer?.cte(name);
  }

  /**
   * Finds a column.
   *
   * @returns `unknown` where it may be of a source whose columns are not known; null where there is none.
   */
  column(parts: readonly string[]): Value | "unknown" | null {
    const name = (parts.at(-1) ?? "").toLowerCase();
    const qualifier = parts.length > 1 ? (parts.at(-2) ?? null) : null;
    const schema = parts.length > 2 ? (parts[0] ?? null) : null;
    let isUncertain = false;
    for (const source of this.sources) {
      if (qualifier !== null && source.alias.toLowerCase() !== qualifier.toLowerCase()) continue;
      if (schema !== null && source.schema?.toLowerCase() !== schema.toLowerCase()) continue;
      const value = source.columns?.get(name);
      if (value !== undefined) return value;
      if (source.columns === null) isUncertain = true;
    }
    if (isUncertain) return "unknown";
    return this.outer?.column(parts) ?? null;
  }
}
