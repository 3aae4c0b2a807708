import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { chooseShard } from "../../../src/mysql/shards/rendezvous.ts";
import type { ShardSettings } from "../../../src/mysql/shards/shard.ts";
import { ShardSet, type ShardSetOptions } from "../../../src/mysql/shards/shard-set.ts";
import { createShardTables, shardsFromTable } from "../../../src/mysql/shards/shard-tables.ts";
import { withServer } from "../support/server.ts";

const server = withServer();
const IDS = ["1", "2", "7"];
let settings: ShardSettings[] = [];
let global = "";
let globalPool: MysqlPool;

beforeAll(async () => {
  settings = [];
  for (const id of IDS) settings.push({ id, url: server.urlOf(await server.freshDatabase()) });
  global = await server.freshDatabase();
  globalPool = server.pool(global);
  await createShardTables(globalPool);
});

async function using<T>(
  options: Partial<ShardSetOptions>,
  work: (set: ShardSet) => Promise<T>,
): Promise<T> {
  const set = await ShardSet.open({
    shards: settings,
    global: { url: server.urlOf(global) },
    ...options,
  });
  try {
    return await work(set);
  } finally {
    await set.close();
  }
}

const withStatus = (id: string, status: "maintenance" | "disabled"): ShardSettings[] =>
  settings.map((shard) => (shard.id === id ? { ...shard, status } : shard));

describe("ShardSet.shardFor", () => {
  it("gives a key the same shard every time, in every process, with ids that are not contiguous", async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `user-${index}`);
    const first = await using({}, async (set) =>
      Promise.all(keys.map(async (key) => (await set.shardFor(key)).id)),
    );
    const again = await using({ maxRememberedKeys: 0 }, async (set) =>
      Promise.all(keys.map(async (key) => (await set.shardFor(key)).id)),
    );
    expect(again).toEqual(first);
    expect([...new Set(first)].toSorted()).toEqual(IDS);
  });

  it("keeps a key where it is when a shard joins that the hash would now choose", async () => {
    const key = Array.from({ length: 1000 }, (_, index) => `sticky-${index}`).find(
      (candidate) => chooseShard(candidate, IDS) === "7",
    );
    const two = settings.filter(({ id }) => id !== "7");
    const before = await using({ shards: two }, async (set) => set.shardFor(key ?? ""));
    const after = await using({}, async (set) => set.shardFor(key ?? ""));
    expect(before.id).not.toBe("7");
    expect(after.id).toBe(before.id);
  });

  it("lets processes that see different active shards agree on the one that was written", async () => {
    const views = [settings, withStatus("1", "maintenance"), withStatus("2", "maintenance")];
    const sets = await Promise.all(
      views.map((shards) => ShardSet.open({ shards, global: { url: server.urlOf(global) } })),
    );
    for (let index = 0; index < 40; index++) {
      const asked = await Promise.allSettled(sets.map((set) => set.shardFor(`race-${index}`)));
      const { rows } = await globalPool.execute<{ shard_id: string }>(
        "SELECT shard_id FROM orderly_shard_map WHERE shard_key = ?",
        [Buffer.from(`race-${index}`)],
      );
      const written = rows[0]?.shard_id;
      for (const answer of asked) {
        // The one process to which the winner's choice is in maintenance says so; it does not take another.
        if (answer.status === "fulfilled") expect(answer.value.id).toBe(written);
        else expect(answer.reason).toMatchObject({ code: "SHARD_UNAVAILABLE" });
      }
      expect(asked[0]?.status).toBe("fulfilled");
    }
    await Promise.all(sets.map((set) => set.close()));
  });

  it("tells apart keys that a collation would take for one", async () => {
    await using({}, async (set) => {
      for (const key of ["Kim", "kim", "kim ", "kím"]) await set.shardFor(key);
    });
    const { rows } = await globalPool.execute(
      "SELECT shard_key FROM orderly_shard_map WHERE LOWER(CONVERT(shard_key USING utf8mb4)) LIKE 'k_m%'",
    );
    expect(rows).toHaveLength(4);
  });

  it("fails, and never goes elsewhere, when the key's shard is in maintenance, disabled or gone", async () => {
    const home = await using({}, async (set) => (await set.shardFor("loyal")).id);
    for (const status of ["maintenance", "disabled"] as const) {
      await using({ shards: withStatus(home, status) }, async (set) => {
        await expect(set.shardFor("loyal")).rejects.toMatchObject({ code: "SHARD_UNAVAILABLE" });
      });
    }
    await using({ shards: settings.filter(({ id }) => id !== home) }, async (set) => {
      await expect(set.shardFor("loyal")).rejects.toMatchObject({ code: "UNKNOWN_SHARD" });
    });
  });

  it("leaves a new key unassigned when no shard is active", async () => {
    const shards = settings.map((shard) => ({ ...shard, status: "maintenance" as const }));
    await using({ shards }, async (set) => {
      await expect(set.shardFor("newcomer")).rejects.toMatchObject({ code: "NO_ACTIVE_SHARD" });
    });
    const { rows } = await globalPool.execute(
      "SELECT 1 FROM orderly_shard_map WHERE shard_key = 'newcomer'",
    );
    expect(rows).toEqual([]);
  });

  it('takes 7, 7n and "7" for one key, and refuses what is none', async () => {
    await using({}, async (set) => {
      const ids = [await set.shardFor(7), await set.shardFor(7n), await set.shardFor("7")];
      expect(new Set(ids).size).toBe(1);
      await expect(set.shardFor(1.5)).rejects.toThrow(TypeError);
      await expect(set.shardFor("")).rejects.toThrow("1 to 255 bytes, got 0");
      await expect(set.shardFor("한".repeat(86))).rejects.toThrow("got 258");
    });
  });
});

