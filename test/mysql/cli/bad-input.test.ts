import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
});
