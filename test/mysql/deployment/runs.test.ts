import { beforeEach, describe, expect, it } from "vitest";
import type { Change, ChangeKind, Trial } from "../../../src/mysql/deployment/change.ts";
import { type Deployment, deploy } from "../../../src/mysql/deployment/deploy.ts";
import { Journal, type RunState } from "../../../src/mysql/deployment/journal.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import { readRuns } from "../../../src/mysql/deployment/run-status.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { withServer } from "../support/server.ts";
import { asShard } from "./support/programs.ts";

const server = withServer();

let shards: readonly [Shard, Shard];

beforeEach(async () => {
  const pools = [
    server.pool(await server.freshDatabase()),
    server.pool(await server.freshDatabase()),
  ] as const;
  for (const pool of pools) {
    await pool.query(
      "CREATE TABLE things (name VARCHAR(9) PRIMARY KEY, value VARCHAR(9) NOT NULL)",
    );
    await pool.query("INSERT INTO things VALUES ('a', 'old'), ('b', 'old')");
  }
  shards = [asShard("1", pools[0]), asShard("2", pools[1])];
});

async function values({ pool }: Pick<Shard, "pool">): Promise<string> {
  const { rows } = await pool.query<{ value: string }>("SELECT value FROM things ORDER BY name");
  return rows.map(({ value }) => value).join(" ");
}

/** Changes of rows, the smallest objects that a server has. */
const ROWS: ChangeKind<string> = {
  kind: "row",
  async differences({ session }, change, side) {
    const { rows } = await session.execute<{ value: string }>(
      "SELECT value FROM things WHERE name = ?",
      [change.name],
    );
    return rows[0]?.value === change[side] ? [] : [`it is ${rows[0]?.value}`];
  },
  apply: (at, change) => set(at, change, change.after),
  undo: (at, change) => set(at, change, change.before),
};

async function set(
  { session }: Parameters<ChangeKind["apply"]>[0],
  { name }: Change<string>,
  value: string,
): Promise<void> {
  await session.execute("UPDATE things SET value = ? WHERE name = ?", [value, name]);
}

function changing(kind: Partial<ChangeKind<string>> = {}, name = "rows"): Deployment {
  return {
    kind: name,
    summary: "old becomes new",
    changeKinds: [{ ...ROWS, ...kind }],
    async plan({ session, shard }) {
      const { rows } = await session.query<{ name: string }>(
        "SELECT name FROM things WHERE value = 'old' ORDER BY name",
      );
      return rows.map((row) => ({
        ...{ kind: "row", schema: shard.database, name: row.name },
        ...{ before: "old", after: "new" },
      }));
    },
  };
}

/** Puts a run of two changes into a shard's journal. */
async function journaled(
  { pool, database }: Shard,
  run: string,
  state: RunState,
  kind = "rows",
): Promise<void> {
  await pool.session(async (session) => {
    const journal = new Journal(session, database);
    await journal.create();
    const changes = ["a", "b"].map((name) => {
      return { kind: "row", schema: database, name, before: "old", after: "new" };
    });
    await journal.write({ run, kind, summary: "s", shardCount: 2 }, changes);
    await journal.setState(run, state);
  });
}

const statesOf = async (): Promise<readonly string[]> => {
  const runs = await readRuns(shards);
  return runs.map(({ shard, state, appliedCount }) => `${shard} ${state} ${appliedCount}`);
};

const RUN = "ab".repeat(16);

