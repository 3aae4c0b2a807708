import type { DataType } from "./data-type.ts";
import type { NamedPart } from "./routine.ts";
import type { Span } from "./token.ts";

/** A run of tokens of {@link Routine.tokens}, from `first` up to, without, `limit`; its offsets too. */
export interface TokenRange extends Span {
  /** Index of the first token. */
  readonly first: number;
  /** Index behind the last token. */
  readonly limit: number;
}

/** `DECLARE a, b VARCHAR(10) DEFAULT 'x'`. */
export interface LocalDeclaration extends Span {
  /** Tells declarations apart. */
  readonly type: "local";
  /** One or more. */
  readonly names: readonly NamedPart[];
  /** The type of them all. */
  readonly dataType: DataType;
  /** The expression behind DEFAULT. */
  readonly initial: TokenRange | null;
}

/** `DECLARE c CURSOR FOR SELECT …`. */
export interface CursorDeclaration extends Span {
  /** Tells declarations apart. */
  readonly type: "cursor";
  /** Its name. */
  readonly name: NamedPart;
  /** MariaDB's cursors can have some. */
  readonly parameters: readonly (NamedPart & { readonly type: DataType })[];
  /** What it reads: a SELECT, or on MariaDB the name of a prepared statement. */
  readonly query: TokenRange;
}

/** `DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1`. */
export interface HandlerDeclaration extends Span {
  /** Tells declarations apart. */
  readonly type: "handler";
  /** `CONTINUE`, `EXIT` or `UNDO`. */
  readonly action: string;
  /** Each as written, in capitals, with single spaces: `NOT FOUND`, `SQLSTATE '02000'`, `1062`, a condition's name. */
  readonly conditions: readonly string[];
  /** What it does. */
  readonly body: RoutineStatement;
}

/** `DECLARE name CONDITION FOR …`. */
interface ConditionDeclaration extends Span {
  /** Tells declarations apart. */
  readonly type: "condition";
  /** Its name. */
  readonly name: NamedPart;
}

/** What can stand at a block's beginning. */
export type Declaration =
  | LocalDeclaration
  | CursorDeclaration
  | HandlerDeclaration
  | ConditionDeclaration;

/** `BEGIN … END`. */
interface BlockStatement extends Span {
  /** Tells statements apart. */
  readonly type: "block";
  /** The label in front of it. */
  readonly label: NamedPart | null;
  /** In order. */
  readonly declarations: readonly Declaration[];
  /** In order. */
  readonly statements: readonly RoutineStatement[];
  /** Offset behind `BEGIN`. */
  readonly bodyStart: number;
  /** Offset of its `END`. */
  readonly endStart: number;
}

/** One arm of IF or CASE. */
export interface Branch {
  /** The condition, or what CASE's operand is compared with; null for ELSE. */
  readonly condition: TokenRange | null;
  /** In order. */
  readonly statements: readonly RoutineStatement[];
}

/** `IF … THEN … ELSEIF … ELSE … END IF`. */
interface IfStatement extends Span {
  /** Tells statements apart. */
  readonly type: "if";
  /** In order. */
  readonly branches: readonly Branch[];
}

/** `CASE x WHEN … THEN … END CASE`. */
interface CaseStatement extends Span {
  /** Tells statements apart. */
  readonly type: "case";
  /** What is compared; null where each WHEN has a condition. */
  readonly operand: TokenRange | null;
  /** In order. */
  readonly branches: readonly Branch[];
}

/** `LOOP`, `WHILE`, `REPEAT`, and MariaDB's `FOR`. */
export interface LoopStatement extends Span {
  /** Tells statements apart. */
  readonly type: "loop";
  /** Which one. */
  readonly loop: "LOOP" | "WHILE" | "REPEAT" | "FOR";
  /** The label in front of it. */
  readonly label: NamedPart | null;
  /** What WHILE or UNTIL asks. For FOR, what stands between IN and DO. Null for LOOP. */
  readonly condition: TokenRange | null;
  /** The variable of FOR. */
  readonly variable: NamedPart | null;
  /** In order. */
  readonly statements: readonly RoutineStatement[];
}

/** Every other statement, kept as tokens. */
export interface PlainStatement extends TokenRange {
  /** Tells statements apart. */
  readonly type: "plain";
  /** Its first word, in capitals, such as `SELECT`; `(` for a bracketed query. */
  readonly verb: string;
}

/** What a routine's body is made of. Spans exclude the `;`. */
export type RoutineStatement =
  | BlockStatement
  | IfStatement
  | CaseStatement
  | LoopStatement
  | PlainStatement;
