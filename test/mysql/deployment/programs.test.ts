import { beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import type { ChangeKind } from "../../../src/mysql/deployment/change.ts";
import { type Deployment, deploy } from "../../../src/mysql/deployment/deploy.ts";
import { Journal } from "../../../src/mysql/deployment/journal.ts";
import { programChange, programChanges } from "../../../src/mysql/deployment/program-change.ts";
import {
  type ProgramState,
  readProgramState,
} from "../../../src/mysql/deployment/program-state.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { withServer } from "../support/server.ts";
import { asShard, commentEach, createPrograms, shown, statesOf } from "./support/programs.ts";

const server = withServer();

const COMMENTING: Deployment = {
  kind: "procedures",
  summary: "comment every program",
  changeKinds: [programChanges()],
  plan: ({ session, shard }) => commentEach(session, shard.database),
};

const READER = "`a reader`@`%`";

let pools: readonly [MysqlPool, MysqlPool];
let shards: readonly [Shard, Shard];

beforeEach(async () => {
  await server.root.query(`CREATE USER IF NOT EXISTS ${READER}`);
  pools = [
    server.pool(await server.freshDatabase("CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")),
    server.pool(await server.freshDatabase("CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")),
  ];
  for (const pool of pools) await createPrograms(pool, READER);
  shards = [asShard("kr-1", pools[0]), asShard("kr-7", pools[1])];
});

async function grantsOfReader(): Promise<unknown> {
  const { rows } = await server.root.query(`SHOW GRANTS FOR ${READER}`);
  return rows.map((row) => Object.values(row)[0]).toSorted();
}

/** Account of a user without rights, and a pool of hers to a database. */
async function userOf(
  pool: MysqlPool,
  name: string,
  rights: readonly string[],
): Promise<MysqlPool> {
  await server.root.query(`DROP USER IF EXISTS ${name}`);
  await server.root.query(`CREATE USER ${name}`);
  for (const right of rights) await server.root.query(`GRANT ${right} TO ${name}`);
  return server.pool(pool.database ?? "", { driver: { user: name } });
}

/** Changes programs as usual, and calls `hook` first. */
function hooked(hook: () => Promise<void>): ChangeKind<ProgramState> {
  const kind = programChanges();
  return {
    ...kind,
    async apply(at, change) {
      await hook();
      await kind.apply(at, change);
    },
  };
}

describe("deploy", () => {
  it("changes every program on every shard, and keeps modes, charsets, definer, order, time zone and grants", async () => {
    const before = await statesOf(pools[1], shards[1].database);
    const grants = await grantsOfReader();

    const result = await deploy(shards, COMMENTING);

    expect(result).toMatchObject({ isContinued: false, isComplete: true });
    expect([...result.changes]).toEqual([
      ["kr-1", 5],
      ["kr-7", 5],
    ]);
    const after = await statesOf(pools[1], shards[1].database);
    expect(after).toEqual(
      before.map((state) => ({ ...state, ddl: expect.stringContaining("/* new */") as unknown })),
    );
    expect(await grantsOfReader()).toEqual(grants);
    await pools[1].query("INSERT INTO alerts (user_id, body) VALUES ('u', 'b')");
    expect((await pools[1].query("SELECT body FROM alerts")).rows).toEqual([{ body: "b123" }]);
  });

  it("changes nothing the second time", async () => {
    await deploy(shards, COMMENTING);
    const once = await shown(pools[0]);
    expect(await deploy(shards, COMMENTING)).toMatchObject({ run: null, isComplete: true });
    expect(await shown(pools[0])).toEqual(once);
  });

  it("has every original in the journal before the first change", async () => {
    const originals = await statesOf(pools[1], shards[1].database);
    let journaled: unknown = null;
    await deploy(shards, {
      ...COMMENTING,
      changeKinds: [
        hooked(async () => {
          if (journaled !== null) return;
          const journal = new Journal(pools[1], shards[1].database);
          const [run] = await journal.runs();
          journaled = (await journal.changes(run?.run ?? "")).map((own) => own.change.before);
        }),
      ],
    });
    expect(journaled).toEqual(originals);
  });

  it("ends after the canary where asked, and goes on with the rest when called again", async () => {
    const first = await deploy(shards, COMMENTING, { canary: "kr-7", canaryOnly: true });
    expect(first.isComplete).toBe(false);
    expect((await statesOf(pools[1], shards[1].database))[0]?.ddl).toContain("/* new */");
    expect((await statesOf(pools[0], shards[0].database))[0]?.ddl).not.toContain("/* new */");

    const second = await deploy(shards, COMMENTING);
    expect(second).toMatchObject({ run: first.run, isContinued: true, isComplete: true });
    expect((await statesOf(pools[0], shards[0].database))[0]?.ddl).toContain("/* new */");
  });

  it("undoes the canary where its new text does not compile, and leaves the other shards alone", async () => {
    const before = [await shown(pools[0]), await shown(pools[1])];
    const broken: Deployment = {
      ...COMMENTING,
      async plan({ session, shard }) {
        const changes = await commentEach(session, shard.database);
        return changes.map((change, index) => {
          const { ddl } = change.after;
          return index === 3 ? { ...change, after: { ...change.after, ddl: `${ddl} +` } } : change;
        });
      },
    };
    await expect(deploy(shards, broken)).rejects.toMatchObject({
      code: "STATEMENT",
      message: expect.stringMatching(/^canary kr-1: .*; undone there, and nothing else changed$/),
    });
    expect([await shown(pools[0]), await shown(pools[1])]).toEqual(before);
    expect(await deploy(shards, COMMENTING)).toMatchObject({ isContinued: false });
  });

  it("undoes the canary where a trial call ends worse than before", async () => {
    const before = await shown(pools[0]);
    const worse: Deployment = {
      ...COMMENTING,
      async plan({ session, shard }) {
        const name = { kind: "procedure", schema: shard.database, name: "alerts_of" } as const;
        const state = await readProgramState(session, name);
        if (state === null) return [];
        return [programChange(state, state.ddl.replaceAll("FROM alerts", "FROM no_such_table"))];
      },
    };
    await expect(deploy(shards, worse)).rejects.toMatchObject({
      code: "VERIFICATION_FAILED",
      message: expect.stringContaining("ends with error 1146 instead of no error"),
    });
    expect(await shown(pools[0])).toEqual(before);
  });

  it("leaves no row of a trial call", async () => {
    const writes =
      "CREATE PROCEDURE alerts_add (who VARCHAR(20)) INSERT INTO alerts (user_id, body) VALUES (who, 'x')";
    const commits =
      "CREATE PROCEDURE alerts_commit (who VARCHAR(20)) BEGIN COMMIT; INSERT INTO alerts (user_id, body) VALUES (who, 'x'); END";
    for (const ddl of [writes, commits]) await pools[0].query(ddl);
    await deploy([shards[0]], {
      ...COMMENTING,
      async plan({ session, shard }) {
        const states = await Promise.all(
          ["alerts_add", "alerts_commit"].map((name) =>
            readProgramState(session, { kind: "procedure", schema: shard.database, name }),
          ),
        );
        return states.flatMap((state) =>
          state === null ? [] : [programChange(state, state.ddl.replace("'x'", "'y'"))],
        );
      },
    });
    expect((await pools[0].query("SELECT * FROM alerts")).rows).toEqual([]);
  });

  it("fails before any change where a shard hides a body, and says which", async () => {
    const before = await shown(pools[0]);
    const weak = await userOf(pools[1], "weak", [
      `EXECUTE, CREATE ROUTINE, EVENT, TRIGGER ON \`${shards[1].database}\`.*`,
      "SELECT ON mysql.procs_priv",
    ]);
    await expect(deploy([shards[0], asShard("weak", weak)], COMMENTING)).rejects.toMatchObject({
      code: "DEFINITION_HIDDEN",
    });
    expect(await shown(pools[0])).toEqual(before);
  });

  it("fails before any change where a shard may not create with the definer, and says so on one line", async () => {
    const before = await shown(pools[0]);
    const weak = await userOf(pools[1], "weak", [
      "SELECT ON *.*",
      `ALL ON \`${shards[1].database}\`.*`,
      "CREATE, INSERT, UPDATE, DROP ON orderly_journal.*",
    ]);
    const refused = deploy([shards[0], asShard("weak", weak)], COMMENTING);
    await expect(refused).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: expect.stringMatching(
        /^nothing was changed: shard weak: a procedure of root@localhost/,
      ),
    });
    expect(await shown(pools[0])).toEqual(before);
    const { rows } = await server.root.query("SHOW PROCEDURE STATUS LIKE 'orderly_preflight%'");
    expect(rows).toEqual([]);
  });

  it("works for a user without global rights to routines, and leaves her none of her own", async () => {
    const [{ database }] = shards;
    const definers =
      server.flavour === "mysql" ? "SET_ANY_DEFINER, SYSTEM_USER, SHOW_ROUTINE" : "SET USER";
    const deployer = await userOf(pools[0], "deployer", [
      `${definers} ON *.*`,
      `ALL ON \`${database}\`.*`,
      `EXECUTE, ALTER ROUTINE, GRANT OPTION ON \`${database}\`.*`,
      "SELECT ON mysql.*",
      "ALL ON orderly_journal.*",
    ]);
    const before = await statesOf(pools[0], database);
    await deploy([asShard("own", deployer)], COMMENTING);
    // automatic_sp_privileges gives the creator of a routine rights to it.
    expect((await statesOf(pools[0], database)).map((state) => state?.grants)).toEqual(
      before.map((state) => state?.grants),
    );
    await rollback([asShard("own", deployer)], "procedures", [programChanges()]);
    expect(await statesOf(pools[0], database)).toEqual(before);
  });

  it("refuses a program whose recorded database collation is not the default any more", async () => {
    await server.root.query(
      `ALTER DATABASE \`${shards[1].database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    );
    await expect(deploy(shards, COMMENTING)).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: expect.stringMatching(/shard kr-7: procedure .*alerts_of was created under/),
    });
  });

  it("takes it where every character type names its own collation, and rollback restores what was recorded", async () => {
    const [{ database }] = shards;
    const before = await shown(pools[0]);
    await server.root.query(
      `ALTER DATABASE \`${database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    );
    const explicit: Deployment = {
      ...COMMENTING,
      async plan({ session }) {
        const state = await readProgramState(session, {
          kind: "procedure",
          schema: database,
          name: "alerts_of",
        });
        if (state === null) return [];
        const type = "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
        return [programChange(state, state.ddl.replace("VARCHAR(20)", type))];
      },
    };
    await deploy([shards[0]], explicit);
    expect((await shown(pools[0]))[0]).toMatchObject({
      "Database Collation": "utf8mb4_unicode_ci",
    });
    await rollback([shards[0]], "procedures", [programChanges()]);
    expect(await shown(pools[0])).toEqual(before);
    const { rows } = await pools[0].query("SELECT @@collation_database AS collation");
    expect(rows).toEqual([{ collation: "utf8mb4_unicode_ci" }]);
  });

  it("refuses to work where another deployment does", async () => {
    const refusals: unknown[] = [];
    await deploy([shards[0]], {
      ...COMMENTING,
      changeKinds: [
        hooked(async () => {
          await deploy(shards, COMMENTING).catch((error: unknown) => refusals.push(error));
        }),
      ],
    });
    expect(refusals[0]).toMatchObject({ code: "DEPLOYMENT_LOCKED" });
  });

  it("refuses one database under two ids", async () => {
    const twice = [shards[0], { ...shards[0], id: "kr-9" }];
    await expect(deploy(twice, COMMENTING)).rejects.toMatchObject({ code: "USAGE" });
  });

  it("says RangeError for a canary that is no shard", () => {
    expect(() => deploy(shards, COMMENTING, { canary: "kr-2" })).toThrow(RangeError);
  });
});

describe("rollback", () => {
  it("restores every SHOW CREATE byte for byte, and the grants that DROP removed", async () => {
    const before = [await shown(pools[0]), await shown(pools[1])];
    const grants = await grantsOfReader();
    const { run } = await deploy(shards, COMMENTING);
    expect(await shown(pools[0])).not.toEqual(before[0]);

    const result = await rollback(shards, "procedures", [programChanges()]);

    expect(result.run).toBe(run);
    expect([await shown(pools[0]), await shown(pools[1])]).toEqual(before);
    expect(await grantsOfReader()).toEqual(grants);
    expect(await rollback(shards, "procedures", [programChanges()])).toMatchObject({ run: null });
  });

  it("undoes nothing where somebody changed a program since", async () => {
    await deploy(shards, COMMENTING);
    await pools[0].query("DROP FUNCTION label_of");
    await pools[0].query("CREATE FUNCTION label_of () RETURNS INT DETERMINISTIC RETURN 1");
    const now = await shown(pools[1]);
    await expect(rollback(shards, "procedures", [programChanges()])).rejects.toMatchObject({
      code: "DEPLOYMENT_CONFLICT",
    });
    expect(await shown(pools[1])).toEqual(now);
  });

  it("rejects a run that no journal has", async () => {
    const unknown = rollback(shards, "procedures", [programChanges()], { run: "0123" });
    await expect(unknown).rejects.toMatchObject({ code: "JOURNAL_UNKNOWN_RUN" });
  });
});
