import type { DataType } from "./data-type.ts";
import type { Expression } from "./expression.ts";
import type { CommonTable, FromClause, Query, TableSource } from "./query.ts";

/** `target = value`, in SET, UPDATE and INSERT … SET. */
export interface Assignment {
  /** A name, a user variable or a system variable. */
  readonly target: Expression;
  /** What it gets. */
  readonly value: Expression;
}

/** A query as a statement. */
interface QueryStatement {
  /** Tells statements apart. */
  readonly type: "query";
  /** The query, with its INTO. */
  readonly query: Query;
}

/** INSERT or REPLACE. */
export interface InsertStatement {
  /** Tells statements apart. */
  readonly type: "insert";
  /** Where to. */
  readonly table: TableSource;
  /** The columns named; null without a list. */
  readonly columns: readonly string[] | null;
  /** Rows of VALUES; empty otherwise. */
  readonly rows: readonly (readonly Expression[])[];
  /** What SET says; empty otherwise. */
  readonly set: readonly Assignment[];
  /** What SELECT gives; null otherwise. */
  readonly query: Query | null;
  /** ON DUPLICATE KEY UPDATE. */
  readonly onDuplicate: readonly Assignment[];
  /** MariaDB's RETURNING. */
  readonly returning: readonly Expression[];
  /** MySQL's `VALUES … AS new`: the alias of the new row. */
  readonly rowAlias: string | null;
}

/** UPDATE, of one table or several. */
interface UpdateStatement {
  /** Tells statements apart. */
  readonly type: "update";
  /** WITH in front of it. */
  readonly ctes: readonly CommonTable[];
  /** What is read and written. */
  readonly from: FromClause;
  /** What SET says. */
  readonly set: readonly Assignment[];
  /** Null without. */
  readonly where: Expression | null;
  /** ORDER BY and LIMIT. */
  readonly rest: readonly Expression[];
}

/** DELETE, from one table or several. */
interface DeleteStatement {
  /** Tells statements apart. */
  readonly type: "delete";
  /** WITH in front of it. */
  readonly ctes: readonly CommonTable[];
  /** What is read. */
  readonly from: FromClause;
  /** Null without. */
  readonly where: Expression | null;
  /** ORDER BY, LIMIT and RETURNING. */
  readonly rest: readonly Expression[];
}

/** SET. */
interface SetStatement {
  /** Tells statements apart. */
  readonly type: "set";
  /** In order. */
  readonly assignments: readonly Assignment[];
}

/** Statements that only evaluate: RETURN, DO, SIGNAL's items, KILL. */
interface EvaluateStatement {
  /** Tells statements apart. */
  readonly type: "return" | "evaluate";
  /** What is evaluated. */
  readonly values: readonly Expression[];
}

/** CALL. */
export interface CallStatement {
  /** Tells statements apart. */
  readonly type: "call";
  /** Null where none is written. */
  readonly schema: string | null;
  /** Without quotes. */
  readonly name: string;
  /** In order. */
  readonly args: readonly Expression[];
}

/** FETCH, OPEN, CLOSE. */
interface CursorStatement {
  /** Tells statements apart. */
  readonly type: "fetch" | "open" | "close";
  /** The cursor's name. */
  readonly cursor: string;
  /** FETCH: where to. OPEN: MariaDB's arguments. */
  readonly values: readonly Expression[];
}

/** PREPARE, EXECUTE, EXECUTE IMMEDIATE, DEALLOCATE. */
export type PreparedStatement = {
  /** The handle's name; empty for EXECUTE IMMEDIATE. */
  readonly name: string;
  /** What USING binds. */
  readonly using: readonly Expression[];
} & (
  | {
      /** Tells statements apart. */
      readonly type: "prepare" | "execute-immediate";
      /** The text that is prepared. */
      readonly text: Expression;
    }
  | {
      /** Tells statements apart. */
      readonly type: "execute" | "deallocate";
      /** They have none. */
      readonly text: null;
    }
);

/** A column of a table that is made here. */
export interface CreatedColumn {
  /** Without quotes. */
  readonly name: string;
  /** Its type. */
  readonly dataType: DataType;
  /** Whether its own definition makes it an index. */
  readonly isKey: boolean;
}

/** CREATE [TEMPORARY] TABLE. */
export interface CreateTableStatement {
  /** Tells statements apart. */
  readonly type: "create-table";
  /** Whether it is temporary. */
  readonly isTemporary: boolean;
  /** What it is called. */
  readonly table: TableSource;
  /** Columns that are written out. */
  readonly columns: readonly CreatedColumn[];
  /** Names of columns in its indexes. */
  readonly indexed: readonly string[];
  /** The table's own character set; null without. */
  readonly charset: string | null;
  /** The table's own collation; null without. */
  readonly collation: string | null;
  /** AS SELECT; null without. */
  readonly query: Query | null;
  /** LIKE another table; null without. */
  readonly like: TableSource | null;
}

/** A statement in which nothing is compared. */
interface InertStatement {
  /** Tells statements apart. */
  readonly type: "inert";
  /** Its first word. */
  readonly verb: string;
}

/** What a plain statement of a routine says. */
export type PlainSql =
  | QueryStatement
  | InsertStatement
  | UpdateStatement
  | DeleteStatement
  | SetStatement
  | EvaluateStatement
  | CallStatement
  | CursorStatement
  | PreparedStatement
  | CreateTableStatement
  | InertStatement;
