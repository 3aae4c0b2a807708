import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { fixChangeKinds } from "../../../src/mysql/cure/fix-programs.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import { asShard } from "../deployment/support/programs.ts";
import { orderlyMysql } from "../support/command-line.ts";
import { withServer } from "../support/server.ts";

const server = withServer();

let pools: MysqlPool[];
let urls: string[];

beforeEach(async () => {
  pools = [];
  urls = [];
  for (let shard = 0; shard < 2; shard += 1) {
    const database = await server.freshDatabase("COLLATE utf8mb4_general_ci");
    const pool = server.pool(database, { maxConnections: 2 });
    await pool.query(
      "CREATE TABLE orders (id INT, symbol VARCHAR(20), KEY (symbol)) COLLATE utf8mb4_unicode_ci",
    );
    await pool.query(TRAP);
    pools.push(pool);
    urls.push("--url", server.urlOf(database));
  }
});

afterEach(() => Promise.all(pools.map((pool) => pool.close())));

const TRAP =
  "CREATE PROCEDURE orders_of(p VARCHAR(20)) BEGIN\n  SELECT id FROM orders WHERE symbol = p;\nEND";

const EXPLICIT = "p VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci";

/** The texts of a shard's procedures. */
async function texts(pool: MysqlPool | undefined): Promise<readonly string[]> {
  if (pool === undefined) return [];
  const { rows } = await pool.execute<{ name: string }>(
    "SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? ORDER BY 1",
    [pool.database],
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const shown = await pool.query(`SHOW CREATE PROCEDURE \`${name.replaceAll("`", "``")}\``);
    found.push(String(shown.rows[0]?.["Create Procedure"]));
  }
  return found;
}

/** Exit code 2, one line on standard error, nothing on standard output, and no shard changed. */
async function refused(args: readonly string[]): Promise<string> {
  const before = [await texts(pools[0]), await texts(pools[1])];
  const ran = await orderlyMysql("procedures", ...args);
  expect(ran.err).toMatch(/^orderly-mysql: [^\n]+\n$/);
  expect(ran).toMatchObject({ code: 2, out: "" });
  expect([await texts(pools[0]), await texts(pools[1])]).toEqual(before);
  return ran.err;
}

describe("orderly-mysql procedures fix", () => {
  it("prints a diff with --dry-run, says 1, and changes nothing", async () => {
    const before = await texts(pools[0]);
    const ran = await orderlyMysql("procedures", "fix", ...urls.slice(0, 2), "--dry-run");
    const database = pools[0]?.database ?? "";
    expect(ran).toEqual({
      code: 1,
      err: "",
      out: `# shard 1
--- procedure ${database}.orders_of
+++ procedure ${database}.orders_of
@@ -1,4 +1,4 @@
-CREATE DEFINER=\`root\`@\`localhost\` PROCEDURE \`orders_of\`(p VARCHAR(20))
+CREATE DEFINER=\`root\`@\`localhost\` PROCEDURE \`orders_of\`(${EXPLICIT})
 BEGIN
   SELECT id FROM orders WHERE symbol = p;
 END
`,
    });
    expect(await texts(pools[0])).toEqual(before);
    expect((await orderlyMysql("procedures", "status", ...urls)).out).toBe("no runs\n");
  });

  it("changes every shard with --yes; then scan and fix find nothing; rollback brings all back", async () => {
    const before = [await texts(pools[0]), await texts(pools[1])];
    const fixed = await orderlyMysql("procedures", "fix", ...urls, "--yes", "--canary", "2");
    expect(fixed).toMatchObject({ code: 0, err: "", out: expect.stringMatching(/done \(run /) });
    for (const pool of pools) expect((await texts(pool))[0]).toContain(EXPLICIT);

    expect(await orderlyMysql("procedures", "scan", ...urls)).toMatchObject({ code: 0 });
    const again = await orderlyMysql("procedures", "fix", ...urls, "--yes");
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("nothing to change") });

    const status = await orderlyMysql("procedures", "status", ...urls);
    expect(status).toMatchObject({
      code: 0,
      out: expect.stringMatching(/ done {2}1 of 1 changes/),
    });
    expect(await orderlyMysql("procedures", "rollback", ...urls, "--yes")).toMatchObject({
      code: 0,
    });
    expect([await texts(pools[0]), await texts(pools[1])]).toEqual(before);
    const none = await orderlyMysql("procedures", "rollback", ...urls, "--yes", "--json");
    expect(none).toMatchObject({ code: 0, out: expect.stringContaining('"run": null') });
  });

  it("stops behind the canary with --canary-only; status says 1 until the rest is done", async () => {
    const first = await orderlyMysql("procedures", "fix", ...urls, "--yes", "--canary-only");
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining("again for the rest") });
    expect((await texts(pools[0]))[0]).toContain(EXPLICIT);
    expect((await texts(pools[1]))[0]).not.toContain(EXPLICIT);
    expect((await orderlyMysql("procedures", "status", ...urls)).code).toBe(1);

    const second = await orderlyMysql("procedures", "fix", ...urls, "--yes");
    expect(second).toMatchObject({ code: 0, out: expect.stringContaining("finished first") });
    expect((await texts(pools[1]))[0]).toContain(EXPLICIT);
    expect((await orderlyMysql("procedures", "status", ...urls)).code).toBe(0);
  });

  it("reports NO PAD that becomes PAD SPACE", async () => {
    const noPad = server.flavour === "mysql" ? "utf8mb4_0900_ai_ci" : "utf8mb4_general_nopad_ci";
    await pools[0]?.query(
      `CREATE PROCEDURE padded(p VARCHAR(20) CHARACTER SET utf8mb4 COLLATE ${noPad}) SELECT id FROM orders WHERE symbol = p`,
    );
    const { out } = await orderlyMysql("procedures", "fix", ...urls.slice(0, 2), "--dry-run");
    expect(out).toContain(`${noPad} is NO PAD and utf8mb4_unicode_ci is PAD SPACE`);
    expect(out).toContain("WHERE symbol = p COLLATE utf8mb4_unicode_ci");
  });

  it("writes out what was recorded, where the database's default is another by now", async () => {
    const [pool] = pools;
    await pool?.query(
      "CREATE PROCEDURE two(p VARCHAR(20), q VARCHAR(20)) SELECT id FROM orders WHERE symbol = p AND q = 'x'",
    );
    const before = await pool?.query("SHOW CREATE PROCEDURE two");
    await server.root.query(
      `ALTER DATABASE \`${pool?.database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    );
    const fix = await orderlyMysql("procedures", "fix", ...urls.slice(0, 2), "--yes");
    expect(fix).toMatchObject({ code: 0, err: "" });
    const recorded = "q VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
    expect((await texts(pool))[1]).toContain(`(${EXPLICIT}, ${recorded})`);
    await orderlyMysql("procedures", "rollback", ...urls.slice(0, 2), "--yes");
    expect((await pool?.query("SHOW CREATE PROCEDURE two"))?.rows).toEqual(before?.rows);
  });

  it("uses the new collation of a schema for what declares none", async () => {
    const ran = await orderlyMysql("procedures", "fix", ...urls, "--yes", "--strategy", "schema");
    expect(ran).toMatchObject({ code: 0, err: "" });
    for (const pool of pools) {
      expect((await texts(pool))[0]).toContain("orders_of`(p VARCHAR(20))");
      expect(await pool.execute("CALL orders_of(?)", ["x"])).toMatchObject({ rows: [] });
    }
    expect((await orderlyMysql("procedures", "scan", ...urls)).code).toBe(0);
    await rollback(
      pools.map((pool, index) => asShard(`${index}`, pool)),
      "procedures",
      fixChangeKinds(),
    );
    await expect(pools[0]?.execute("CALL orders_of(?)", ["x"])).rejects.toMatchObject({
      errno: 1267,
    });
  });
});

