import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { type DriftFinding, findDrift } from "../../../src/mysql/drift/find-drift.ts";
import { readShardPrograms, type ShardPrograms } from "../../../src/mysql/drift/shard-programs.ts";
import { asShard, createPrograms } from "../deployment/support/programs.ts";
import { withServer } from "../support/server.ts";

const server = withServer();

let pools: MysqlPool[];

afterEach(() => Promise.all(pools.map((pool) => pool.close())));

beforeEach(async () => {
  await server.root.query("CREATE USER IF NOT EXISTS reader");
  pools = [];
  for (let shard = 1; shard <= 3; shard += 1) {
    const pool = server.pool(await server.freshDatabase("COLLATE utf8mb4_unicode_ci"), {
      maxConnections: 2,
    });
    await createPrograms(pool, "reader");
    await pool.query(AS_IT_IS);
    pools.push(pool);
  }
});

const BODY = `BEGIN SELECT 'it''s', ${"'a rather long text', ".repeat(12)} who; END`;
const AS_IT_IS = `CREATE PROCEDURE pick (who VARCHAR(20), n INT) ${BODY}`;

async function drift(): Promise<DriftFinding[]> {
  const shards = pools.map((pool, index) => asShard(`kr-${index * 3 + 1}`, pool));
  return findDrift(await Promise.all(shards.map((shard) => readShardPrograms(shard))));
}

/** Creates `pick` again on the second shard, under other settings. */
async function recreate(ddl: string, ...settings: readonly string[]): Promise<void> {
  const [, pool] = pools;
  await pool?.session(async (session) => {
    for (const setting of settings) await session.query(setting);
    await session.query("DROP PROCEDURE pick");
    await session.query(ddl);
  }, "close");
}

const PICK = { kind: "procedure", schema: null, name: "pick" };
const VARIANTS = [{ shards: ["kr-1", "kr-7"] }, { shards: ["kr-4"] }];

