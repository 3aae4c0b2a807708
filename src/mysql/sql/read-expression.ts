import type { Expression, LiteralExpression } from "./expression.ts";
import { unquoteIdentifier, userVariableName } from "./identifier.ts";
import { BINARY, readRightSide } from "./operators.ts";
import type { Query } from "./query.ts";
import { readCall } from "./read-call.ts";
import { isQueryAhead } from "./read-names.ts";
import { CLAUSE_WORDS, UNITS } from "./reserved-words.ts";
import type { SqlMode } from "./sql-mode.ts";
import { readString } from "./string-literal.ts";
import type { Span, Token } from "./token.ts";
import type { TokenCursor } from "./token-cursor.ts";

const NOT_POWER = 5;
const CONCAT_POWER = 14;
const UNARY_POWER = 15;
const COLLATE_POWER = 17;
const TEMPORAL = new Set(["DATE", "TIME", "TIMESTAMP"]);
/** Deeper than any person writes, shallower than the stack. */
const MAX_DEPTH = 250;

/** Reads expressions of one text. */
export class ExpressionReader {
  /** Where it reads. */
  readonly cursor: TokenCursor;
  /** The text's mode. */
  readonly mode: SqlMode;
  readonly #readQuery: (reader: ExpressionReader) => Query;
  #depth = 0;

  /**
   * @param readQuery - Reads the queries within; given, so that expressions and queries need not import each other.
   */
  constructor(cursor: TokenCursor, mode: SqlMode, readQuery: (reader: ExpressionReader) => Query) {
    this.cursor = cursor;
    this.mode = mode;
    this.#readQuery = readQuery;
  }

  /** Reads a query, as far as it goes. */
  query(): Query {
    return this.#readQuery(this);
  }

