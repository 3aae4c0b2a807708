import type { Catalog } from "../catalog/read-catalog.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import { unquoteIdentifier } from "../sql/identifier.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import type { Token } from "../sql/token.ts";

/** The procedures that each program calls, kept for a catalog: a cure asks for every program of it. */
const CALLS = new WeakMap<Catalog, ReadonlyMap<StoredProgram, ReadonlySet<string>>>();

/**
 * Finds a function or trigger that calls a procedure, itself or through others: there the servers refuse PREPARE.
 *
 * @returns What it is and its name, or null.
 */
export function isCalledWherePrepareIsRefused(
  program: StoredProgram,
  catalog: Catalog,
): string | null {
  const calls = callsOf(catalog);
  const seen = new Set<string>();
  const look = (schema: string, name: string): string | null => {
    const key = keyOf(schema, name);
    if (seen.has(key)) return null;
    seen.add(key);
    for (const [caller, called] of calls) {
      if (!called.has(key)) continue;
      if (caller.kind === "function" || caller.kind === "trigger")
        return `${caller.kind} ${caller.schema}.${caller.name}`;
      const outer = caller.kind === "procedure" ? look(caller.schema, caller.name) : null;
      if (outer !== null) return outer;
    }
    return null;
  };
  return look(program.schema, program.name);
}

function callsOf(catalog: Catalog): ReadonlyMap<StoredProgram, ReadonlySet<string>> {
  const known = CALLS.get(catalog);
  if (known !== undefined) return known;
  const calls = new Map<StoredProgram, ReadonlySet<string>>();
  for (const program of catalog.programs) {
    // Most programs call nothing: these need no reading.
    if (!/\bcall\b/i.test(program.ddl)) continue;
    const { tokens } = parseRoutine(program.ddl, parseSqlMode(program.sqlMode));
    calls.set(
      program,
      new Set(tokens.flatMap((token, at) => called(tokens, token, at, program.schema))),
    );
  }
  CALLS.set(catalog, calls);
  return calls;
}

function called(
  tokens: readonly Token[],
  { word }: Token,
  at: number,
  schema: string,
): readonly string[] {
  const first = tokens[at + 1];
  if (word !== "CALL" || first === undefined) return [];
  const second = tokens[at + 2]?.word === "." ? tokens[at + 3] : undefined;
  const name = unquoteIdentifier(first.text);
  return [second === undefined ? keyOf(schema, name) : keyOf(name, unquoteIdentifier(second.text))];
}

function keyOf(schema: string, name: string): string {
  return `${schema.toLowerCase()}\0${name.toLowerCase()}`;
}
