import { describeGrants } from "../catalog/read-grants.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import type { Change, ChangeKind, ChangeSide, ShardSession } from "./change.ts";
import { programObstacles } from "./program-obstacles.ts";
import { type ProgramState, readDefaultCollation, readProgramState } from "./program-state.ts";
import { type TrialMode, trialCall } from "./trial-call.ts";
import { withDefaultCollation, writeProgram } from "./write-program.ts";

/** Options of {@link programChanges}. */
export interface ProgramChangeOptions {
  /** How routines are tried before and after. @defaultValue "write" */
  readonly trial?: TrialMode;
}

/** A change of a procedure, function, trigger or event: it is created again with another text. */
export type ProgramChange = Change<ProgramState>;

/**
 * Makes the change of a stored program's text.
 *
 * @param before - As read from the shard.
 * @param ddl - The new text, made of `before.ddl` by edits.
 * @param adopted - With the strategy `schema`: the collation that the database has by then, and that types without one of
 *   their own shall get. Else the database's default is what it was, and the text must not depend on it where another one is
 *   recorded.
 */
export function programChange(
  before: ProgramState,
  ddl: string,
  adopted: string | null = null,
): ProgramChange {
  const defaultCollation = adopted ?? before.defaultCollation;
  return {
    kind: "program",
    schema: before.schema,
    name: `${before.kind} ${before.schema}.${before.name}`,
    before,
    after: {
      ...before,
      ddl,
      databaseCollation: defaultCollation,
      defaultCollation,
      adoptsDefault: adopted !== null,
    },
  };
}

/** Changes of stored programs. */
export function programChanges(options: ProgramChangeOptions = {}): ChangeKind<ProgramState> {
  const { trial = "write" } = options;
  return {
    kind: "program",
    obstacles: programObstacles,
    differences,
    async isBetween(at, change) {
      const now = await readProgramState(at.session, change.before);
      if (now === null) return true;
      return [change.before, change.after].some((side) => sameText(now, side));
    },
    async apply({ session, shard }, { after }) {
      await writeProgram(session, after);
      await useOwn(session, shard.database);
    },
    async undo({ session, shard }, { before }) {
      const { schema, databaseCollation, defaultCollation } = before;
      await withDefaultCollation(session, schema, databaseCollation, defaultCollation, () =>
        writeProgram(session, before),
      );
      await useOwn(session, shard.database);
    },
    ...(trial === "none" ? {} : { trial: (at, change) => trialCall(at, change.before, trial) }),
  };
}

async function useOwn(session: ShardSession["session"], database: string): Promise<void> {
  await session.query(`USE ${quoteIdentifier(database)}`);
}

async function differences(
  at: ShardSession,
  change: ProgramChange,
  side: ChangeSide,
): Promise<readonly string[]> {
  const wanted = change[side];
  const now = await readProgramState(at.session, wanted);
  if (now === null) return ["it is missing"];
  const found = stateDifferences(now, wanted);
  // A rollback that was cut off may have left the default that it had set for one CREATE. In a run that changes the default
  // itself, either is right.
  const usual = [change.before.defaultCollation, change.after.defaultCollation];
  const current = await readDefaultCollation(at.session, wanted.schema);
  if (!usual.includes(current)) found.push(`the database's default collation is ${current}`);
  return found;
}

/** Says what of a program is not as wanted, but for its database's default collation. */
function stateDifferences(now: ProgramState, wanted: ProgramState): string[] {
  const found: string[] = [];
  if (!sameDdl(now, wanted)) found.push("its text differs");
  const compare = (what: string, is: string | null, shall: string | null): void => {
    if (is !== shall) found.push(`its ${what} is ${is ?? "none"} instead of ${shall ?? "none"}`);
  };
  compare("sql_mode", now.sqlMode, wanted.sqlMode);
  compare("character_set_client", now.characterSetClient, wanted.characterSetClient);
  compare("collation_connection", now.collationConnection, wanted.collationConnection);
  compare("database collation", now.databaseCollation, wanted.databaseCollation);
  compare("definer", now.definer, wanted.definer);
  compare("security", now.security, wanted.security);
  if (now.comment !== wanted.comment) found.push("its comment differs");
  compare("time zone", now.timeZone, wanted.timeZone);
  compare("predecessor", now.follows, wanted.follows);
  compare("successor", now.precedes, wanted.precedes);
  compare("grants", describeGrants(now.grants), describeGrants(wanted.grants));
  return found;
}

function sameText(now: ProgramState, wanted: ProgramState): boolean {
  return sameDdl(now, wanted) && now.databaseCollation === wanted.databaseCollation;
}

/**
 * Whether the server's text is the one that was sent. It keeps all of it, but for the type behind RETURNS, which it writes
 * in words of its own; there the collation that came of it is compared.
 */
function sameDdl(now: ProgramState, wanted: ProgramState): boolean {
  if (now.ddl === wanted.ddl) return true;
  if (now.kind !== "function") return false;
  const is = withoutReturns(now);
  const shall = withoutReturns(wanted);
  if (is.rest !== shall.rest || is.type !== shall.type) return false;
  return shall.collation === null || now.returnsCollation === shall.collation;
}

function withoutReturns({ ddl, sqlMode }: ProgramState): {
  readonly rest: string;
  readonly type: string;
  readonly collation: string | null;
} {
  const { returns } = parseRoutine(ddl, parseSqlMode(sqlMode));
  if (returns === null) return { rest: ddl, type: "", collation: null };
  return {
    rest: `${ddl.slice(0, returns.start)}${ddl.slice(returns.end)}`,
    type: ddl.slice(returns.start, returns.attributesAt).toLowerCase(),
    collation: returns.collation?.name ?? null,
  };
}
