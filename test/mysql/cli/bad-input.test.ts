import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { orderlyMysql } from "../support/command-line.ts";
import { withServer } from "../support/server.ts";

const server = withServer();
let folder = "";
let url = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orderly-cli-"));
  url = server.urlOf(await server.freshDatabase());
});
afterAll(() => rm(folder, { recursive: true }));

/** One line on standard error, nothing on standard output, exit code 2. */
async function refused(args: readonly string[]): Promise<string> {
  const ran = await orderlyMysql(...args);
  expect(ran).toMatchObject({ code: 2, out: "" });
  expect(ran.err).toMatch(/^(?:orderly-mysql|usage): [^\n]+\n$/);
  return ran.err;
}

describe("orderly-mysql, bad input", () => {
  it("says which commands there are", async () => {
    expect(await refused([])).toContain("types");
    expect(await refused(["nothing"])).toContain("usage: orderly-mysql <command>");
  });

  it("wants the servers named once, and knows its options", async () => {
    expect(await refused(["types"])).toContain("USAGE");
    expect(await refused(["types", "--url", url, "--shards", "x.json"])).toContain("USAGE");
    expect(await refused(["types", "--url", url, "--colour"])).toContain("--colour");
  });

  it("says of wrong credentials that access is denied, without the password", async () => {
    const wrong = new URL(url);
    wrong.username = "nobody_here";
    wrong.password = "hunter2";
    const line = await refused(["types", "--url", wrong.href]);
    expect(line).toContain("ACCESS_DENIED");
    expect(line).not.toContain("hunter2");
  });

  it("says of a shard that is down where it should be", async () => {
    const line = await refused(["types", "--url", url, "--url", "mysql://root@127.0.0.1:1/x"]);
    expect(line).toContain("UNREACHABLE: cannot connect to 127.0.0.1:1");
  });

  it("says of a missing database that it is missing, with a backtick in its name too", async () => {
    expect(await refused(["types", "--url", server.urlOf("not_there")])).toContain("not_there");
    expect(await refused(["types", "--url", server.urlOf("a`b")])).toContain("a`b");
  });

  it("works in a database with a backtick in its name", async () => {
    await server.root.query("CREATE DATABASE `tick``ed`");
    const ran = await orderlyMysql("types", "--url", server.urlOf("tick`ed"));
    await server.root.query("DROP DATABASE `tick``ed`");
    expect(ran).toMatchObject({ code: 0, err: "" });
  });

  it("refuses a url that names no database, or is none, without printing it", async () => {
    expect(await refused(["types", "--url", server.url])).toContain("names no database");
    expect(await refused(["types", "--url", "root:hunter2@host/x"])).not.toContain("hunter2");
    expect(await refused(["types", "--url", `${url}?decimalNumbers=true`])).toContain(
      "lose digits",
    );
  });

  it.each([
    ["no JSON", "{", "it is no JSON"],
    ["no list", "{}", "expected a list"],
    ["an entry without an id", '[{"url": "mysql://h/x"}]', "entry 0: id is missing"],
    ["an entry without a url", '[{"id": 1}]', "entry 0: url is missing"],
    [
      "an unknown status",
      '[{"id": 1, "url": "mysql://h/x", "status": "off"}]',
      "active, maintenance, disabled",
    ],
  ])("refuses a file of shards with %s", async (_, text, message) => {
    const file = join(folder, "shards.json");
    await writeFile(file, text);
    expect(await refused(["types", "--shards", file])).toContain(message);
  });

  it("refuses a file of shards that is not there", async () => {
    expect(await refused(["types", "--shards", join(folder, "none.json")])).toContain(
      "cannot be read",
    );
  });

  it("refuses a database that is no text, an entry that is no object, and shards that are all disabled", async () => {
    const file = join(folder, "shards.json");
    for (const [text, message] of [
      ['[{"id": 1, "url": "mysql://h/x", "database": 5}]', "database must be a text"],
      ["[5]", "expected an object"],
      ['[{"id": 1, "url": "mysql://h/x", "status": "disabled"}]', "every shard is disabled"],
    ] as const) {
      await writeFile(file, text);
      expect(await refused(["types", "--shards", file])).toContain(message);
    }
  });

  it("refuses types of two databases, and a check without a file", async () => {
    expect(await refused(["types", "--url", url, "--database", "a", "--database", "b"])).toContain(
      "one --database",
    );
    expect(await refused(["types", "--url", url, "--check"])).toContain("--out");
  });

  it("reads a file of shards, ids as numbers too, and leaves out disabled ones", async () => {
    const file = join(folder, "shards.json");
    const shards = [
      { id: 1, url },
      { id: "7", url: "mysql://root@127.0.0.1:1/x", status: "disabled" },
    ];
    await writeFile(file, JSON.stringify({ shards }));
    expect(await orderlyMysql("types", "--shards", file)).toMatchObject({ code: 0, err: "" });
  });

  it("refuses a column that no shard has, which a misspelt name would be", async () => {
    for (const command of [["scan"], ["apply", "--yes"]]) {
      const args = ["decimals", ...command, "--column", "orders.prise", "--url", url];
      expect(await refused(args)).toContain("no shard has a column orders.prise");
    }
  });
});