describe("procedures fix, rollback and status, bad input", () => {
  it("wants --dry-run or --yes", async () => {
    expect(await refused(["fix", ...urls])).toContain(
      "USAGE: nothing is changed without --yes; --dry-run",
    );
    expect(await refused(["rollback", ...urls])).toContain(
      "USAGE: nothing is changed without --yes",
    );
  });

  it.each([
    ["an unknown strategy", ["fix", "--strategy", "magic"], "collate, using, schema"],
    ["an unknown trial", ["fix", "--trial", "maybe"], "write, read, none"],
    ["a canary that is no shard", ["fix", "--canary", "9"], "none of the shards 1, 2"],
    ["an argument too many", ["fix", "now"], "unexpected argument now"],
    ["a collation that is not asked for", ["fix", "--collation", "utf8mb4_bin"], "schema only"],
    [
      "a collation that no server has",
      ["fix", "--strategy", "schema", "--collation", "klingon_ci"],
      "has no klingon_ci",
    ],
    ["an unknown run", ["rollback", "--run", "0123"], "JOURNAL_UNKNOWN_RUN"],
    ["a database that is missing", ["fix", "--database", "not_there"], "not_there"],
  ])("refuses %s", async (_what, [command = "", ...args], message) => {
    expect(await refused([command, ...args, ...urls, "--yes"])).toContain(message);
  });

  it("changes nothing anywhere where one shard is down", async () => {
    const down = ["--url", "mysql://root@127.0.0.1:1/x"];
    expect(await refused(["fix", ...urls, ...down, "--yes"])).toContain("UNREACHABLE");
    expect(await refused(["status", ...urls, ...down])).toContain("UNREACHABLE");
  });

  it("changes nothing anywhere where the credentials of one shard are wrong", async () => {
    const wrong = new URL(urls[3] ?? "");
    wrong.username = "nobody_here";
    const line = await refused(["fix", ...urls.slice(0, 2), "--url", wrong.href, "--yes"]);
    expect(line).toContain("ACCESS_DENIED");
  });

  it("changes nothing anywhere where a program of one shard cannot be placed", async () => {
    // The old way to write NULL. Version comments do not come this far: the servers keep what they made of them.
    const created = pools[1]?.query("CREATE PROCEDURE odd() SELECT \\N AS n");
    if (server.flavour === "mysql") {
      // MySQL 9 does not read it any more either.
      await expect(created).rejects.toMatchObject({ errno: 1064 });
      return;
    }
    await created;
    expect(await refused(["fix", ...urls, "--yes"])).toMatch(/DDL_UNREADABLE: .*odd.*line 2/);
  });

  it("changes nothing anywhere where a user may not see a body, or may not create", async () => {
    const database = pools[1]?.database ?? "";
    await server.root.query("DROP USER IF EXISTS limited");
    await server.root.query("CREATE USER limited");
    await server.root.query(`GRANT EXECUTE, SELECT ON \`${database}\`.* TO limited`);
    const url = new URL(urls[3] ?? "");
    url.username = "limited";
    const both = [...urls.slice(0, 2), "--url", url.href, "--yes"];
    expect(await refused(["fix", ...both])).toContain("DEFINITION_HIDDEN");
    await server.root.query("GRANT SELECT ON *.* TO limited");
    expect(await refused(["fix", ...both])).toContain("PREFLIGHT_FAILED: nothing was changed");
  });

  it("cures a procedure and a parameter with a backtick in their names", async () => {
    await pools[0]?.query(
      "CREATE PROCEDURE `o``dd`(`p``q` VARCHAR(20)) SELECT id FROM orders WHERE symbol = `p``q`",
    );
    const ran = await orderlyMysql("procedures", "fix", ...urls.slice(0, 2), "--yes");
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(await pools[0]?.query("CALL `o``dd`('x')")).toMatchObject({ rows: [] });
  });
});
