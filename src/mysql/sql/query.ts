import type { DataType } from "./data-type.ts";
import type { Expression } from "./expression.ts";
import type { Span } from "./token.ts";

/** A table or view that is named. */
export interface TableSource extends Span {
  /** Tells sources apart. */
  readonly type: "table";
  /** Null where none is written. */
  readonly schema: string | null;
  /** Without quotes. */
  readonly name: string;
  /** What columns are qualified with; the name itself without an alias. */
  readonly alias: string;
}

/** A query in FROM. */
interface DerivedSource extends Span {
  /** Tells sources apart. */
  readonly type: "derived";
  /** The query. */
  readonly query: Query;
  /** Empty where MariaDB lets it go without. */
  readonly alias: string;
  /** Names given to its columns; null without any. */
  readonly columns: readonly string[] | null;
}

/** `JSON_TABLE(…)`. */
export interface JsonTableSource extends Span {
  /** Tells sources apart. */
  readonly type: "json-table";
  /** The document. */
  readonly document: Expression;
  /** All columns, nested ones too. `dataType` is null FOR ORDINALITY. */
  readonly columns: readonly { readonly name: string; readonly dataType: DataType | null }[];
  /** Its alias. */
  readonly alias: string;
}

/** What FROM, UPDATE and DELETE read. */
export type Source = TableSource | DerivedSource | JsonTableSource;

/** `JOIN … USING (a)`: the columns are compared by the server. Of NATURAL joins `columns` is null. */
export interface UsingJoin extends Span {
  /** The names in USING; null for those that both sides share. */
  readonly columns: readonly string[] | null;
  /** How many of the sources stand on its left. */
  readonly left: number;
}

/** Everything behind FROM. */
export interface FromClause {
  /** In order. */
  readonly sources: readonly Source[];
  /** Every ON. */
  readonly conditions: readonly Expression[];
  /** Every USING and NATURAL. */
  readonly usings: readonly UsingJoin[];
}

/** One item of a SELECT list. */
export interface SelectItem extends Span {
  /** Its expression; `*` and `t.*` are `star`, the latter with its table as name. */
  readonly expression: Expression;
  /** What AS or a bare name calls it; null without one. */
  readonly alias: string | null;
}

/** Where INTO puts values: locals, parameters, user variables. */
export type IntoTarget = Expression;

/** One SELECT without UNION. */
export interface SelectCore extends Span {
  /** Tells query bodies apart. */
  readonly type: "select";
  /** The list. */
  readonly items: readonly SelectItem[];
  /** Null without FROM. */
  readonly from: FromClause | null;
  /** Null without. */
  readonly where: Expression | null;
  /** Empty without. */
  readonly groupBy: readonly Expression[];
  /** Null without. */
  readonly having: Expression | null;
  /** Empty without. */
  readonly windows: readonly Expression[];
}

/** Constants as rows: `VALUES (1, 2), (3, 4)`. */
export interface ValuesCore extends Span {
  /** Tells query bodies apart. */
  readonly type: "values";
  /** Rows of expressions. */
  readonly rows: readonly (readonly Expression[])[];
}

/** A common table expression. */
export interface CommonTable {
  /** Its name. */
  readonly name: string;
  /** Names given to its columns; null without. */
  readonly columns: readonly string[] | null;
  /** Its query. */
  readonly query: Query;
}

/** A whole query. */
export interface Query extends Span {
  /** WITH, in order. */
  readonly ctes: readonly CommonTable[];
  /** The parts that UNION, EXCEPT or INTERSECT join; one without them. */
  readonly parts: readonly (SelectCore | ValuesCore | Query)[];
  /** ORDER BY of the whole. */
  readonly orderBy: readonly Expression[];
  /** LIMIT's numbers. */
  readonly limit: readonly Expression[];
  /** Where INTO puts its row; null without INTO. */
  readonly into: readonly IntoTarget[] | null;
  /** Where INTO stands, up to its last target; null without INTO. */
  readonly intoSpan: Span | null;
}
