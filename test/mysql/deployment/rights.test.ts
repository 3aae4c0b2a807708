import { beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import type { ChangeKind } from "../../../src/mysql/deployment/change.ts";
import { type Deployment, deploy } from "../../../src/mysql/deployment/deploy.ts";
import { programChange, programChanges } from "../../../src/mysql/deployment/program-change.ts";
import {
  type ProgramState,
  readProgramState,
} from "../../../src/mysql/deployment/program-state.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import { findDrift } from "../../../src/mysql/drift/find-drift.ts";
import { readShardPrograms } from "../../../src/mysql/drift/shard-programs.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { withServer } from "../support/server.ts";
import { asShard, commentEach, createPrograms, shown, statesOf } from "./support/programs.ts";

const server = withServer();

const UTF8 = "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";

let readers = "";
let roots: readonly [MysqlPool, MysqlPool];

beforeEach(async () => {
  readers = await server.freshAccount("ROLE");
  roots = [
    server.pool(await server.freshDatabase(UTF8)),
    server.pool(await server.freshDatabase(UTF8)),
  ];
  for (const pool of roots) await createPrograms(pool, readers);
});

/** What a deployment needs on both databases, and nothing more. */
function deployerRights(): readonly string[] {
  const definers =
    server.flavour === "mysql" ? "SET_ANY_DEFINER, SYSTEM_USER, SHOW_ROUTINE" : "SET USER";
  return [
    `${definers} ON *.*`,
    "SELECT ON mysql.*",
    "ALL ON orderly_journal.*",
    ...roots.flatMap(({ database }) => [
      `ALL ON \`${database}\`.*`,
      `GRANT OPTION ON \`${database}\`.*`,
    ]),
  ];
}

/** Both databases as shards of an account. */
function shardsOf(user: string): readonly [Shard, Shard] {
  const [one, two] = roots.map(({ database }) =>
    server.pool(database ?? "", { driver: { user } }),
  ) as [MysqlPool, MysqlPool];
  return [asShard("kr-1", one), asShard("kr-7", two)];
}

/** Comments every program; `hook` is called before each is changed. */
function commenting(hook: (shard: string, name: string) => Promise<void>): Deployment {
  const kind = programChanges();
  const hooked: ChangeKind<ProgramState> = {
    ...kind,
    async apply(at, change) {
      await hook(at.shard.id, change.name);
      await kind.apply(at, change);
    },
  };
  return {
    kind: "procedures",
    summary: "comment every program",
    changeKinds: [hooked],
    plan: ({ session, shard }) => commentEach(session, shard.database),
  };
}

const COMMENTING = commenting(() => Promise.resolve());

const grantsOf = async (pool: MysqlPool): Promise<unknown> =>
  (await statesOf(pool, pool.database ?? "")).map((state) => state?.grants);

describe("rights that come from a role", () => {
  it("do for a deployment and its rollback, and roles get back what DROP took from them", async () => {
    const role = await server.freshAccount("ROLE", ...deployerRights());
    const user = await server.freshAccount("USER", role);
    await server.root.query(
      server.flavour === "mysql"
        ? `ALTER USER ${user} DEFAULT ROLE ${role}`
        : `SET DEFAULT ROLE ${role} FOR ${user}`,
    );
    const before = [await shown(roots[0]), await shown(roots[1])];
    const grants = await grantsOf(roots[1]);
    expect(JSON.stringify(grants)).toContain(readers);

    await deploy(shardsOf(user), COMMENTING);

    expect(await grantsOf(roots[1])).toEqual(grants);
    expect(await shown(roots[1])).not.toEqual(before[1]);
    await rollback(shardsOf(user), "procedures", [programChanges()]);
    expect([await shown(roots[0]), await shown(roots[1])]).toEqual(before);
    expect(await grantsOf(roots[1])).toEqual(grants);
  });

  it("are drift where one shard's role lacks them", async () => {
    const { database } = roots[1];
    await server.root.query(`REVOKE EXECUTE ON FUNCTION \`${database}\`.label_of FROM ${readers}`);
    const shards = [asShard("kr-1", roots[0]), asShard("kr-7", roots[1])];
    const drift = findDrift(await Promise.all(shards.map((shard) => readShardPrograms(shard))));
    const name = server.flavour === "mysql" ? `${readers}@%` : readers;
    expect(drift).toMatchObject([
      {
        ...{ name: "label_of", drift: "grants" },
        variants: [{ value: `EXECUTE to ${name}` }, { value: "" }],
      },
    ]);
  });

  it("are asked for under the role's own name, where MariaDB has one for a definer", async (context) => {
    if (server.flavour === "mysql") context.skip();
    const [pool] = roots;
    await pool.query(`CREATE DEFINER = ${readers} PROCEDURE by_role() SELECT 1`);
    const rights = deployerRights().filter((right) => !right.startsWith("SET USER"));
    const user = await server.freshAccount("USER", ...rights);
    const plan: Deployment["plan"] = async ({ session, shard }) => {
      const name = { kind: "procedure", schema: shard.database, name: "by_role" } as const;
      const state = await readProgramState(session, name);
      return state === null
        ? []
        : [programChange(state, state.ddl.replace("SELECT 1", "SELECT 2"))];
    };
    await expect(deploy([shardsOf(user)[0]], { ...COMMENTING, plan })).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: expect.stringContaining(`a procedure of ${readers} cannot be created`),
    });
    // The role that is in force may be a definer without any further right.
    await server.root.query(`GRANT ${readers} TO ${user}`);
    await server.root.query(`SET DEFAULT ROLE ${readers} FOR ${user}`);
    await deploy([shardsOf(user)[0]], { ...COMMENTING, plan });
    expect(
      await readProgramState(pool, {
        kind: "procedure",
        schema: pool.database ?? "",
        name: "by_role",
      }),
    ).toMatchObject({ definer: readers, ddl: expect.stringContaining("SELECT 2") });
  });
});