describe("chooseShard", () => {
  it("is the greatest SHA-256 of key NUL id, whatever the order of the ids", () => {
    const score = (id: string): string => createHash("sha256").update(`k\0${id}`).digest("hex");
    const best = IDS.toSorted((a, b) => (score(a) < score(b) ? 1 : -1))[0];
    expect(chooseShard("k", IDS)).toBe(best);
    expect(chooseShard("k", IDS.toReversed())).toBe(best);
  });

  it("spreads keys about evenly", () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 3000; index++) {
      const id = chooseShard(`key-${index}`, IDS);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const id of IDS) expect(counts.get(id)).toBeGreaterThan(850);
  });
});

describe("ShardSet of a global database", () => {
  it("reads shards, statuses and changes of them, and keeps the pool of a shard whose status changed", async () => {
    const database = await server.freshDatabase();
    const pool = server.pool(database);
    await createShardTables(pool);
    const insert = "INSERT INTO orderly_shards (id, url, status) VALUES (?, ?, ?)";
    await pool.execute(insert, [
      "3",
      server.urlOf(settings[0]?.url.split("/").at(-1) ?? ""),
      "active",
    ]);
    await pool.execute(insert, [
      "9",
      server.urlOf(settings[1]?.url.split("/").at(-1) ?? ""),
      "disabled",
    ]);
    const options = { shards: shardsFromTable(), global: { url: server.urlOf(database) } };
    await using({ ...options, refreshMs: 0 }, async (set) => {
      expect(set.shards.map(({ id, status }) => [id, status])).toEqual([
        ["3", "active"],
        ["9", "disabled"],
      ]);
      expect((await set.shardFor("x")).id).toBe("3");
      const { pool: before } = set.shard("3");
      await pool.execute("UPDATE orderly_shards SET status = 'maintenance' WHERE id = '3'");
      await expect(set.shardFor("x")).rejects.toMatchObject({ code: "SHARD_UNAVAILABLE" });
      expect(set.shard("3").pool).toBe(before);
      await pool.execute("DELETE FROM orderly_shards WHERE id = '9'");
      await set.reload();
      expect(() => set.shard("9")).toThrow("there is no shard 9");
    });
  });

  it("puts credentials into urls that have none", async () => {
    const load = shardsFromTable({ user: "app@x", password: "p:w" });
    const rows = [
      { id: "1", url: "mysql://db1:3306/a", status: "active" },
      { id: "2", url: "mysql://own@db2:3306/a", status: "active" },
    ];
    const fake = { execute: () => Promise.resolve({ rows }) } as unknown as MysqlPool;
    expect((await load(fake)).map(({ url }) => url)).toEqual([
      "mysql://app%40x:p%3Aw@db1:3306/a",
      "mysql://own@db2:3306/a",
    ]);
  });
});

describe("ShardSet.forEachShard", () => {
  it("visits the shards of the statuses asked for, and one that fails does not keep the others from it", async () => {
    const down: ShardSettings = { id: "down", url: "mysql://root@127.0.0.1:1/x" };
    await using({ shards: [down, ...withStatus("2", "maintenance")] }, async (set) => {
      const outcomes = await set.forEachShard(async ({ pool }) => {
        return (await pool.execute<{ db: string }>("SELECT DATABASE() AS db")).rows[0]?.db;
      });
      expect(outcomes.map(({ shard, ok }) => [shard.id, ok])).toEqual([
        ["down", false],
        ["1", true],
        ["7", true],
      ]);
      expect(outcomes[1]).toMatchObject({ value: set.shard("1").database });
      const resting = await set.forEachShard(async ({ id }) => id, { statuses: ["maintenance"] });
      expect(resting).toMatchObject([{ value: "2" }]);
    });
  });
});

