import type { Expression } from "../../../../src/mysql/sql/expression.ts";
import { parseRoutine } from "../../../../src/mysql/sql/parse-routine.ts";
import type { PlainSql } from "../../../../src/mysql/sql/plain-sql.ts";
import type { FromClause, Query } from "../../../../src/mysql/sql/query.ts";
import { readPlain } from "../../../../src/mysql/sql/read-plain.ts";
import { parseSqlMode } from "../../../../src/mysql/sql/sql-mode.ts";

/** Reads the plain statement that is the body of a procedure. */
export function read(sql: string, mode = ""): PlainSql {
  const routine = parseRoutine(`CREATE PROCEDURE p() ${sql}`, parseSqlMode(mode));
  if (routine.body.type !== "plain") throw new Error("not a plain statement");
  return readPlain(routine, routine.body);
}

/** An expression as operators in front of their operands. */
function show(expression: Expression): string {
  const list = (items: readonly Expression[]): string => items.map(show).join(" ");
  switch (expression.type) {
    case "literal":
      return expression.kind === "string" ? `'${expression.value}'` : expression.value;
    case "name":
      return expression.parts.join(".");
    case "user-variable":
      return `@${expression.name}`;
    case "system-variable":
    case "placeholder":
    case "star":
      return expression.name;
    case "call":
      return `${expression.name}(${list([...expression.args, ...expression.ordering])})`;
    case "operator":
      return `[${expression.operator} ${list(expression.operands)}]`;
    case "collate":
      return `[COLLATE ${show(expression.operand)} ${expression.collation}]`;
    case "cast":
      return `[CAST ${show(expression.operand)} ${expression.dataType.name}]`;
    case "convert":
      return `[USING ${show(expression.operand)} ${expression.charset}]`;
    case "case":
      return `[CASE ${list([...(expression.operand === null ? [] : [expression.operand]), ...expression.conditions])} THEN ${list(expression.results)}]`;
    case "row":
      return `(${list(expression.items)})`;
    case "subquery":
      return `{${showQuery(expression.query)}}`;
    case "assign":
      return `[:= @${expression.name} ${show(expression.value)}]`;
  }
}

function showFrom(from: FromClause): string {
  const sources = from.sources.map((source) => {
    if (source.type === "table") return `${source.schema ?? ""}.${source.name} ${source.alias}`;
    if (source.type === "derived") return `{${showQuery(source.query)}} ${source.alias}`;
    return `json(${source.columns.map(({ name, dataType }) => `${name} ${dataType?.name ?? "#"}`).join()}) ${source.alias}`;
  });
  const usings = from.usings.map(({ columns, left }) => `using ${columns?.join() ?? "*"}/${left}`);
  return [...sources, ...from.conditions.map((on) => `on ${show(on)}`), ...usings].join("; ");
}

function showQuery(query: Query): string {
  const parts = query.parts.map((part) => {
    if (!("type" in part)) return `{${showQuery(part)}}`;
    if (part.type === "values")
      return `values ${part.rows.map((row) => row.map(show).join()).join("/")}`;
    const items = part.items.map(
      ({ expression, alias }) => show(expression) + (alias === null ? "" : ` as ${alias}`),
    );
    const rest = [
      part.from === null ? "" : ` from ${showFrom(part.from)}`,
      part.where === null ? "" : ` where ${show(part.where)}`,
      part.groupBy.length === 0 ? "" : ` group ${part.groupBy.map(show).join()}`,
      part.having === null ? "" : ` having ${show(part.having)}`,
    ];
    return items.join(", ") + rest.join("");
  });
  const ctes = query.ctes.map(({ name, query: inner }) => `${name}={${showQuery(inner)}} `);
  const order = query.orderBy.length === 0 ? "" : ` order ${query.orderBy.map(show).join()}`;
  const into = query.into === null ? "" : ` into ${query.into.map(show).join()}`;
  return ctes.join("") + parts.join(" | ") + order + into;
}

/** A query, read and shown. */
export function select(sql: string, mode = ""): string {
  const statement = read(sql, mode);
  if (statement.type !== "query") throw new Error(`a ${statement.type}`);
  return showQuery(statement.query);
}

/** An expression, read and shown. */
export function expression(sql: string, mode = ""): string {
  return select(`SELECT ${sql}`, mode);
}
