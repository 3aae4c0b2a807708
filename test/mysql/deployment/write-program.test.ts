import { beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { deploy } from "../../../src/mysql/deployment/deploy.ts";
import { programChanges } from "../../../src/mysql/deployment/program-change.ts";
import {
  type ProgramState,
  readDefaultCollation,
  readProgramState,
} from "../../../src/mysql/deployment/program-state.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import {
  account,
  grantStatement,
  writeProgram,
} from "../../../src/mysql/deployment/write-program.ts";
import { MysqlError } from "../../../src/mysql/mysql-error.ts";
import type { RoutineKind } from "../../../src/mysql/sql/routine.ts";
import { withServer } from "../support/server.ts";
import { claiming, claimingShard } from "./support/claiming.ts";
import { asShard, commentEach, createPrograms, shown, statesOf } from "./support/programs.ts";

const server = withServer();

let reader = "";
let pool: MysqlPool;
let database = "";

beforeEach(async () => {
  reader = await server.freshAccount("USER");
  database = await server.freshDatabase("CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
  pool = server.pool(database);
  await createPrograms(pool, reader);
});

async function stateOf(kind: RoutineKind, name: string): Promise<ProgramState> {
  const state = await readProgramState(pool, { kind, schema: database, name });
  if (state === null) throw new Error(`there is no ${name}`);
  return state;
}

const isThere = (kind: RoutineKind, name: string): Promise<boolean> =>
  readProgramState(pool, { kind, schema: database, name }).then((state) => state !== null);

/** Writes in a session of its own, on MySQL's way where `isMysql`. */
const write = (state: ProgramState, isMysql: boolean, before?: (sql: string) => void) =>
  pool.session(
    (session) => writeProgram(isMysql ? claiming(session, before) : session, state),
    "close",
  );

async function order(): Promise<unknown> {
  await pool.query("DELETE FROM alerts");
  await pool.query("INSERT INTO alerts (user_id, body) VALUES ('u', 'b')");
  return (await pool.query("SELECT body FROM alerts")).rows[0]?.["body"];
}

const COMMENTING = {
  kind: "procedures",
  summary: "comment every program",
  changeKinds: [programChanges()],
};

describe("on MySQL's way, with DROP and CREATE", () => {
  it("deploy and rollback leave everything as it was, and no rehearsal", async () => {
    const before = [await shown(pool), await statesOf(pool, database)];
    const statements: string[] = [];
    const shard = claimingShard(asShard("kr-1", pool), (sql) => statements.push(sql));
    const plan = (): ReturnType<typeof commentEach> => commentEach(pool, database);

    expect(await deploy([shard], { ...COMMENTING, plan })).toMatchObject({ isComplete: true });

    expect(JSON.stringify(await shown(pool)).match(/\/\* new \*\//g)).toHaveLength(5);
    expect(await order()).toBe("b123");
    await rollback([shard], "procedures", [programChanges()]);
    expect([await shown(pool), await statesOf(pool, database)]).toEqual(before);
    const dropped = statements.filter((sql) => /^DROP (?!TABLE)\w+ IF EXISTS/.test(sql));
    // Each of five twice, deployed and undone, and each but the event rehearsed first.
    expect(dropped.filter((sql) => sql.includes("orderly_rehearsal"))).toHaveLength(8);
    expect(dropped).toHaveLength(18);
    const { rows } = await pool.query("SHOW PROCEDURE STATUS WHERE Name LIKE 'orderly%'");
    expect(rows).toEqual([]);
  });

  it("puts a trigger back before its table is free where its CREATE fails", async () => {
    const state = await stateOf("trigger", "second");
    const before = await shown(pool);
    let isDropped = false;
    const failing = write(state, true, (sql) => {
      if (sql.startsWith("DROP TRIGGER") && !sql.includes("orderly_rehearsal")) isDropped = true;
      else if (isDropped && /TRIGGER `?second\b/.test(sql)) {
        isDropped = false;
        throw new MysqlError("STATEMENT", "planted");
      }
    });
    await expect(failing).rejects.toThrow("planted");
    expect(await shown(pool)).toEqual(before);
    expect(await order()).toBe("b123");
  });

  it("leaves a trigger away that was not there and cannot be created, and the table free", async () => {
    const state = await stateOf("trigger", "second");
    await pool.query("DROP TRIGGER second");
    const failing = write(state, true, (sql) => {
      if (/TRIGGER `?second\b/.test(sql)) throw new MysqlError("STATEMENT", "planted");
    });
    await expect(failing).rejects.toThrow("planted");
    expect(await isThere("trigger", "second")).toBe(false);
    expect(await order()).toBe("b13");
  });
});

describe.each([true, false])("writeProgram (MySQL's way: %s)", (isMysql) => {
  it.each([
    ["first", { follows: null, precedes: "second" }],
    ["second", { follows: "first", precedes: "third" }],
    ["third", { follows: "second", precedes: null }],
  ])("gives the trigger %s its place again", async (name, neighbours) => {
    const state = await stateOf("trigger", name);
    expect(state).toMatchObject(neighbours);
    await pool.query(`DROP TRIGGER ${name}`);
    await write(state, isMysql);
    expect(await order()).toBe("b123");
  });

  it("goes by the neighbour that is left, and creates without one", async () => {
    const state = await stateOf("trigger", "second");
    await pool.query("DROP TRIGGER first");
    await write(state, isMysql);
    expect(await order()).toBe("b23");
    await pool.query("DROP TRIGGER third");
    await write(state, isMysql);
    expect(await order()).toBe("b2");
  });

  it("takes back rights that were given since, and gives back those that were taken", async () => {
    const state = await stateOf("procedure", "alerts_of");
    const other = await server.freshAccount("USER");
    const target = `PROCEDURE \`${database}\`.alerts_of`;
    await pool.query(`GRANT EXECUTE, ALTER ROUTINE ON ${target} TO ${other} WITH GRANT OPTION`);
    await pool.query(`REVOKE EXECUTE ON ${target} FROM ${reader}`);
    await write(state, isMysql);
    const { grants } = await stateOf("procedure", "alerts_of");
    expect(grants).toEqual(state.grants);
    expect(grants).toMatchObject([
      { user: reader, privileges: ["ALTER ROUTINE", "EXECUTE", "GRANT"] },
    ]);
  });

  it("gives back what an anonymous account and, on MariaDB, PUBLIC may do", async () => {
    await pool.query("CREATE USER IF NOT EXISTS ''@'10.9.8.7'");
    const target = `PROCEDURE \`${database}\`.latin`;
    const accounts = ["''@'10.9.8.7'", ...(server.flavour === "mariadb" ? ["PUBLIC"] : [])];
    for (const name of accounts) await pool.query(`GRANT EXECUTE ON ${target} TO ${name}`);
    const state = await stateOf("procedure", "latin");
    expect(state.grants).toHaveLength(accounts.length);
    await pool.query("DROP PROCEDURE latin");
    await write(state, isMysql);
    expect((await stateOf("procedure", "latin")).grants).toEqual(state.grants);
  });
});

describe("grantStatement", () => {
  it("writes the right to pass on alone as USAGE", () => {
    const grant = { user: "a", host: "%", privileges: ["GRANT"] };
    expect(grantStatement(grant, "PROCEDURE p")).toBe(
      "GRANT USAGE ON PROCEDURE p TO `a`@`%` WITH GRANT OPTION",
    );
  });

  it("names accounts, roles, PUBLIC and the anonymous", () => {
    const of = (user: string, host: string): string => account({ user, host });
    expect([of("a`b", "%"), of("role", ""), of("PUBLIC", ""), of("", "localhost")]).toEqual([
      ...["`a``b`@`%`", "`role`", "PUBLIC", "''@`localhost`"],
    ]);
  });
});

describe("readDefaultCollation", () => {
  it("rejects with UNKNOWN_DATABASE for one that is not there", async () => {
    await expect(readDefaultCollation(pool, "nowhere")).rejects.toMatchObject({
      code: "UNKNOWN_DATABASE",
    });
  });
});