describe("ShardSet.health", () => {
  it("says of each shard whether it answers, and in one line why not", async () => {
    const down: ShardSettings = { id: "down", url: "mysql://root@127.0.0.1:1/x" };
    await using({ shards: [...withStatus("7", "disabled"), down] }, async (set) => {
      const health = await set.health();
      expect(health.map(({ id, healthy }) => [id, healthy])).toEqual([
        ["1", true],
        ["2", true],
        ["down", false],
      ]);
      expect(health[0]?.version).toMatch(/^\d+\.\d+/);
      expect(health[2]?.problem).toContain("cannot connect to 127.0.0.1:1");
    });
  });

  it("says that a shard is in another database than its own", async () => {
    const [first] = settings;
    if (first === undefined) throw new Error("no settings");
    await using({ shards: [{ ...first, maxConnections: 1 }] }, async (set) => {
      await set.shard("1").pool.query(`USE ${global}`);
      const [health] = await set.health();
      expect(health).toMatchObject({ healthy: false });
      expect(health?.problem).toContain("another database");
    });
  });

  it("does not wait for a shard whose sessions are all taken", async () => {
    const [first] = settings;
    if (first === undefined) throw new Error("no settings");
    await using({ shards: [{ ...first, maxConnections: 1 }] }, async (set) => {
      await set.shard("1").pool.session(async () => {
        expect(await set.health(1)).toMatchObject([{ healthy: false }]);
      });
    });
  });
});

describe("ShardSet.open", () => {
  it.each<[string, Partial<ShardSetOptions>, RegExp]>([
    [
      "decimalNumbers",
      { shards: [{ id: "1", url: "mysql://h/x", driver: { decimalNumbers: true } }] },
      /lose digits/,
    ],
    [
      "a repeated id",
      {
        shards: [
          { id: "1", url: "mysql://h/x" },
          { id: "1", url: "mysql://h/y" },
        ],
      },
      /1 is repeated/,
    ],
    ["a missing database", { shards: [{ id: "1", url: "mysql://h" }] }, /names no database/],
    ["an id with a backtick", { shards: [{ id: "a`b", url: "mysql://h/x" }] }, /a shard's id is/],
    [
      "an unknown status",
      { shards: [{ id: "1", url: "mysql://h/x", status: "off" as "active" }] },
      /status is one of/,
    ],
  ])("refuses %s", async (_, options, message) => {
    await expect(ShardSet.open({ shards: [], ...options })).rejects.toThrow(message);
  });

  it.each<[Partial<ShardSetOptions>, RegExp]>([
    [{ refreshMs: -1 }, /refreshMs must be 0 or more, got -1/],
    [{ maxRememberedKeys: 0.5 }, /maxRememberedKeys .* got 0.5/],
    [{ shards: shardsFromTable() }, /`global` is missing/],
  ])("refuses %o", async (options, message) => {
    await expect(ShardSet.open({ shards: [], ...options })).rejects.toThrow(message);
  });

  it("fails where the global database cannot be read, and where a shard there is none", async () => {
    const down = { url: "mysql://root@127.0.0.1:1/x" };
    const open = ShardSet.open({ shards: shardsFromTable(), global: down });
    await expect(open).rejects.toMatchObject({ code: "UNREACHABLE" });
    const twice = [settings[0], settings[1], settings[0]] as ShardSettings[];
    await expect(ShardSet.open({ shards: twice })).rejects.toThrow("1 is repeated");
  });

  it("refuses to visit none at a time, and forgets no more keys than it may remember", async () => {
    await using({ maxRememberedKeys: 1 }, async (set) => {
      await expect(set.forEachShard(async () => 1, { concurrency: 0 })).rejects.toThrow("got 0");
      const home = await set.shardFor("one");
      await set.shardFor("two");
      await set.reload();
      expect(await set.shardFor("one")).toBe(home);
    });
  });

  it("refuses a status in the table that it does not know", async () => {
    const other = await server.freshDatabase();
    const pool = server.pool(other);
    await createShardTables(pool);
    await pool.query("ALTER TABLE orderly_shards MODIFY status VARCHAR(20)");
    await pool.execute("INSERT INTO orderly_shards VALUES ('1', ?, 'resting')", [server.url]);
    const opening = ShardSet.open({
      global: { url: server.urlOf(other) },
      shards: shardsFromTable(),
    });
    await expect(opening).rejects.toMatchObject({
      code: "SHARD_UNAVAILABLE",
      message: 'shard 1 has the unknown status "resting"',
    });
  });

  it("refuses shardFor without a global database", async () => {
    const set = await ShardSet.open({ shards: settings });
    await expect(set.shardFor("x")).rejects.toThrow("pass `global`");
    await set.close();
  });
});

describe("ShardSet.close", () => {
  it("lets running work end, and refuses what comes later", async () => {
    const set = await ShardSet.open({ shards: settings, global: { url: server.urlOf(global) } });
    const { pool } = set.shard("1");
    const closings: Promise<void>[] = [];
    const seen = await pool.session(async (session) => {
      await session.execute("SET @x = 'kept'");
      closings.push(set.close());
      return (await session.execute("SELECT @x AS x")).rows;
    });
    await Promise.all(closings);
    expect(seen).toEqual([{ x: "kept" }]);
    await expect(pool.execute("SELECT 1")).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await expect(set.shardFor("x")).rejects.toMatchObject({ code: "POOL_CLOSED" });
  });
});