  /**
   * Reads one expression, as far as it goes.
   *
   * @param power - Operators that bind no tighter than this end it.
   * @throws {@link MysqlError} with `DDL_UNREADABLE` for what it cannot place.
   */
  read(power = 0): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw this.cursor.error(`expressions nest deeper than ${MAX_DEPTH}`);
    let left = this.operand();
    for (;;) {
      const next = this.#readOperator(left, power);
      if (next === null) break;
      left = next;
    }
    this.#depth -= 1;
    return left;
  }

  /**
   * Reads a query and the parenthesis behind it; the one in front was read. Null, and nothing read, where an expression
   * follows that merely begins with a query: `((SELECT 1), 2)`.
   */
  queryInParentheses(): Query | null {
    const { cursor } = this;
    if (!isQueryAhead(cursor)) return null;
    const before = cursor.index;
    const query = this.query();
    if (cursor.accept(")")) return query;
    cursor.index = before;
    return null;
  }

  /** Reads expressions with commas between them. */
  list(): Expression[] {
    const items = [this.read()];
    while (this.cursor.accept(",")) items.push(this.read());
    return items;
  }

  /** Reads what ORDER BY and GROUP BY take. */
  ordering(): Expression[] {
    const items: Expression[] = [];
    do {
      items.push(this.read());
      if (!this.cursor.accept("ASC")) this.cursor.accept("DESC");
    } while (this.cursor.accept(","));
    return items;
  }

  /** The span from an offset to the last token. */
  spanFrom(start: number): Span {
    return { start, end: this.cursor.previous.end };
  }

  #readOperator(left: Expression, power: number): Expression | null {
    const { cursor } = this;
    const { word } = cursor.peek();
    const start = left.start;
    if (word === "COLLATE" && power < COLLATE_POWER) {
      cursor.next();
      const token = cursor.next();
      const name =
        token.kind === "string" ? readString(token.text, this.mode) : unquoteIdentifier(token.text);
      return {
        type: "collate",
        operand: left,
        collation: name.toLowerCase(),
        ...this.spanFrom(start),
      };
    }
    if ((word === "->" || word === "->>") && left.type === "name") {
      cursor.next();
      const path = this.operand();
      return this.#operator(word, [left, path], start);
    }
    if (word === "||" && this.mode.pipesAsConcat) {
      if (power >= CONCAT_POWER) return null;
      cursor.next();
      const operands = [left, this.read(CONCAT_POWER)];
      return {
        type: "call",
        name: "CONCAT",
        schema: null,
        args: operands,
        ordering: [],
        ...this.spanFrom(start),
      };
    }
    const binds = BINARY.get(word);
    if (binds === undefined || binds <= power) return null;
    if (
      word === "NOT" &&
      !["LIKE", "IN", "BETWEEN", "REGEXP", "RLIKE"].includes(cursor.peek(1).word)
    )
      return null;
    cursor.next();
    const isNegated = word === "NOT";
    const operator = isNegated ? cursor.next().word : word;
    const right = readRightSide(this, operator, binds);
    const name = `${isNegated ? "NOT " : ""}${operator === "||" ? "OR" : operator === "&&" ? "AND" : operator}`;
    return this.#operator(name, [left, ...right], start);
  }

  #operator(operator: string, operands: readonly Expression[], start: number): Expression {
    return { type: "operator", operator, operands, ...this.spanFrom(start) };
  }

  /** Reads an expression without binary operators. */
  operand(): Expression {
    const { cursor } = this;
    const token = cursor.peek();
    const { start } = token;
    switch (token.kind) {
      case "string":
        return this.#readStrings(null, start);
      case "number":
      case "hex":
      case "bit":
        cursor.next();
        return {
          type: "literal",
          kind: token.kind,
          introducer: null,
          value: token.text,
          ...this.spanFrom(start),
        };
      case "user-variable": {
        cursor.next();
        const name = userVariableName(token.text);
        if (!cursor.accept(":=")) return { type: "user-variable", name, ...this.spanFrom(start) };
        return { type: "assign", name, value: this.read(), ...this.spanFrom(start) };
      }
      case "system-variable":
        cursor.next();
        return { type: "system-variable", name: token.text, ...this.spanFrom(start) };
      case "name":
        return this.#readName();
      case "symbol":
        return this.#readSymbol(token);
      case "word":
        return this.#readWord(token);
      default:
        throw cursor.error("an expression is missing");
    }
  }

  /** String literals that stand side by side are one. */
  #readStrings(introducer: string | null, start: number): LiteralExpression {
    const { cursor } = this;
    const isNational = /^[nN]/.test(cursor.peek().text);
    let value = "";
    do value += readString(cursor.next().text, this.mode);
    while (cursor.peek().kind === "string");
    return {
      ...{
        type: "literal",
        kind: "string",
        introducer: introducer ?? (isNational ? "utf8mb3" : null),
        value,
      },
      ...this.spanFrom(start),
    };
  }

  #readSymbol(token: Token): Expression {
    const { cursor } = this;
    const { start } = token;
    switch (token.word) {
      case "(":
        return this.#readParentheses(start);
      case "*":
        cursor.next();
        return { type: "star", name: "*", ...this.spanFrom(start) };
      case "?":
        cursor.next();
        return { type: "placeholder", name: "?", ...this.spanFrom(start) };
      case "-":
      case "+":
      case "~":
      case "!":
        cursor.next();
        return this.#operator(
          token.word === "!" ? "NOT" : token.word,
          [this.read(UNARY_POWER)],
          start,
        );
      default:
        throw cursor.error("an expression is missing");
    }
  }

  #readParentheses(start: number): Expression {
    const { cursor } = this;
    cursor.expect("(");
    const query = this.queryInParentheses();
    if (query !== null) return { type: "subquery", query, ...this.spanFrom(start) };
    const items = this.list();
    cursor.expect(")");
    const [first] = items;
    if (first !== undefined && items.length === 1) return first;
    return { type: "row", items, ...this.spanFrom(start) };
  }

  #readWord(token: Token): Expression {
    const { cursor } = this;
    const { start, word } = token;
    const after = cursor.peek(1);
    if (/^_[A-Z0-9]+$/.test(word) && ["string", "hex", "bit"].includes(after.kind)) {
      cursor.next();
      const introducer = token.text.slice(1).toLowerCase();
      if (after.kind === "string") return this.#readStrings(introducer, start);
      cursor.next();
      return {
        type: "literal",
        kind: "string",
        introducer,
        value: after.text,
        ...this.spanFrom(start),
      };
    }
    if (TEMPORAL.has(word) && after.kind === "string") {
      cursor.next();
      return { ...this.#readStrings(null, start), kind: "temporal" };
    }
    switch (word) {
      case "NULL":
      case "TRUE":
      case "FALSE":
        cursor.next();
        return {
          ...{
            type: "literal",
            kind: word === "NULL" ? "null" : "boolean",
            introducer: null,
            value: word,
          },
          ...this.spanFrom(start),
        };
      case "NOT":
        cursor.next();
        return this.#operator(
          "NOT",
          [this.read(this.mode.highNot ? UNARY_POWER : NOT_POWER)],
          start,
        );
      case "BINARY":
        cursor.next();
        return this.#operator("BINARY", [this.read(UNARY_POWER)], start);
      case "EXISTS": {
        cursor.next();
        return this.#operator("EXISTS", [this.#readParentheses(cursor.peek().start)], start);
      }
      case "ROW":
        if (after.word !== "(") break;
        cursor.next();
        return this.#readParentheses(start);
      case "INTERVAL": {
        // INTERVAL(a, b, …) is a function; INTERVAL (a) DAY is not: the unit behind it tells.
        cursor.next();
        const amount = this.read();
        if (amount.type === "row") {
          return {
            type: "call",
            name: "INTERVAL",
            schema: null,
            args: amount.items,
            ordering: [],
            ...this.spanFrom(start),
          };
        }
        if (!cursor.isAtAny(UNITS)) throw cursor.error("a unit is missing");
        cursor.next();
        return this.#operator("INTERVAL", [amount], start);
      }
      case "CASE":
        return this.#readCase(start);
      case "DEFAULT":
        if (after.word === "(") break;
        cursor.next();
        return {
          type: "literal",
          kind: "null",
          introducer: null,
          value: "DEFAULT",
          ...this.spanFrom(start),
        };
      default:
    }
    if (after.word === "(") return readCall(this, null);
    if (CLAUSE_WORDS.has(word)) throw cursor.error("an expression is missing");
    return this.#readName();
  }

  #readCase(start: number): Expression {
    const { cursor } = this;
    cursor.expect("CASE");
    const operand = cursor.isAt("WHEN") ? null : this.read();
    const conditions: Expression[] = [];
    const results: Expression[] = [];
    while (cursor.accept("WHEN")) {
      conditions.push(this.read());
      cursor.expect("THEN");
      results.push(this.read());
    }
    if (cursor.accept("ELSE")) results.push(this.read());
    cursor.expect("END");
    return { type: "case", operand, conditions, results, ...this.spanFrom(start) };
  }

  #readName(): Expression {
    const { cursor } = this;
    const first = cursor.name();
    const parts = [first.name];
    let { name } = first;
    while (cursor.accept(".")) {
      if (cursor.accept("*")) {
        return { type: "star", name: parts.join("."), ...this.spanFrom(first.span.start) };
      }
      name = cursor.name().name;
      parts.push(name);
    }
    if (parts.length > 3) throw cursor.error("a name has more than three parts");
    if (cursor.isAt("(")) {
      return readCall(this, {
        schema: parts.length > 1 ? first.name : null,
        name,
        start: first.span.start,
      });
    }
    // MariaDB's sequences and anything else that is spelt with more words end up as a syntax error of what follows.
    return { type: "name", parts, ...this.spanFrom(first.span.start) };
  }
}
