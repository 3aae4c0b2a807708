import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChangeKind } from "../../../src/mysql/deployment/change.ts";
import { type Deployment, deploy } from "../../../src/mysql/deployment/deploy.ts";
import { Journal } from "../../../src/mysql/deployment/journal.ts";
import { programChanges } from "../../../src/mysql/deployment/program-change.ts";
import type { ProgramState } from "../../../src/mysql/deployment/program-state.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import { drop } from "../../../src/mysql/deployment/write-program.ts";
import { openPool } from "../../../src/mysql/mysql-pool.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { type MysqlServer, startLazyMysqlServer } from "../../support/servers/mysql-server.ts";
import { asShard, commentEach, createPrograms, shown } from "./support/programs.ts";

let servers: MysqlServer[] = [];
let shards: Shard[] = [];

beforeEach(async () => {
  servers = await Promise.all([startLazyMysqlServer(), startLazyMysqlServer()]);
  shards = [];
  for (const [index, { url }] of servers.entries()) {
    const root = openPool({ url });
    await root.query("CREATE DATABASE shop CHARACTER SET utf8mb4");
    await root.query("CREATE USER reader");
    await root.close();
    const pool = openPool({ url, database: "shop" });
    await createPrograms(pool, "reader");
    shards.push(asShard(`${index + 1}`, pool));
  }
}, 120_000);

afterEach(async () => {
  await Promise.allSettled(shards.map(({ pool }) => pool.close()));
  await Promise.allSettled(servers.map((server) => server.stop()));
}, 60_000);

/** Kills the second shard's server when it comes to the change of that place, having done `first`. */
function killing(
  place: number,
  first: (kind: ChangeKind<ProgramState>) => ChangeKind<ProgramState>["apply"],
): ChangeKind<ProgramState> {
  const kind = programChanges();
  let count = 0;
  return {
    ...kind,
    async apply(at, change) {
      if (at.shard.id === "2" && count++ === place) {
        await first(kind)(at, change);
        await servers[1]?.kill();
      }
      await kind.apply(at, change);
    },
  };
}

function commenting(kind: ChangeKind<ProgramState>): Deployment {
  return {
    kind: "procedures",
    summary: "comment every program",
    changeKinds: [kind],
    plan: ({ session, shard }) => commentEach(session, shard.database),
  };
}

const MOMENTS: readonly (readonly [string, Parameters<typeof killing>[1]])[] = [
  ["before a change", () => () => Promise.resolve()],
  [
    "between DROP and CREATE",
    () =>
      ({ session }, { before }) =>
        drop(session, before),
  ],
  [
    "between CREATE and the grants",
    (kind) => (at, change) => kind.apply(at, { ...change, after: { ...change.after, grants: [] } }),
  ],
];

describe("a shard killed midway", () => {
  for (const [moment, first] of MOMENTS) {
    for (const place of [0, 2]) {
      it(`converges when deployed again, killed ${moment} (change ${place})`, async () => {
        const [one, two] = shards as [Shard, Shard];
        const before = await shown(one.pool);
        const cutOff = deploy(shards, commenting(killing(place, first)));
        await expect(cutOff).rejects.toMatchObject({
          code: expect.stringMatching(/CONNECTION_LOST|UNREACHABLE/),
        });
        await servers[1]?.start();

        const again = await deploy(shards, commenting(programChanges()));

        expect(again).toMatchObject({ isContinued: true, isComplete: true });
        const now = await shown(one.pool);
        expect(now).not.toEqual(before);
        expect(await shown(two.pool)).toEqual(now);
        const grants = await two.pool.query("SHOW GRANTS FOR reader");
        expect(JSON.stringify(grants.rows)).toContain("alerts_of");

        await rollback(shards, "procedures", [programChanges()]);
        expect([await shown(one.pool), await shown(two.pool)]).toEqual([before, before]);
      }, 120_000);
    }
  }

  it("is brought back by rollback too, killed between DROP and CREATE", async () => {
    const [one, two] = shards as [Shard, Shard];
    const before = await shown(one.pool);
    const first: Parameters<typeof killing>[1] =
      () =>
      ({ session }, change) =>
        drop(session, change.before);
    await expect(deploy(shards, commenting(killing(1, first)))).rejects.toThrow();
    await servers[1]?.start();
    await rollback(shards, "procedures", [programChanges()]);
    expect([await shown(one.pool), await shown(two.pool)]).toEqual([before, before]);
  }, 120_000);

  it("has lost nothing of the journal, though its log is written out once a minute", async () => {
    const [one] = shards as [Shard];
    const journal = new Journal(one.pool, one.database);
    await one.pool.session(async (session) => {
      const own = new Journal(session, one.database);
      await own.create();
      await own.write({ run: "ab".repeat(16), kind: "procedures", summary: "s", shardCount: 1 }, [
        { kind: "program", schema: "shop", name: "procedure p", before: "old", after: "new" },
      ]);
    });
    await servers[0]?.kill();
    await servers[0]?.start();
    expect(await journal.runs()).toMatchObject([{ state: "preparing", shardCount: 1 }]);
    expect(await journal.changes("ab".repeat(16))).toMatchObject([{ change: { before: "old" } }]);
  }, 120_000);
});
