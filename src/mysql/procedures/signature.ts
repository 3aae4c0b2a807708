import { createHash } from "node:crypto";
import type { DriverValue } from "../bound-values.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteQualified } from "../sql/identifier.ts";
import type { Binder } from "./binder.ts";
import { binderOf } from "./binders.ts";
import { initialExpression, outExpression } from "./out-value.ts";
import { type ParameterRow, type ProcedureParameter, parameterOf } from "./parameter.ts";

/** How a procedure is called, worked out once from its parameters. */
export interface Signature {
  /** In the order of declaration. */
  readonly parameters: readonly ProcedureParameter[];
  /**
   * `CALL db.name(?, @…)`: a `?` for IN, a user variable for the others; and the version of the parameters as a comment.
   * MySQL 9.7 keeps converting to the types that a statement was first prepared for, also after the procedure was created
   * again with others: of 18446744073709551615 for a VARCHAR that was a DOUBLE it makes 1.8446744073709552e19. Another
   * text is prepared anew.
   */
  readonly call: string;
  /** IN parameters, in order, with what binds them. */
  readonly inputs: readonly Input[];
  /** INOUT parameters, in order, with what binds them. */
  readonly initial: readonly Input[];
  /** `SET @… = ?, …` for INOUT parameters; null where there is none. */
  readonly assign: string | null;
  /** OUT and INOUT parameters, in order. */
  readonly outputs: readonly ProcedureParameter[];
  /** `SELECT CAST(@… AS …) AS o0, …`; null where nothing comes out. */
  readonly read: string | null;
}

interface Input {
  readonly parameter: ProcedureParameter;
  readonly bind: Binder;
}

const PARAMETERS = `SELECT PARAMETER_NAME AS name, PARAMETER_MODE AS mode, DATA_TYPE AS type,
    DTD_IDENTIFIER AS declared, CHARACTER_MAXIMUM_LENGTH AS maxLength, CHARACTER_SET_NAME AS charset
  FROM information_schema.PARAMETERS
  WHERE SPECIFIC_SCHEMA = ? AND SPECIFIC_NAME = ? AND ROUTINE_TYPE = 'PROCEDURE'
  ORDER BY ORDINAL_POSITION`;

const EXISTS = `SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES
  WHERE ROUTINE_SCHEMA = ? AND ROUTINE_NAME = ? AND ROUTINE_TYPE = 'PROCEDURE'`;

/** Reads how a procedure is called; null where there is none, or none that this user may see. */
export async function readSignature(
  connection: MysqlConnection,
  database: string,
  name: string,
): Promise<Signature | null> {
  const { rows } = await connection.execute<ParameterRow>(PARAMETERS, [database, name]);
  if (rows.length === 0) {
    const { rows: found } = await connection.execute(EXISTS, [database, name]);
    if (found.length === 0) return null;
  }
  return signatureOf(database, name, rows.map(parameterOf));
}

function signatureOf(
  database: string,
  name: string,
  parameters: readonly ProcedureParameter[],
): Signature {
  const inputs: Input[] = [];
  const initial: Input[] = [];
  const outputs: ProcedureParameter[] = [];
  const places: string[] = [];
  const assigned: string[] = [];
  const read: string[] = [];
  for (const [index, parameter] of parameters.entries()) {
    const variable = `@_orderly_${index}`;
    const input = { parameter, bind: binderOf(parameter) };
    if (parameter.mode === "IN") {
      inputs.push(input);
      places.push("?");
      continue;
    }
    places.push(variable);
    if (parameter.mode === "INOUT") {
      initial.push(input);
      assigned.push(`${variable} = ${initialExpression(parameter)}`);
    }
    read.push(`${outExpression(parameter, variable)} AS o${outputs.length}`);
    outputs.push(parameter);
  }
  return {
    parameters,
    inputs,
    initial,
    outputs,
    call: `CALL ${quoteQualified(database, name)}(${places.join(", ")}) /* ${versionOf(parameters)} */`,
    assign: assigned.length === 0 ? null : `SET ${assigned.join(", ")}`,
    read: read.length === 0 ? null : `SELECT ${read.join(", ")}`,
  };
}

/** Tells lists of parameters apart; 12 digits do for the few versions that one session sees. */
function versionOf(parameters: readonly ProcedureParameter[]): string {
  const text = JSON.stringify(
    parameters.map(({ mode, declared, charset }) => [mode, declared, charset]),
  );
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/**
 * Binds values to inputs by name.
 *
 * @throws TypeError or RangeError where a value is missing or cannot be bound without changing it.
 */
export function bindInputs(
  inputs: readonly Input[],
  values: Readonly<Record<string, unknown>>,
): DriverValue[] {
  return inputs.map(({ parameter, bind }) => {
    const value = values[parameter.name];
    return value === null ? null : bind(value);
  });
}

/** Whether the values have the names of the IN and INOUT parameters, and no others. */
export function namesMatch(
  signature: Signature,
  values: Readonly<Record<string, unknown>>,
): boolean {
  for (const { parameter } of signature.inputs)
    if (!Object.hasOwn(values, parameter.name)) return false;
  for (const { parameter } of signature.initial)
    if (!Object.hasOwn(values, parameter.name)) return false;
  return Object.keys(values).length === signature.inputs.length + signature.initial.length;
}

/** Refuses a name that is missing, or that is no IN or INOUT parameter: a misspelt one would otherwise be left out. */
export function checkNames(signature: Signature, values: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(values)) {
    const parameter = signature.parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) throw new TypeError(`the procedure has no parameter ${name}`);
    if (parameter.mode === "OUT")
      throw new TypeError(`parameter ${name} is OUT: it takes no value`);
  }
  for (const { name, mode } of signature.parameters) {
    if (mode === "OUT" || Object.hasOwn(values, name)) continue;
    throw new TypeError(`parameter ${name} is missing; pass null for NULL`);
  }
}
