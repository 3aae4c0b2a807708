import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { orderlyMysql, type Ran } from "../support/command-line.ts";
import { withServer } from "../support/server.ts";

const server = withServer();
let folder = "";
let urls: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orderly-migrate-"));
  urls = [server.urlOf(await server.freshDatabase()), server.urlOf(await server.freshDatabase())];
  await writeFile(join(folder, "0001_first.sql"), "CREATE TABLE first_one (id INT PRIMARY KEY);\n");
  await writeFile(join(folder, "0001_first.down.sql"), "DROP TABLE first_one;\n");
  await writeFile(join(folder, "readme.md"), "Not a migration.\n");
});
afterEach(() => rm(folder, { recursive: true }));

const command = (...words: string[]): Promise<Ran> =>
  orderlyMysql(...words, "--yes", "--folder", folder, ...urls.flatMap((url) => ["--url", url]));

describe("orderly-mysql migrate", () => {
  it("applies a folder, tells its status, and takes the latest back", async () => {
    expect(await command("migrate", "status")).toEqual({
      code: 1,
      out: "0001_first: pending on 1, 2\n",
      err: "",
    });
    expect(await command("migrate")).toEqual({ code: 0, out: "applied 0001_first\n", err: "" });
    expect(await command("migrate")).toEqual({ code: 0, out: "nothing to apply\n", err: "" });
    const status = await command("migrate", "status", "--json");
    expect(JSON.parse(status.out)).toEqual({
      migrations: [{ name: "0001_first", applied: ["1", "2"], unfinished: [], pending: [] }],
    });
    expect(status.code).toBe(0);
    expect(await command("migrate", "rollback")).toEqual({
      code: 0,
      out: "took back 0001_first\n",
      err: "",
    });
    expect(await command("migrate", "rollback")).toMatchObject({
      code: 0,
      out: "nothing to take back\n",
    });
  });

  it("refuses a folder that is not there, and a way down without a way up", async () => {
    await writeFile(join(folder, "0002_gone.down.sql"), "SELECT 1");
    expect(await command("migrate")).toMatchObject({ code: 2, out: "" });
    expect((await command("migrate")).err).toContain("0002_gone.down.sql");
    const none = await orderlyMysql(
      "migrate",
      "--yes",
      "--folder",
      join(folder, "none"),
      "--url",
      urls[0] ?? "",
    );
    expect(none).toMatchObject({ code: 2, out: "" });
    expect((await orderlyMysql("migrate", "--url", urls[0] ?? "")).err).toContain("--folder");
  });

  it("says in one line which right a user lacks, and leaves nothing behind", async () => {
    const database = (urls[0] ?? "").split("/").at(-1) ?? "";
    const name = `m_${database.slice(-8)}`;
    await server.root.query(`CREATE USER '${name}'@'%'`);
    await server.root.query(`GRANT SELECT ON ${database}.* TO '${name}'@'%'`);
    const url = new URL(urls[0] ?? "");
    url.username = name;
    const ran = await orderlyMysql("migrate", "--yes", "--folder", folder, "--url", url.href);
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toMatch(/^orderly-mysql: [^\n]*denied[^\n]*\n$/);
    const { rows } = await server.root.execute(
      "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?",
      [database],
    );
    expect(rows).toEqual([]);
    await server.root.query(`DROP USER '${name}'@'%'`);
  });
});
