import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../src/mysql/cli/run.ts";
import type { ScanReport } from "../../../src/mysql/diagnosis/scan-programs.ts";
import { quoteIdentifier } from "../../../src/mysql/sql/identifier.ts";
import { loadCorpus } from "../corpus/load-corpus.ts";
import { withServer } from "../support/server.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function command(...args: readonly string[]): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await run(["procedures", "scan", ...args], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe("orderly-mysql procedures scan", () => {
  const server = withServer();
  let clean = "";

  beforeAll(async () => {
    await loadCorpus(server.root, server.flavour);
    clean = await server.freshDatabase("CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    const pool = server.pool(clean);
    await pool.query("CREATE TABLE t (a VARCHAR(9), n INT, KEY (a)) COLLATE utf8mb4_unicode_ci");
    await pool.query(
      "CREATE PROCEDURE p(a VARCHAR(9), b INT) SELECT n FROM t WHERE t.a = a AND n = b",
    );
  }, 60_000);

  it("prints a line for each finding and a count, and exits with 1", async () => {
    const { code, out, err } = await command("--url", server.urlOf("corpus_shop"));
    expect([code, err]).toEqual([1, ""]);
    expect(out).toMatch(
      /^all +error +procedure corpus_shop\.equals:\d+ +symbol = p {2}-- {2}column corpus_shop\.orders\.symbol \(utf8mb4_unicode_ci\) meets parameter p \(utf8mb4_\w+\): error 1267$/m,
    );
    expect(out).toMatch(/\d+ programs on 1 shard; .*\d+ error, .*\n$/);
    expect(out).not.toContain("corpus_ledger");
  });

  it("prints the whole report as JSON, of the databases that it is given", async () => {
    const { out } = await command(
      "--url",
      server.urlOf("corpus_shop"),
      "--json",
      "--database",
      "corpus_ledger",
    );
    const { shards, drift } = JSON.parse(out) as ScanReport;
    expect([shards.length, drift]).toEqual([1, []]);
    expect(shards[0]?.findings.find(({ name }) => name === "joined")).toMatchObject({
      class: "dynamic-sql",
      injectable: "yes",
      schema: "corpus_ledger",
    });
  });

  it("exits with 0 where there is nothing to do", async () => {
    const { code, out } = await command("--url", server.urlOf(clean));
    expect([code, out]).toEqual([0, "1 program on 1 shard; nothing found\n"]);
  });

  it("with --all-types tells every plain comparison of a column with a parameter", async () => {
    const { code, out } = await command("--url", server.urlOf(clean), "--all-types");
    expect(code).toBe(1);
    expect(out.match(/crash-record/g)?.length).toBe(3);
  });

  it("tells drift between shards", async () => {
    const other = await server.freshDatabase("CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    const pool = server.pool(other);
    await pool.query("CREATE TABLE t (a VARCHAR(9), n INT, KEY (a)) COLLATE utf8mb4_unicode_ci");
    await pool.query(
      "CREATE PROCEDURE p(b INT, a VARCHAR(9)) SELECT n FROM t WHERE t.a = a AND n = b",
    );
    const { code, out } = await command("--url", server.urlOf(clean), "--url", server.urlOf(other));
    expect(code).toBe(1);
    expect(out).toContain("drift of parameters: procedure p");
  });

  it("reports the others and exits with 2 where a program cannot be read", async () => {
    const schema = await server.freshDatabase();
    const pool = server.pool(schema);
    await pool.query("CREATE PROCEDURE fine() SELECT 1");
    await pool.query("CREATE PROCEDURE versioned() SELECT 1 /*!99999 + 1 */");
    const { code, out, err } = await command("--url", server.urlOf(schema));
    // MySQL drops what does not apply to it when it stores the text; MariaDB keeps it.
    const [{ ddl } = { ddl: "" }] = (
      await pool.query<{ ddl: string }>(
        `SELECT ROUTINE_DEFINITION AS ddl FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ${quote(schema)} AND ROUTINE_NAME = 'versioned'`,
      )
    ).rows;
    const isKept = ddl.includes("/*!");
    expect(code).toBe(isKept ? 2 : 0);
    expect(out).toContain("2 programs on 1 shard");
    if (isKept)
      expect(err).toMatch(
        /^orderly-mysql: DDL_UNREADABLE: shard 1, procedure .*versioned.*version comment.*\n$/,
      );
  });

  it.each([
    ["wrong credentials", "mysql://nobody:wrong@127.0.0.1", /ACCESS_DENIED/],
    ["a server that is down", "mysql://root@127.0.0.1:1", /UNREACHABLE/],
  ])("exits with 2 and one line for %s", async (_, base, message) => {
    const url = new URL(base);
    if (url.port === "") url.port = new URL(server.url).port;
    url.pathname = "/corpus_shop";
    const { code, out, err } = await command("--url", url.href);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  it("exits with 2 where a database does not exist", async () => {
    const { code, err } = await command(
      "--url",
      server.urlOf("corpus_shop"),
      "--database",
      "no`where",
    );
    expect([code, err.includes("no`where")]).toEqual([2, true]);
  });

  function quote(name: string): string {
    return `'${quoteIdentifier(name).slice(1, -1)}'`;
  }
});
