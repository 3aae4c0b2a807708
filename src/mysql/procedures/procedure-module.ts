import type { MysqlConnection } from "../connection.ts";
import { INTEGER_BITS } from "./bind-number.ts";
import { type ParameterRow, type ProcedureParameter, parameterOf } from "./parameter.ts";

/** A procedure and what it takes. */
export interface ProcedureDescription {
  /** Without its database. */
  readonly name: string;
  /** Its COMMENT; empty where it has none. */
  readonly comment: string;
  /** In the order of declaration. */
  readonly parameters: readonly ProcedureParameter[];
}

const PROCEDURES = `SELECT ROUTINE_NAME AS name, ROUTINE_COMMENT AS comment FROM information_schema.ROUTINES
  WHERE ROUTINE_SCHEMA = ? AND ROUTINE_TYPE = 'PROCEDURE' ORDER BY ROUTINE_NAME`;

const PARAMETERS = `SELECT SPECIFIC_NAME AS routine, PARAMETER_NAME AS name, PARAMETER_MODE AS mode, DATA_TYPE AS type,
    DTD_IDENTIFIER AS declared, CHARACTER_MAXIMUM_LENGTH AS maxLength, CHARACTER_SET_NAME AS charset
  FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = ? AND ROUTINE_TYPE = 'PROCEDURE'
  ORDER BY SPECIFIC_NAME, ORDINAL_POSITION`;

/** Reads every procedure of a database that this user may see, by name. */
export async function describeProcedures(
  connection: MysqlConnection,
  database: string,
): Promise<readonly ProcedureDescription[]> {
  const { rows: procedures } = await connection.execute<{ name: string; comment: string }>(
    PROCEDURES,
    [database],
  );
  const { rows } = await connection.execute<ParameterRow & { routine: string }>(PARAMETERS, [
    database,
  ]);
  const byRoutine = new Map<string, ProcedureParameter[]>();
  for (const row of rows) {
    const list = byRoutine.get(row.routine);
    if (list === undefined) byRoutine.set(row.routine, [parameterOf(row)]);
    else list.push(parameterOf(row));
  }
  return procedures.map(({ name, comment }) => {
    return { name, comment, parameters: byRoutine.get(name) ?? [] };
  });
}

/**
 * Writes a TypeScript module with one typed function for each procedure.
 *
 * @param from - What the module imports `callProcedure` from. @defaultValue "orderly-ws/mysql"
 * @returns The module's text: the same for the same procedures, so that it can be committed and compared.
 */
export function procedureModule(
  procedures: readonly ProcedureDescription[],
  from = "orderly-ws/mysql",
): string {
  const names = new Set<string>();
  const functions = procedures.map((procedure) => procedureFunction(procedure, names));
  const body = functions.join("\n");
  const types = ["CallOptions", "CallResult", "CallTarget", "DecimalValue", "JsonValue"].filter(
    (type) => body.includes(type),
  );
  const imports = procedures.length === 0 ? "" : importLine(types, from);
  return `// Written by \`orderly-mysql types\`: write it again rather than edit it.\n${imports}\n${
    procedures.length === 0 ? "export {};\n" : body
  }`;
}

function importLine(types: readonly string[], from: string): string {
  const names = ["callProcedure", ...types.map((type) => `type ${type}`)];
  return `import {\n${names.map((name) => `  ${name},\n`).join("")}} from ${JSON.stringify(from)};\n`;
}

function procedureFunction(procedure: ProcedureDescription, names: Set<string>): string {
  const { name, comment, parameters } = procedure;
  const takes = parameters.filter(({ mode }) => mode !== "OUT");
  const gives = parameters.filter(({ mode }) => mode !== "IN");
  const members = takes.map(
    (parameter) =>
      `    /** ${inComment(parameter.declared)} */\n    readonly ${property(parameter.name)}: ${inputType(parameter)} | null;\n`,
  );
  const out = gives.map(
    (parameter) =>
      `  /** ${inComment(parameter.declared)} */\n  readonly ${property(parameter.name)}: ${outputType(parameter)} | null;\n`,
  );
  const result =
    gives.length === 0 ? "CallResult<Record<never, never>>" : `CallResult<{\n${out.join("")}}>`;
  const said = comment === "" ? "" : ` * ${inComment(comment)}\n`;
  return [
    `/**\n${said}${said === "" ? "" : " *\n"} * Calls ${inComment(name)}.\n */`,
    `export function ${functionName(name, names)}(`,
    "  shard: CallTarget,",
    takes.length === 0
      ? "  params: Record<never, never> = {},"
      : `  params: {\n${members.join("")}  },`,
    "  options: CallOptions = {},",
    `): Promise<${result}> {`,
    `  return callProcedure(shard, ${JSON.stringify(name)}, params, options);`,
    "}\n",
  ].join("\n");
}

function inputType({ type, declared, charset }: ProcedureParameter): string {
  if (/^tinyint\(1\)/.test(declared)) return "boolean | number | bigint | string";
  if (INTEGER_BITS.has(type) || type === "year") return "number | bigint | string";
  switch (type) {
    case "decimal":
      return "DecimalValue";
    case "float":
    case "double":
      return "number";
    case "bit":
      return "boolean | number | bigint | Uint8Array";
    case "date":
    case "datetime":
    case "timestamp":
      return "Date | string";
    case "time":
      return "string";
    case "json":
      return "JsonValue";
  }
  if (/binary$|blob$/.test(type)) return "Uint8Array | string";
  // MariaDB declares JSON as LONGTEXT.
  return type === "longtext" && charset !== null ? "JsonValue" : "string";
}

function outputType({ type }: ProcedureParameter): string {
  if (type === "bigint") return "string";
  if (INTEGER_BITS.has(type) || /^(?:year|float|double)$/.test(type)) return "number";
  return /binary$|blob$/.test(type) ? "Buffer" : "string";
}

/** `place_order` becomes `placeOrder`; what is no identifier then gets one, and what is taken a number. */
function functionName(name: string, taken: Set<string>): string {
  const words = name.split(/[^\p{ID_Continue}]+|_+/u).filter((word) => word !== "");
  const camel = words
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
  const safe =
    /^\p{ID_Start}/u.test(camel) && !RESERVED.has(camel)
      ? camel
      : `call${camel.charAt(0).toUpperCase()}${camel.slice(1)}`;
  let free = safe;
  for (let number = 2; taken.has(free); number++) free = `${safe}${number}`;
  taken.add(free);
  return free;
}

/** What a function of a module cannot be called. */
const RESERVED = new Set(
  (
    "await break case catch class const continue debugger default delete do else enum export extends false finally for " +
    "function if implements import in instanceof interface let new null package private protected public return static " +
    "super switch this throw true try typeof var void while with yield arguments eval callProcedure"
  ).split(" "),
);

function property(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
}

function inComment(text: string): string {
  return text.replaceAll("*/", "* /").replace(/\s+/g, " ");
}
