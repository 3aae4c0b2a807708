import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readCatalog } from "../../../src/mysql/catalog/read-catalog.ts";
import { describeGrants, readRoutineGrants } from "../../../src/mysql/catalog/read-grants.ts";
import { TableCatalog } from "../../../src/mysql/catalog/read-tables.ts";
import type { Row, StatementResult } from "../../../src/mysql/connection.ts";
import { openPool } from "../../../src/mysql/mysql-pool.ts";
import { quoteIdentifier } from "../../../src/mysql/sql/identifier.ts";
import { parseRoutine } from "../../../src/mysql/sql/parse-routine.ts";
import { parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";
import { answer } from "../deployment/support/claiming.ts";
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

  it("reads every database but the server's own where none is named, in order of names", async () => {
    const other = await server.freshDatabase();
    for (const name of ["b", "a"]) {
      await server.root.query(`CREATE PROCEDURE \`${other}\`.${name}() SELECT 1`);
    }
    const { schemas, programs, tables } = await readCatalog(server.root);
    expect(schemas).toEqual([other, schema].toSorted());
    const own = programs.filter((program) => program.schema === other);
    expect(own.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(programs).toHaveLength(own.length + 4);
    expect(tables.find(schema, "v")?.name).toBe("v");
  });

  it("lists tables by name, in whatever order they were made", async () => {
    const other = await server.freshDatabase();
    for (const name of ["m", "z", "a", "k", "b"]) {
      await server.root.query(`CREATE TABLE \`${other}\`.${name} (id INT)`);
    }
    const { tables } = await readCatalog(server.root, [other]);
    const own = [...tables.all()].filter((table) => table.schema === other);
    expect(own.map(({ name }) => name)).toEqual(["a", "b", "k", "m", "z"]);
  });

  it("knows of each collation its character set and whether trailing spaces count", async () => {
    const { collations } = (await readCatalog(server.root, [])).server;
    expect(collations.get("utf8mb4_general_ci")).toMatchObject({ isPadSpace: true });
    const noPad = server.flavour === "mysql" ? "utf8mb4_0900_bin" : "utf8mb4_nopad_bin";
    expect(collations.get(noPad)).toMatchObject({ charset: "utf8mb4", isPadSpace: false });
    const defaults = [...collations].filter(
      ([, { charset, isDefault }]) => isDefault && charset === "latin1",
    );
    expect(defaults.map(([name]) => name)).toEqual(["latin1_swedish_ci"]);
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

  it("writes rights as one text in order, a role of MariaDB's without a host", () => {
    const grants = [
      { user: "reader", host: "%", privileges: ["EXECUTE"] },
      { user: "app", host: "", privileges: ["ALTER ROUTINE", "EXECUTE"] },
    ];
    expect(describeGrants(grants)).toBe("ALTER ROUTINE+EXECUTE to app, EXECUTE to reader@%");
    expect(describeGrants([])).toBe("");
  });

  it("tells capitals of tables apart only where the server does, and never those of columns", () => {
    const table = { schema: "Shop", name: "Orders", isView: false, columns: new Map() };
    expect(new TableCatalog([table], true).find("shop", "ORDERS")).toBe(table);
    const exact = new TableCatalog([table], false);
    expect([exact.find("shop", "ORDERS"), exact.find("Shop", "Orders")]).toEqual([null, table]);
  });

  it("reads what MySQL 9.7 says of itself, and an index on an expression", async () => {
    const rows: Readonly<Record<string, Row[]>> = {
      "SELECT VERSION()": [{ v: "9.7.0" }],
      "SELECT COLLATION_NAME AS name, CHARACTER_SET_NAME AS charset, COALESCE(IS_DEFAULT, '') AS isDefault, PAD_ATTRIBUTE":
        [{ name: "utf8mb4_0900_ai_ci", charset: "utf8mb4", isDefault: "Yes", pad: "NO PAD" }],
      "SELECT SCHEMA_NAME": [{ name: "shop", collation: "utf8mb4_0900_ai_ci" }],
      "SELECT @@lower_case_table_names": [{ v: 0 }],
      "SELECT DISTINCT TABLE_NAME": [{ table: "t", name: null }],
      "SELECT TABLE_NAME AS name": [{ name: "t", type: "BASE TABLE" }],
      "SELECT TABLE_SCHEMA": [
        {
          table: "t",
          name: "word",
          dataType: "VARCHAR",
          columnType: "varchar(9)",
          charset: "utf8mb4",
          collation: "utf8mb4_bin",
        },
      ],
    };
    const execute = (sql: string): Promise<StatementResult<never>> => {
      const found = Object.entries(rows).find(([begin]) => sql.startsWith(begin))?.[1] ?? [];
      return Promise.resolve(answer(found));
    };
    const catalog = await readCatalog({ execute, query: execute });
    expect(catalog.server).toMatchObject({ flavour: "mysql", version: "9.7.0" });
    expect(catalog.server.collations.get("utf8mb4_0900_ai_ci")).toEqual({
      ...{ charset: "utf8mb4", isDefault: true, isPadSpace: false },
    });
    expect(catalog.tables.find("shop", "t")?.columns.get("word")?.isIndexed).toBe(false);
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
