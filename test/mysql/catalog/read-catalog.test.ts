import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readCatalog } from "../../../src/mysql/catalog/read-catalog.ts";
import { readRoutineGrants } from "../../../src/mysql/catalog/read-grants.ts";
import { openPool } from "../../../src/mysql/mysql-pool.ts";
import { quoteIdentifier } from "../../../src/mysql/sql/identifier.ts";
import { parseRoutine } from "../../../src/mysql/sql/parse-routine.ts";
import { parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";
import { withServer } from "../support/server.ts";

describe("readCatalog", () => {
  const server = withServer();
  let schema = "";

  beforeAll(async () => {
    schema = await server.freshDatabase("CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
    const pool = server.pool(schema);
    await pool.query(
      "CREATE TABLE `t ``1` (Id INT PRIMARY KEY, S VARCHAR(9) COLLATE utf8mb4_bin, L CHAR(3) CHARSET latin1, KEY (L))",
    );
    await pool.query("CREATE VIEW v AS SELECT S FROM `t ``1`");
    await pool.session(async (session) => {
      await session.query("SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'");
      await session.query(
        "CREATE PROCEDURE \"p `1\"(IN \"a b\" VARCHAR(10)) SQL SECURITY INVOKER COMMENT 'it''s' SELECT '\\', \"a b\"",
      );
    }, "close");
    await pool.query("CREATE FUNCTION f(a INT) RETURNS VARCHAR(3) DETERMINISTIC RETURN 'x'");
    await pool.query("CREATE TRIGGER tr BEFORE INSERT ON `t ``1` FOR EACH ROW SET NEW.S = 'x'");
    await pool.query(
      "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE COMMENT 'daily' DO DELETE FROM `t ``1`",
    );
  });

  it("reads every kind with its text and what was recorded with it", async () => {
    const { programs, schemas, server: info } = await readCatalog(server.root, [schema]);
    expect(schemas).toEqual([schema]);
    expect(info.flavour).toBe(server.flavour);
    expect(info.databases.get(schema)).toBe("utf8mb4_general_ci");
    expect(programs.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...["event e", "function f", "procedure p `1", "trigger tr"],
    ]);
    const procedure = programs[2];
    expect(procedure).toMatchObject({
      security: "INVOKER",
      comment: "it's",
      definer: "root@localhost",
      databaseCollation: "utf8mb4_general_ci",
    });
    expect(procedure?.sqlMode).toContain("NO_BACKSLASH_ESCAPES");
    for (const { ddl, sqlMode, kind, name } of programs) {
      expect(parseRoutine(ddl, parseSqlMode(sqlMode))).toMatchObject({ kind, name });
    }
  });

  it("reads columns with their collations and whether an index holds them", async () => {
    const { tables } = await readCatalog(server.root, [schema]);
    const columns = [...(tables.find(schema, "t `1")?.columns.values() ?? [])];
    expect(columns.map(({ name, collation, isIndexed }) => [name, collation, isIndexed])).toEqual([
      ["Id", null, true],
      ["S", "utf8mb4_bin", false],
      ["L", "latin1_swedish_ci", true],
    ]);
    expect(tables.find(schema, "v")?.isView).toBe(true);
    expect(tables.find(schema, "none")).toBe(null);
  });

  it("refuses a database that does not exist", async () => {
    await expect(readCatalog(server.root, [schema, "nowhere"])).rejects.toMatchObject({
      code: "UNKNOWN_DATABASE",
    });
  });

  it("refuses where a text is hidden, and names the routine", async () => {
    const url = new URL(server.url);
    url.username = await server.freshAccount(
      "USER",
      `SELECT, EXECUTE ON ${quoteIdentifier(schema)}.*`,
    );
    const pool = openPool({ url: url.href });
    onTestFinished(() => pool.close());
    await expect(readCatalog(pool, [schema])).rejects.toMatchObject({
      code: "DEFINITION_HIDDEN",
      message: expect.stringContaining(schema) as unknown,
    });
  });

  it("reads the rights to single routines", async () => {
    const caller = await server.freshAccount(
      "USER",
      `EXECUTE, ALTER ROUTINE ON FUNCTION ${quoteIdentifier(schema)}.f`,
    );
    expect(await readRoutineGrants(server.root, schema)).toEqual([
      {
        schema,
        name: "f",
        kind: "function",
        user: caller,
        host: "%",
        privileges: ["ALTER ROUTINE", "EXECUTE"],
      },
    ]);
  });
});