describe("deploy", () => {
  it("says RangeError where there is no shard", () => {
    expect(() => deploy([], changing())).toThrow(RangeError);
  });

  it("says which journals hold what, the latest first", async () => {
    await journaled(shards[0], "01".repeat(16), "undone");
    const { run } = await deploy(shards, changing());
    expect((await readRuns(shards)).map((status) => status.run)).toEqual([
      ...(run === null || run < "01".repeat(16)
        ? ["01".repeat(16), run, run]
        : [run, run, "01".repeat(16)]),
    ]);
    expect(await readRuns(shards, "no_journal")).toEqual([]);
  });

  it("takes back what its own change did not bring about, on the canary", async () => {
    const half = changing({ apply: (at, change) => set(at, change, "half") });
    await expect(deploy(shards, half)).rejects.toMatchObject({
      code: "VERIFICATION_FAILED",
      message:
        "canary 1: shard 1: a is not as deployed: it is half; undone there, and nothing else changed",
    });
    expect(await values(shards[0])).toBe("old old");
    expect(await statesOf()).toEqual(["1 undone 0", "2 dropped 0"]);
  });

  it("says what could not be taken back either", async () => {
    const stuck = changing({
      apply: (at, change) => set(at, change, "half"),
      undo: () => Promise.reject(new Error("no way back")),
    });
    await expect(deploy(shards, stuck)).rejects.toMatchObject({
      message: expect.stringMatching(
        /it is half; and it could not be put back \(no way back\); undoing it failed \(no way back\): roll it back when that is mended; nothing else changed$/,
      ),
    });
    expect(await values(shards[1])).toBe("old old");
    const knowing = { ...ROWS, isBetween: () => Promise.resolve(true) } as ChangeKind;
    await rollback(shards, "rows", [knowing]);
    expect(await values(shards[0])).toBe("old old");
  });

  it("sees that a later change spoilt an earlier one", async () => {
    const spoiling = changing({
      async apply(at, change) {
        await set(at, change, change.after);
        if (change.name === "b") await set(at, { ...change, name: "a" }, "spoilt");
      },
    });
    await expect(deploy(shards, spoiling)).rejects.toMatchObject({
      code: "VERIFICATION_FAILED",
      message: expect.stringContaining("a is not as deployed: it is spoilt"),
    });
    expect(await values(shards[0])).toBe("old old");
  });

  it("touches nothing that somebody else changed since it was planned, and goes on once that is put back", async () => {
    const [one, two] = shards;
    let isMeddled = false;
    const meddling = changing({
      async apply(at, change) {
        await set(at, change, change.after);
        if (isMeddled || at.shard.id !== "2") return;
        isMeddled = true;
        await two.pool.query("UPDATE things SET value = 'theirs' WHERE name = 'b'");
      },
    });
    await expect(deploy(shards, meddling)).rejects.toMatchObject({
      code: "DEPLOYMENT_CONFLICT",
      message: expect.stringMatching(
        /^shard 2: b was changed by somebody else meanwhile: it is theirs; the run is unfinished/,
      ),
    });
    expect([await values(one), await values(two)]).toEqual(["new new", "new theirs"]);
    await two.pool.query("UPDATE things SET value = 'old' WHERE name = 'b'");
    expect(await deploy(shards, changing())).toMatchObject({ isContinued: true });
    expect(await values(two)).toBe("new new");
  });

  it.each([
    [
      "ends well before and as only the broken do after",
      { ending: "error 1", isGood: false, isBroken: true },
      null,
      false,
    ],
    [
      "ends badly before and otherwise badly after",
      { ending: "error 1", isGood: false, isBroken: false },
      { ending: "error 2", isGood: false, isBroken: false },
      true,
    ],
    [
      "ends badly before and broken after",
      { ending: "error 1", isGood: false, isBroken: true },
      { ending: "error 2", isGood: false, isBroken: false },
      false,
    ],
    [
      "ends alike",
      { ending: "error 2", isGood: false, isBroken: true },
      { ending: "error 2", isGood: false, isBroken: true },
      true,
    ],
  ] as const)("judges a trial that %s", async (_, after, before, isFine) => {
    const well: Trial = { ending: "well", isGood: true, isBroken: false };
    const tried = changing({
      trial: async ({ session }, change) => {
        const now = await ROWS.differences({ session, shard: shards[0] }, change, "after");
        return now.length === 0 ? after : (before ?? well);
      },
    });
    const result = deploy([shards[0]], tried);
    if (isFine) await expect(result).resolves.toMatchObject({ isComplete: true });
    else await expect(result).rejects.toMatchObject({ code: "VERIFICATION_FAILED" });
    expect(await values(shards[0])).toBe(isFine ? "new new" : "old old");
  });

  it("does not know what a newer version wrote, and says so without touching it", async () => {
    await journaled(shards[0], RUN, "applying");
    const other = { ...changing(), changeKinds: [] };
    await expect(deploy(shards, other)).rejects.toThrow("knows no changes of kind row");
    expect(await values(shards[0])).toBe("old old");
  });

  it.each([
    ["applying", "others", "run ab.*others: s. is unfinished; finish it or roll it back first"],
    ["undoing", "rows", "run ab.*rows: s. is unfinished; run its rollback again first"],
  ] as const)("begins nothing beside a run that is %s (%s)", async (state, kind, message) => {
    await journaled(shards[1], RUN, state, kind);
    await expect(deploy(shards, changing())).rejects.toMatchObject({
      code: "JOURNAL_UNFINISHED",
      message: expect.stringMatching(new RegExp(`^shard 2: ${message}$`)),
    });
    expect(await values(shards[0])).toBe("old old");
  });

  it("drops a run that never began, and looks at the shards anew", async () => {
    await journaled(shards[0], RUN, "preparing");
    expect(await deploy(shards, changing())).toMatchObject({ isContinued: false });
    expect(await statesOf()).toEqual(
      expect.arrayContaining(["1 dropped 0", "1 done 2", "2 done 2"]),
    );
  });

  it("continues on a shard that still says preparing, and not where the run was undone", async () => {
    await journaled(shards[0], RUN, "applying");
    await journaled(shards[1], RUN, "preparing");
    expect(await deploy(shards, changing())).toMatchObject({ run: RUN, isContinued: true });
    expect([await values(shards[0]), await values(shards[1])]).toEqual(["new new", "new new"]);

    await rollback(shards, "rows", [ROWS as ChangeKind]);
    const later = "cd".repeat(16);
    await journaled(shards[0], later, "undone");
    await journaled(shards[1], later, "applying");
    expect(await deploy(shards, changing())).toMatchObject({ run: later, isContinued: true });
    expect([await values(shards[0]), await values(shards[1])]).toEqual(["old old", "new new"]);
  });

  it("leaves a bug as it is, and the canary for whoever comes next", async () => {
    const bug = changing({ apply: () => Promise.reject(new TypeError("bug: planted")) });
    await expect(deploy(shards, bug)).rejects.toThrow(TypeError);
    expect(await statesOf()).toEqual(["1 applying 0", "2 applying 0"]);
    expect(await deploy(shards, changing())).toMatchObject({ isContinued: true });
  });
});

describe("rollback", () => {
  it("undoes the run that is named, and refuses one of another kind", async () => {
    const { run } = await deploy(shards, changing());
    const named = { run: run ?? "" };
    await expect(rollback(shards, "others", [ROWS as ChangeKind], named)).rejects.toMatchObject({
      code: "JOURNAL_UNKNOWN_RUN",
    });
    expect(await rollback(shards, "rows", [ROWS as ChangeKind], named)).toMatchObject({ run });
    expect(await rollback(shards, "rows", [ROWS as ChangeKind], named)).toMatchObject({
      changes: new Map(),
    });
  });

  it("tells where an object is not as it was afterwards", async () => {
    await deploy(shards, changing());
    const idle = { ...ROWS, undo: () => Promise.resolve() } as ChangeKind;
    await expect(rollback(shards, "rows", [idle])).rejects.toMatchObject({
      code: "VERIFICATION_FAILED",
      message: "shard 2: a is not as it was: it is new",
    });
    await rollback(shards, "rows", [ROWS as ChangeKind]);
    expect([await values(shards[0]), await values(shards[1])]).toEqual(["old old", "old old"]);
  });
});
