import type { DataType } from "./data-type.ts";
import type { Query } from "./query.ts";
import type { Span } from "./token.ts";

/** A constant. */
export interface LiteralExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "literal";
  /** What it is; `temporal` for `DATE '2030-01-01'`. */
  readonly kind: "string" | "number" | "hex" | "bit" | "null" | "boolean" | "temporal";
  /** The character set of `_latin1'x'`, or `utf8mb3` for `N'x'`; null without one. */
  readonly introducer: string | null;
  /** The value of a string; of others the text as written. */
  readonly value: string;
}

/** A column, parameter, local, cursor or row field: which of them, the scope decides. */
export interface NameExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "name";
  /** One to three parts, without quotes: `c`, `t.c`, `s.t.c`, `NEW.c`. */
  readonly parts: readonly string[];
}

/** `@v`, `@@x`, `?` or `*`. */
interface MarkExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "user-variable" | "system-variable" | "placeholder" | "star";
  /** A user variable's name in lower case; the text of the others. */
  readonly name: string;
}

/** A function's call. */
export interface CallExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "call";
  /** In capitals when native; a stored function may have a schema in front: `db.f`. */
  readonly name: string;
  /** Schema and name as written, without quotes, for finding a stored function. */
  readonly schema: string | null;
  /** In order. Keywords between them (`SEPARATOR`, units, `FROM`) are gone. */
  readonly args: readonly Expression[];
  /** What ORDER BY inside of it, or its window, looks at. */
  readonly ordering: readonly Expression[];
}

/** An operator and what it works on. */
export interface OperatorExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "operator";
  /** In capitals: `=`, `LIKE`, `NOT IN`, `BETWEEN`, `AND`, `+`. `||` is `OR`, or a call of CONCAT by the mode. */
  readonly operator: string;
  /** In order. Of IN: the left side, then the list. A subquery on the right is one operand. */
  readonly operands: readonly Expression[];
}

/** `x COLLATE c`. */
interface CollateExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "collate";
  /** What gets the collation. */
  readonly operand: Expression;
  /** In lower case. */
  readonly collation: string;
}

/** `CAST(x AS type)`, `CONVERT(x, type)`. */
interface CastExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "cast";
  /** What is cast. */
  readonly operand: Expression;
  /** To what; `SIGNED` and `UNSIGNED` are names here too. */
  readonly dataType: DataType;
}

/** `CONVERT(x USING charset)`. */
interface ConvertExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "convert";
  /** What is converted. */
  readonly operand: Expression;
  /** In lower case. */
  readonly charset: string;
}

/** `CASE … END`. */
interface CaseExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "case";
  /** What is compared with each condition; null where the conditions are booleans. */
  readonly operand: Expression | null;
  /** Behind WHEN. */
  readonly conditions: readonly Expression[];
  /** Behind THEN and ELSE. */
  readonly results: readonly Expression[];
}

/** `(a, b)`. */
interface RowExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "row";
  /** Two or more. */
  readonly items: readonly Expression[];
}

/** A query in parentheses. */
interface SubqueryExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "subquery";
  /** What it asks. */
  readonly query: Query;
}

/** `@v := x`. */
interface AssignExpression extends Span {
  /** Tells expressions apart. */
  readonly type: "assign";
  /** The user variable, in lower case. */
  readonly name: string;
  /** What it gets. */
  readonly value: Expression;
}

/** Any expression. */
export type Expression =
  | LiteralExpression
  | NameExpression
  | MarkExpression
  | CallExpression
  | OperatorExpression
  | CollateExpression
  | CastExpression
  | ConvertExpression
  | CaseExpression
  | RowExpression
  | SubqueryExpression
  | AssignExpression;

/** The name that a parameter or local would be told by, in lower case; null for everything else, a name with a qualifier included. */
export function bareName(expression: Expression): string | null {
  if (expression.type !== "name") return null;
  const [name, ...rest] = expression.parts;
  return name === undefined || rest.length > 0 ? null : name.toLowerCase();
}
