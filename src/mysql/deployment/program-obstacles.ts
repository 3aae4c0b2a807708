import { randomBytes } from "node:crypto";
import type { MysqlConnection } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteQualified } from "../sql/identifier.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { LocalDeclaration, RoutineStatement } from "../sql/routine-statement.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import type { Change, ShardSession } from "./change.ts";
import { type AccountGrant, type ProgramState, readDefaultCollation } from "./program-state.ts";
import { account } from "./write-program.ts";

/**
 * Says why stored programs could not be created again, or not as they were. The rights are tried rather than read, since they
 * can come from roles, wildcards and partial revokes: a routine of another name is created with the same definer, granted to
 * the same account, and dropped.
 */
export async function programObstacles(
  at: ShardSession,
  changes: readonly Change<ProgramState>[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, before, after } of changes) {
    if (after.databaseCollation === before.databaseCollation || isExplicit(after)) continue;
    if (after.adoptsDefault === true) continue;
    found.push(
      `${name} was created under the database collation ${before.databaseCollation}, and the default is ` +
        `${after.defaultCollation} now: its parameters and locals would change`,
    );
  }
  for (const schema of new Set(changes.map((change) => change.schema))) {
    const states = changes.filter((change) => change.schema === schema).map((own) => own.before);
    const current = await readDefaultCollation(at.session, schema);
    if (states.some(({ defaultCollation }) => defaultCollation !== current)) {
      found.push(`the default collation of ${schema} changed meanwhile, to ${current}`);
    }
    found.push(...(await rightsMissing(at, schema, states)));
  }
  return found;
}

/** Whether no character type in a program is left to the database's default. */
function isExplicit({ ddl, sqlMode }: ProgramState): boolean {
  const routine = parseRoutine(ddl, parseSqlMode(sqlMode));
  const types = [
    ...routine.parameters.map(({ type }) => type),
    ...(routine.returns === null ? [] : [routine.returns]),
    ...locals(routine.body).map(({ dataType }) => dataType),
  ];
  return types.every(
    ({ isCharacter, charset, collation }) => !isCharacter || charset !== null || collation !== null,
  );
}

/** Every DECLARE of locals within a statement, however deep. */
export function locals(statement: RoutineStatement): readonly LocalDeclaration[] {
  switch (statement.type) {
    case "block":
      return [
        ...statement.declarations.flatMap((declaration) => {
          if (declaration.type === "handler") return locals(declaration.body);
          return declaration.type === "local" ? [declaration] : [];
        }),
        ...statement.statements.flatMap(locals),
      ];
    case "if":
    case "case":
      return statement.branches.flatMap((branch) => branch.statements.flatMap(locals));
    case "loop":
      return statement.statements.flatMap(locals);
    case "plain":
      return [];
  }
}

async function rightsMissing(
  at: ShardSession,
  schema: string,
  states: readonly ProgramState[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const kind of ["procedure", "function", "event"] as const) {
    const own = states.filter((state) => state.kind === kind);
    const grantees = own.flatMap((state) => state.grants);
    for (const definer of new Set(own.map((state) => state.definer))) {
      found.push(...(await tryCreate(at.session, kind, schema, definer, grantees)));
    }
  }
  const { rows } = await at.session.execute<{ v: string }>("SELECT VERSION() AS v");
  if (/mariadb/i.test(rows[0]?.v ?? "")) return found;
  for (const table of new Set(states.map((state) => state.table))) {
    if (table === null) continue;
    found.push(
      ...(await obstacle(async () => {
        await at.session.query(`LOCK TABLES ${quoteQualified(schema, table)} READ LOCAL`);
        await at.session.query("UNLOCK TABLES");
      }, `${schema}.${table} cannot be locked while its trigger is replaced`)),
    );
  }
  return found;
}

const BODIES = {
  procedure: "() SELECT 1",
  function: "() RETURNS INT DETERMINISTIC RETURN 1",
  event: " ON SCHEDULE EVERY 1 YEAR STARTS '2037-01-01 00:00:00' DISABLE DO SELECT 1",
} as const;

async function tryCreate(
  session: MysqlConnection,
  kind: keyof typeof BODIES,
  schema: string,
  definer: string,
  grantees: readonly AccountGrant[],
): Promise<readonly string[]> {
  const name = quoteQualified(schema, `orderly_preflight_${randomBytes(6).toString("hex")}`);
  const word = kind.toUpperCase();
  const host = definer.lastIndexOf("@");
  const owner = account({ user: definer.slice(0, host), host: definer.slice(host + 1) });
  const created = await obstacle(async () => {
    await session.query(`CREATE DEFINER = ${owner} ${word} ${name}${BODIES[kind]}`);
  }, `a ${kind} of ${definer} cannot be created in ${schema}`);
  if (created.length > 0) return created;
  const [grantee] = grantees;
  const granted =
    grantee === undefined
      ? []
      : await obstacle(async () => {
          await session.query(`GRANT EXECUTE ON ${word} ${name} TO ${account(grantee)}`);
        }, `the grants on the ${kind}s of ${schema} could not be given back`);
  const dropped = await obstacle(async () => {
    await session.query(`DROP ${word} ${name}`);
  }, `${word} ${name}, made to try the rights, cannot be dropped`);
  return [...granted, ...dropped];
}

async function obstacle(work: () => Promise<void>, what: string): Promise<readonly string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!(error instanceof MysqlError) || error.errno === null) throw error;
    return [`${what} (${error.message})`];
  }
}
