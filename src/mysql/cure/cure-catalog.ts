import type { Catalog } from "../catalog/read-catalog.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import { charsetOf } from "../diagnosis/collated.ts";
import type { Finding } from "../diagnosis/finding.ts";
import { scanCatalog } from "../diagnosis/scan-catalog.ts";
import { MysqlError } from "../mysql-error.ts";
import { applyEdits } from "../sql/edits.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import { declarationsOf } from "./declarations.ts";
import type { CureRefusal, ProgramCure } from "./program-cure.ts";

/** A program, and what became of it. */
export interface CuredProgram {
  /** As the server has it. */
  readonly program: StoredProgram;
  /** Its new text; the old one where nothing could be done. */
  readonly ddl: string;
  /** Changes of meaning that a person should know of. */
  readonly notes: readonly string[];
  /** What remains, and why; lines are those of the new text. */
  readonly refusals: readonly CureRefusal[];
}

/** What became of the programs of a server. */
export interface CuredCatalog {
  /** Programs whose text changed or of which something remains, in the catalog's order. */
  readonly programs: readonly CuredProgram[];
  /** What a scan of the new texts finds. */
  readonly remaining: readonly Finding[];
}

/** One cure uncovers another, as a function's new type does for its callers; none was seen to need more than four rounds. */
const MAX_ROUNDS = 10;

const CURED_IN_PART =
  "cured in part: what used to fail before anything happened now runs, up to what remains";

/**
 * Cures every program of a catalog in turn until there is nothing more to do. Asks the server nothing.
 *
 * @param cures - Tried in order on each program with findings; the first that changes its text has the round.
 * @throws {@link MysqlError} `DDL_UNREADABLE` where a program cannot be read: what is not understood is not touched, and what
 *   calls it could not be judged.
 */
export function cureCatalog(catalog: Catalog, cures: readonly ProgramCure[]): CuredCatalog {
  const notes = new Map<StoredProgram, Set<string>>();
  const refusals = new Map<StoredProgram, readonly CureRefusal[]>();
  let programs = catalog.programs;
  let remaining: readonly Finding[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const now = { ...catalog, programs };
    const scan = scanCatalog(now);
    const [unread] = scan.unread;
    if (unread !== undefined) {
      const { kind, schema, name, reason } = unread;
      throw new MysqlError("DDL_UNREADABLE", `${kind} ${schema}.${name}: ${reason}`);
    }
    remaining = scan.findings;
    const findings = groupByProgram(remaining);
    programs = programs.map((program, index) => {
      const original = catalog.programs[index] ?? program;
      const own = findings.get(keyOf(program)) ?? [];
      refusals.set(original, []);
      for (const cure of own.length === 0 ? [] : cures) {
        const result = cure({ program, catalog: now, findings: own });
        notes.set(original, new Set([...(notes.get(original) ?? []), ...result.notes]));
        refusals.set(original, [...(refusals.get(original) ?? []), ...result.refusals]);
        if (result.ddl !== program.ddl) return { ...program, ddl: result.ddl };
      }
      return program;
    });
    if (programs.every((program, index) => program.ddl === now.programs[index]?.ddl)) break;
  }
  const failing = new Set(remaining.filter((own) => own.class === "error").map(keyOf));
  const cured = catalog.programs.map((program, index) => {
    const ddl = programs[index]?.ddl ?? program.ddl;
    const isPart = ddl !== program.ddl && failing.has(keyOf(program));
    return {
      program,
      ddl,
      notes: [...(notes.get(program) ?? []), ...(isPart ? [CURED_IN_PART] : [])],
      refusals: refusals.get(program) ?? [],
    };
  });
  return {
    programs: cured.filter(
      (own) => own.ddl !== own.program.ddl || own.refusals.length > 0 || own.notes.length > 0,
    ),
    remaining,
  };
}

/**
 * Writes out the collation of every character type that has none, so that the text means the same whatever the database's
 * default is when it is created again.
 *
 * @param collation - The one recorded with the program.
 */
export function withExplicitTypes(ddl: string, sqlMode: string, collation: string): string {
  const routine = parseRoutine(ddl, parseSqlMode(sqlMode));
  const edits = declarationsOf(routine)
    .filter(({ type }) => type.charset === null && type.collation === null)
    .map(({ type: { attributesAt: at } }) => ({
      start: at,
      end: at,
      text: ` CHARACTER SET ${charsetOf(collation)} COLLATE ${collation}`,
    }));
  return applyEdits(ddl, edits);
}

function groupByProgram(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = keyOf(finding);
    const group = groups.get(key) ?? [];
    group.push(finding);
    groups.set(key, group);
  }
  return groups;
}

function keyOf({ kind, schema, name }: Pick<Finding, "kind" | "schema" | "name">): string {
  return `${kind}\0${schema}\0${name}`;
}
