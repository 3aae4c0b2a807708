import type { Span } from "../sql/token.ts";
import { type Collated, DERIVATION } from "./collated.ts";

/** Where a value comes from. */
export interface Origin {
  /**
   * `column`: of a table or view. `temporary`: a column of a table that the routine makes. `derived`: a column of a query in
   * FROM or WITH. `returned`: the result of a stored function, or of a native one whose texts MariaDB does not convert.
   */
  readonly type:
    | "column"
    | "parameter"
    | "local"
    | "user-variable"
    | "temporary"
    | "derived"
    | "json-table"
    | "returned";
  /** For messages: `shop.orders.symbol`, `p`, `@v`. */
  readonly name: string;
  /** Whether an index holds the column. */
  readonly isIndexed: boolean;
  /** Where the parameter or local is declared: its type. Null for everything else. */
  readonly declaration: Span | null;
  /** Where it stands in the text. */
  readonly span: Span;
  /** Whether it may also hold a number or a time, of which COLLATE would make a text. Absent where it may not. */
  readonly isSometimesNoText?: boolean;
}

/** What is known of a value without running anything. */
export interface Value {
  /** `unknown` where nothing can be said; `null` for NULL. Binary strings are texts with the collation `binary`. */
  readonly kind: "text" | "number" | "temporal" | "json" | "null" | "row" | "unknown";
  /** Of a text. Null for the other kinds. */
  readonly collated: Collated | null;
  /** The columns, parameters and so on that decide its collation. */
  readonly origins: readonly Origin[];
  /** Whether it is its only origin, unchanged: then an index on the column can serve. */
  readonly isBare: boolean;
  /** Of a row; else empty. */
  readonly items: readonly Value[];
  /** For `unknown`: why; else empty. */
  readonly reason: string;
  /** For `unknown`, where it is one of some texts: each of them. */
  readonly candidates?: readonly Value[];
}

const PLAIN = { collated: null, origins: [], isBare: false, items: [], reason: "" } as const;

/** A number. */
export const NUMBER: Value = { ...PLAIN, kind: "number" };
/** A date or time. */
export const TEMPORAL: Value = { ...PLAIN, kind: "temporal" };
/** A JSON value, on MySQL. */
export const JSON_VALUE: Value = { ...PLAIN, kind: "json" };
/** NULL. */
export const NULL_VALUE: Value = { ...PLAIN, kind: "null" };

/** A text without origins. */
export function text(collation: string, derivation: number, isAscii = false): Value {
  // Written out: made for every expression, and a spread costs ten times as much.
  return {
    kind: "text",
    collated: { collation, derivation, isAscii },
    origins: PLAIN.origins,
    isBare: false,
    items: PLAIN.items,
    reason: "",
  };
}

/** A value of which nothing is known. */
export function unknown(reason: string, origins: readonly Origin[] = []): Value {
  return { ...PLAIN, kind: "unknown", reason, origins };
}

/** A row of values. */
export function row(items: readonly Value[]): Value {
  return { ...PLAIN, kind: "row", items };
}

/** The same value, as something that stands in the text. */
export function withOrigin(value: Value, origin: Origin): Value {
  const { kind, collated, items, reason } = value;
  return { kind, collated, origins: [origin], isBare: true, items, reason };
}

/** The collation that a value has among texts: numbers and times hold to none, NULL still less. */
export function collatedOf(value: Value): Collated | null {
  switch (value.kind) {
    case "text":
      return value.collated;
    case "number":
    case "temporal":
      return { collation: "binary", derivation: DERIVATION.numeric, isAscii: true };
    case "json":
      return { collation: "utf8mb4_bin", derivation: DERIVATION.implicit, isAscii: false };
    case "null":
      return { collation: "binary", derivation: DERIVATION.ignorable, isAscii: true };
    default:
      return null;
  }
}