describe("findDrift", () => {
  it("finds none where all shards are the same, whatever their databases are called", async () => {
    expect(await drift()).toEqual([]);
  });

  it("finds a program that one shard lacks", async () => {
    await pools[1]?.query("DROP PROCEDURE pick");
    expect(await drift()).toMatchObject([{ ...PICK, drift: "missing", variants: VARIANTS }]);
  });

  it("finds a body that differs in one byte, and says where", async () => {
    await recreate(AS_IT_IS.replace(" who; END", " who ; END"));
    const [finding, ...others] = await drift();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ ...PICK, drift: "body", variants: VARIANTS });
    expect(finding?.variants[1]?.value).toMatch(/^\d+ characters; line 2, column \d+: " ; END"$/);
  });

  it.each([
    ["a swapped order", "(n INT, who VARCHAR(20))"],
    ["a longer type", "(who VARCHAR(21), n INT)"],
    ["a parameter more", "(who VARCHAR(20), n INT, m INT)"],
    ["another collation", "(who VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, n INT)"],
  ])("finds parameters with %s", async (_what, parameters) => {
    await recreate(AS_IT_IS.replace("(who VARCHAR(20), n INT)", parameters));
    expect(await drift()).toMatchObject([{ ...PICK, drift: "parameters", variants: VARIANTS }]);
  });

  it("finds one mode", async () => {
    await recreate(AS_IT_IS, "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
    expect(await drift()).toMatchObject([{ ...PICK, drift: "sql-mode", variants: VARIANTS }]);
  });

  it("finds a recorded collation of the connection", async () => {
    await recreate(AS_IT_IS, "SET SESSION collation_connection = utf8mb4_general_ci");
    expect(await drift()).toMatchObject([{ ...PICK, drift: "collation", variants: VARIANTS }]);
  });

  it("finds a recorded collation of the database", async () => {
    const database = pools[1]?.database ?? "";
    const other = "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
    await recreate(
      AS_IT_IS,
      `ALTER DATABASE \`${database}\` ${other}`,
      "USE information_schema",
      `USE \`${database}\``,
    );
    const [finding] = await drift();
    expect(finding).toMatchObject({ ...PICK, drift: "collation", variants: VARIANTS });
    expect(finding?.variants[1]?.value).toBe("utf8mb4/utf8mb4_unicode_ci/utf8mb4_general_ci");
  });

  it("finds one grant", async () => {
    const target = `PROCEDURE \`${pools[1]?.database ?? ""}\`.pick`;
    await server.root.query(`GRANT EXECUTE ON ${target} TO reader`);
    expect(await drift()).toEqual([
      {
        ...PICK,
        drift: "grants",
        variants: [
          { shards: ["kr-1", "kr-7"], value: "" },
          { shards: ["kr-4"], value: "EXECUTE to reader@%" },
        ],
      },
    ]);
  });

  it("finds definer, security and comment, each under its name", async () => {
    await server.root.query("CREATE USER IF NOT EXISTS owner");
    await recreate(
      AS_IT_IS.replace("PROCEDURE", "DEFINER = owner PROCEDURE").replace(
        BODY,
        `SQL SECURITY INVOKER COMMENT 'mine' ${BODY}`,
      ),
    );
    expect((await drift()).map((finding) => finding.drift)).toEqual([
      "definer",
      "security",
      "comment",
    ]);
  });

  it("finds a trigger's timing and an event's schedule", async () => {
    const [, pool] = pools;
    await pool?.query("ALTER EVENT nightly ON SCHEDULE EVERY 2 DAY STARTS '2037-01-01 03:00:00'");
    await pool?.query("DROP TRIGGER third");
    await pool?.query(
      "CREATE TRIGGER third AFTER INSERT ON alerts FOR EACH ROW SET @last = CONCAT(NEW.body, '3')",
    );
    const found = (await drift()).map(({ kind, drift }) => `${kind} ${drift}`);
    expect(found).toContain("event characteristics");
    expect(found).toEqual(expect.arrayContaining(["trigger body", "trigger characteristics"]));
  });

  it("names the database of programs that are not in the shard's own", async () => {
    const common = await server.freshDatabase();
    const other = await server.freshDatabase();
    for (const schema of [common, other]) {
      await server.root.query(`CREATE PROCEDURE \`${schema}\`.shared() SELECT 1`);
    }
    const read = (index: number, schemas: readonly string[]): Promise<ShardPrograms> =>
      readShardPrograms(asShard(`kr-${index}`, pools[index] as MysqlPool), schemas);
    const shards = [await read(0, [common, other]), await read(1, [common])];
    expect(findDrift(shards)).toEqual([
      {
        ...{ kind: "procedure", schema: other, name: "shared", drift: "missing" },
        variants: [
          { shards: ["kr-0"], value: "there" },
          { shards: ["kr-1"], value: "missing" },
        ],
      },
    ]);
  });

  it("compares the text as a whole where one cannot be read", async () => {
    const shards = pools.slice(0, 2).map((pool, index) => asShard(`kr-${index}`, pool));
    const [one, two] = await Promise.all(shards.map((shard) => readShardPrograms(shard)));
    if (one === undefined || two === undefined) throw new Error("two shards were read");
    // What Oracle mode of MariaDB stores is another language.
    const programs = two.programs.map((program) =>
      program.name === "pick" ? { ...program, sqlMode: "ORACLE", ddl: "CREATE p AS x" } : program,
    );
    const found = findDrift([one, { ...two, programs }]);
    expect(found.map(({ name, drift }) => `${name} ${drift}`)).toEqual([
      "pick body",
      "pick sql-mode",
    ]);
  });

  it("rejects with DEFINITION_HIDDEN where a shard hides a text", async () => {
    const database = pools[1]?.database ?? "";
    const user = await server.freshAccount("USER", `EXECUTE ON \`${database}\`.*`);
    const blind = asShard("blind", server.pool(database, { driver: { user } }));
    await expect(readShardPrograms(blind)).rejects.toMatchObject({ code: "DEFINITION_HIDDEN" });
  });
});