describe("rights that are missing", () => {
  it("are named before anything changes: to triggers, and to give grants back", async () => {
    const before = [await shown(roots[0]), await shown(roots[1])];
    const { database } = roots[1];
    const user = await server.freshAccount("USER", ...deployerRights());
    await server.root.query(`REVOKE GRANT OPTION ON \`${database}\`.* FROM ${user}`);
    await expect(deploy(shardsOf(user), COMMENTING)).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: expect.stringMatching(
        /^nothing was changed: shard kr-7: the grants on the procedures of .* could not be given back/,
      ),
    });
    const reader = await server.freshAccount("USER", ...deployerRights());
    // SHOW CREATE TRIGGER needs the right itself, hence only a definer can be what is missing.
    const definer = server.flavour === "mysql" ? "SET_ANY_DEFINER" : "SET USER";
    await server.root.query(`REVOKE ${definer} ON *.* FROM ${reader}`);
    await expect(deploy(shardsOf(reader), COMMENTING)).rejects.toMatchObject({
      message: expect.stringMatching(
        /shard kr-1: a trigger of root@localhost cannot be created on/,
      ),
    });
    expect([await shown(roots[0]), await shown(roots[1])]).toEqual(before);
    const { rows } = await server.root.execute(
      "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? AND TRIGGER_NAME LIKE 'orderly%'",
      [database],
    );
    expect(rows).toEqual([]);
  });

  it.each(["CREATE ROUTINE", "ALTER ROUTINE", "TRIGGER"])(
    "leave every program there when %s goes midway on the canary, and rollback ends it",
    async (right) => {
      const user = await server.freshAccount("USER", ...deployerRights());
      const [{ database }] = roots;
      const before = [await shown(roots[0]), await shown(roots[1])];
      const place = right === "TRIGGER" ? "trigger" : "procedure .*latin";
      const cutShort = commenting(async (_, name) => {
        if (!new RegExp(place).test(name)) return;
        await server.root.query(`REVOKE ${right} ON \`${database}\`.* FROM ${user}`);
      });

      const failed = deploy(shardsOf(user), cutShort);

      await expect(failed).rejects.toMatchObject({
        code: "ACCESS_DENIED",
        message: expect.stringMatching(
          /^canary kr-1: shard kr-1: (?:procedure|trigger) .* undoing it failed .*: roll it back when that is mended; nothing else changed$/,
        ),
      });
      expect(await statesOf(roots[0], database ?? "")).not.toContain(null);
      await server.root.query(`GRANT ${right} ON \`${database}\`.* TO ${user}`);
      await rollback(shardsOf(user), "procedures", [programChanges()]);
      expect([await shown(roots[0]), await shown(roots[1])]).toEqual(before);
    },
  );

  it("leave a later shard unfinished, which says so, and the same command goes on", async () => {
    const user = await server.freshAccount("USER", ...deployerRights());
    const { database } = roots[1];
    const cutShort = commenting(async (shard, name) => {
      if (shard !== "kr-7" || !name.endsWith(".latin")) return;
      await server.root.query(`REVOKE CREATE ROUTINE ON \`${database}\`.* FROM ${user}`);
    });
    await expect(deploy(shardsOf(user), cutShort)).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringMatching(
        /^shard kr-7: procedure .*\.latin: .*the run is unfinished: run it again when that is mended, or roll it back$/,
      ),
    });
    expect(await statesOf(roots[1], database ?? "")).not.toContain(null);
    await server.root.query(`GRANT CREATE ROUTINE ON \`${database}\`.* TO ${user}`);
    expect(await deploy(shardsOf(user), COMMENTING)).toMatchObject({
      isContinued: true,
      isComplete: true,
    });
    expect(await shown(roots[1])).toEqual((await shown(roots[0])).map((row) => ({ ...row })));
  });

  it("of an invoker are no fault of the text: a procedure of hers is tried before and after alike", async () => {
    const user = await server.freshAccount("USER", ...deployerRights());
    const { database } = roots[0];
    const hidden = await server.freshDatabase(UTF8);
    await server.root.query(`CREATE TABLE \`${hidden}\`.secrets (id INT)`);
    for (const security of ["INVOKER", "DEFINER"]) {
      await roots[0].query(
        `CREATE PROCEDURE by_${security}() SQL SECURITY ${security} SELECT id FROM \`${hidden}\`.secrets`,
      );
    }
    const result = await deploy([shardsOf(user)[0]], {
      ...COMMENTING,
      async plan({ session }) {
        const states = await Promise.all(
          ["by_INVOKER", "by_DEFINER"].map((name) =>
            readProgramState(session, { kind: "procedure", schema: database ?? "", name }),
          ),
        );
        return states.flatMap((state) =>
          state === null ? [] : [programChange(state, state.ddl.replace("id", "id + 0"))],
        );
      },
    });
    expect(result.isComplete).toBe(true);
    await expect(shardsOf(user)[0].pool.query("CALL by_INVOKER()")).rejects.toMatchObject({
      code: "ACCESS_DENIED",
    });
    expect((await shardsOf(user)[0].pool.query("CALL by_DEFINER()")).sets).toHaveLength(1);
  });
});