describe("orderly-mysql migrate, bad input", () => {
  /** Runs a folder with these files against a new database, of which nothing may be left. */
  async function migrated(
    files: Readonly<Record<string, string>>,
    ...more: readonly string[]
  ): Promise<string> {
    const scripts = await mkdtemp(join(folder, "scripts-"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(scripts, name), text);
    const database = await server.freshDatabase("COLLATE utf8mb4_unicode_ci");
    const args = ["migrate", "--yes", "--folder", scripts, "--url", server.urlOf(database)];
    const line = await refused([...args, ...more]);
    const { rows } = await server.root.execute(
      `SELECT TABLE_NAME AS name FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = ? AND TABLE_NAME <> 'orderly_migrations'
        UNION ALL SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?`,
      [database, database],
    );
    expect(rows).toEqual([]);
    return line;
  }

  const TABLE = "CREATE TABLE early (id INT);\n";
  const DOWN = "DROP TABLE IF EXISTS early;";

  it.each([
    [
      "a DELIMITER that names none",
      `${TABLE}DELIMITER\nSELECT 1//\n`,
      /DDL_UNREADABLE: the migration 0001_it: line 2, column 1: a DELIMITER line names no delimiter/,
    ],
    [
      "a text that does not end",
      `${TABLE}SELECT 'open;\n`,
      /DDL_UNREADABLE: the migration 0001_it: line 2, column 8: a string, name or comment does not end/,
    ],
    [
      "a version comment that does not end",
      `${TABLE}/*!50003 CREATE TABLE late (id INT)`,
      /0001_it/,
    ],
    [
      "a body without DELIMITER",
      `${TABLE}CREATE PROCEDURE p() BEGIN SELECT 1; END;\n`,
      /error 1064/,
    ],
    ["a word of the client", `${TABLE}SOURCE other.sql;\n`, /error 1064/],
    [
      "a name that is none",
      `${TABLE}CREATE TABLE \`\` (id INT);\n`,
      /migration 0001_it: .*error 11\d\d/,
    ],
  ])("takes back and refuses %s", async (_, up, message) => {
    expect(await migrated({ "0001_it.sql": up, "0001_it.down.sql": DOWN })).toMatch(message);
  });

  it("refuses names and collations that are none", async () => {
    expect(await migrated({ "0001 it.sql": TABLE })).toContain("a migration's name is");
    const files = { "0001_it.sql": TABLE };
    expect(await migrated(files, "--collation", "utf8mb4_none_ci")).toContain("utf8mb4_none_ci");
    expect(await migrated(files, "--collation", "x`; DROP TABLE y")).toContain("x`; DROP TABLE y");
  });

  it("refuses a folder in the place of a file, by its name", async () => {
    const scripts = await mkdtemp(join(folder, "scripts-"));
    await mkdir(join(scripts, "0001_it.sql"));
    const line = await refused(["migrate", "--yes", "--folder", scripts, "--url", url]);
    expect(line).toContain("0001_it.sql cannot be read");
  });

  it("takes files of other systems, version comments and names with backticks", async () => {
    const scripts = await mkdtemp(join(folder, "scripts-"));
    const script = `\uFEFFDELIMITER $$\r
CREATE PROCEDURE \`a\`\`b\`()\r
BEGIN\r
  SELECT 1 AS one;\r
END$$\r
DELIMITER ;\r
/*!50003 CREATE TABLE early (id INT) */;\r
/*!99999 CREATE TABLE never (id INT) */;\r
`;
    await writeFile(join(scripts, "0001_it.sql"), script);
    await writeFile(
      join(scripts, "0001_it.down.sql"),
      `${DOWN}\nDROP PROCEDURE IF EXISTS \`a\`\`b\``,
    );
    const own = await server.freshDatabase("COLLATE utf8mb4_unicode_ci");
    const args = ["--yes", "--folder", scripts, "--url", server.urlOf(own)];
    expect(await orderlyMysql("migrate", ...args)).toMatchObject({ code: 0, err: "" });
    const { rows } = await server.pool(own).query("CALL `a``b`()");
    // A literal is an INT on MariaDB and a BIGINT, so a text, on MySQL.
    expect(rows).toEqual([{ one: server.flavour === "mariadb" ? 1 : "1" }]);
    const tables = await server.pool(own).query("SHOW TABLES");
    expect(JSON.stringify(tables.rows)).toMatch(/early/);
    expect(JSON.stringify(tables.rows)).not.toMatch(/never/);
    expect(await orderlyMysql("migrate", "rollback", ...args)).toMatchObject({ code: 0, err: "" });
  });
});
