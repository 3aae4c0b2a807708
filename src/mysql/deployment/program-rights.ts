import { randomBytes } from "node:crypto";
import { readFlavour } from "../catalog/server-info.ts";
import type { MysqlConnection } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteQualified } from "../sql/identifier.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { RoutineKind } from "../sql/routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import type { ShardSession } from "./change.ts";
import type { AccountGrant, ProgramState } from "./program-state.ts";
import { account, grantStatement } from "./write-program.ts";

/** A program that does nothing, made to see whether one like it could be made, and dropped. */
interface Probe {
  /** What it is. */
  readonly kind: RoutineKind;
  /** `user@host`, or a role of MariaDB. */
  readonly definer: string;
  /** What follows its name. */
  readonly body: string;
  /** What is to be created, for people. */
  readonly what: string;
}

/**
 * Says which rights are missing to create programs again. They are tried rather than read, since they can come from roles,
 * wildcards and partial revokes, and depend on the binary log: a program of another name is created with the same definer,
 * granted to the same accounts, and dropped.
 */
export async function rightsMissing(
  { session }: ShardSession,
  schema: string,
  states: readonly ProgramState[],
): Promise<readonly string[]> {
  const found: string[] = [];
  const probes = new Map(
    states.map((state) => {
      const probe = probeOf(state);
      return [[probe.kind, probe.definer, probe.body].join("\0"), probe];
    }),
  );
  const grants = new Map<string, AccountGrant>();
  for (const probe of probes.values()) {
    const own = states.filter(({ kind }) => kind === probe.kind).flatMap((state) => state.grants);
    // Each once, and not with every definer again.
    const wanted = own.filter((grant) => !grants.has(keyOf(probe.kind, grant)));
    for (const grant of wanted) grants.set(keyOf(probe.kind, grant), grant);
    found.push(...(await tryProbe(session, schema, probe, wanted)));
  }
  if ((await readFlavour(session)) === "mariadb") return found;
  for (const table of new Set(states.flatMap((state) => state.table ?? []))) {
    found.push(
      ...(await obstacle(async () => {
        await session.query(`LOCK TABLES ${quoteQualified(schema, table)} READ LOCAL`);
        await session.query("UNLOCK TABLES");
      }, `${schema}.${table} cannot be locked while its trigger is replaced`)),
    );
  }
  return found;
}

function keyOf(kind: RoutineKind, { user, host, privileges }: AccountGrant): string {
  return [kind, user, host, ...privileges].join("\0");
}

function probeOf(state: ProgramState): Probe {
  const { kind, schema, definer, table } = state;
  const what = `a ${kind} of ${definer} cannot be created in ${schema}`;
  switch (kind) {
    case "procedure":
      return { kind, definer, what, body: "() SELECT 1" };
    case "event":
      return {
        ...{ kind, definer, what },
        body: " ON SCHEDULE EVERY 1 YEAR STARTS '2037-01-01 00:00:00' DISABLE DO SELECT 1",
      };
    case "function":
      return { kind, definer, what, body: `() RETURNS INT ${declared(state)} RETURN 1` };
    case "trigger":
      return {
        ...{ kind, definer },
        what: `a trigger of ${definer} cannot be created on ${schema}.${table}`,
        body: ` BEFORE INSERT ON ${quoteQualified(schema, table ?? "")} FOR EACH ROW BEGIN END`,
      };
  }
}

/** With a binary log a server may refuse a function that does not say what it does. */
function declared({ ddl, sqlMode }: ProgramState): string {
  const { tokens, characteristics } = parseRoutine(ddl, parseSqlMode(sqlMode));
  const words = tokens
    .filter(({ start, end }) => start >= characteristics.start && end <= characteristics.end)
    .map(({ word }) => word)
    .join(" ");
  const says = /\b(?:NO SQL|READS SQL DATA|(?<!NOT )DETERMINISTIC)\b/;
  return says.test(words) ? "DETERMINISTIC" : "";
}

async function tryProbe(
  session: MysqlConnection,
  schema: string,
  { kind, definer, body, what }: Probe,
  grants: readonly AccountGrant[],
): Promise<readonly string[]> {
  const name = quoteQualified(schema, `orderly_preflight_${randomBytes(6).toString("hex")}`);
  const word = kind.toUpperCase();
  const created = await obstacle(async () => {
    await session.query(`CREATE DEFINER = ${accountOf(definer)} ${word} ${name}${body}`);
  }, what);
  if (created.length > 0) return created;
  const granted: string[] = [];
  for (const grant of grants) {
    granted.push(
      ...(await obstacle(async () => {
        await session.query(grantStatement(grant, `${word} ${name}`));
      }, `the grants on the ${kind}s of ${schema} could not be given back`)),
    );
  }
  const dropped = await obstacle(async () => {
    await session.query(`DROP ${word} ${name}`);
  }, `${word} ${name}, made to try the rights, cannot be dropped`);
  return [...granted, ...dropped];
}

/** `user@host`; a role of MariaDB has no host, and may have no `@` either. */
function accountOf(definer: string): string {
  const at = definer.lastIndexOf("@");
  if (at === -1) return account({ user: definer, host: "" });
  return account({ user: definer.slice(0, at), host: definer.slice(at + 1) });
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
