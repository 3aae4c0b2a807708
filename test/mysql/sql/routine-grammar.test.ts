import { beforeAll, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { parseRoutine } from "../../../src/mysql/sql/parse-routine.ts";
import { readCursorQuery, readExpression } from "../../../src/mysql/sql/read-plain.ts";
import { splitScript } from "../../../src/mysql/sql/split-script.ts";
import { DEFAULT_SQL_MODE, parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";
import { writeString } from "../../../src/mysql/sql/string-literal.ts";
import { TokenCursor } from "../../../src/mysql/sql/token-cursor.ts";
import { withServer } from "../support/server.ts";

/** Programs that a server creates, and what their header says. */
const PROGRAMS: readonly (readonly ["both" | "mariadb" | "mysql", string, object])[] = [
  [
    "both",
    "CREATE DEFINER=CURRENT_USER() PROCEDURE IF NOT EXISTS made() SELECT 1",
    { kind: "procedure", name: "made", schema: null },
  ],
  [
    "both",
    "CREATE DEFINER=CURRENT_USER FUNCTION made() RETURNS INT NO SQL SQL SECURITY INVOKER RETURN 1",
    { kind: "function", returns: { name: "INT" } },
  ],
  [
    "both",
    "CREATE EVENT made ON SCHEDULE AT (NOW() + INTERVAL (1) DAY) DO SET @a = 1",
    { kind: "event", body: { verb: "SET" } },
  ],
  [
    "both",
    "CREATE TRIGGER made AFTER DELETE ON t FOR EACH ROW SET @a = OLD.a",
    { trigger: { timing: "AFTER", event: "DELETE", schema: null, table: "t" } },
  ],
  [
    "mariadb",
    "CREATE OR REPLACE PROCEDURE made() BEGIN DECLARE r ROW TYPE OF t; DECLARE a TYPE OF t.a; SET r.a = a; END",
    {
      body: {
        declarations: [{ dataType: { name: "TYPE OF" } }, { dataType: { name: "TYPE OF" } }],
      },
    },
  ],
  [
    "mariadb",
    "CREATE PROCEDURE made() BEGIN NOT ATOMIC SELECT 1; END",
    { body: { type: "block", statements: [{ verb: "SELECT" }] } },
  ],
  [
    "mariadb",
    "CREATE PROCEDURE made() BEGIN DECLARE c CURSOR (x INT, y CHAR(3)) FOR SELECT x, y; END",
    { body: { declarations: [{ parameters: [{ name: "x" }, { type: { length: "3" } }] }] } },
  ],
];

/** What no server creates, and where we say so. */
const BROKEN: readonly (readonly [string, RegExp])[] = [
  ["CREATE PROCEDURE p(a INT DEFAULT 1) SELECT a", /a default value/],
  ["CREATE TRIGGER x INSTEAD INSERT ON t FOR EACH ROW SET @a = 1", /timing or event/],
  ["CREATE TRIGGER x BEFORE SELECT ON t FOR EACH ROW SET @a = 1", /timing or event/],
  ["CREATE PROCEDURE 5() SELECT 1", /a name is missing/],
  ["CREATE DEFINER=", /the text ends early/],
  ["CREATE PROCEDURE p() a: CASE WHEN 1 THEN SELECT 1; END CASE", /a label stands before/],
  ["CREATE PROCEDURE p() IF THEN SELECT 1; END IF", /an expression is missing/],
  ["CREATE PROCEDURE p() SELECT 1)", /a parenthesis closes nothing/],
  ["CREATE PROCEDURE p() BEGIN DECLARE a INT NOT; END", /more than a type and a default/],
];

describe("the reader of programs, held against the server", () => {
  const server = withServer(["--sql-mode="]);
  let pool: MysqlPool;

  beforeAll(async () => {
    pool = server.pool(await server.freshDatabase());
    await pool.query("CREATE TABLE t (a INT)");
  });

  it.each(PROGRAMS)("reads on %s: %s", async (where, ddl, shape) => {
    expect(parseRoutine(ddl, DEFAULT_SQL_MODE)).toMatchObject(shape);
    if (where !== "both" && where !== server.flavour) return;
    await pool.query(ddl);
    const kind = parseRoutine(ddl, DEFAULT_SQL_MODE).kind.toUpperCase();
    await pool.query(`DROP ${kind} made`);
  });

  it.each(BROKEN)("refuses as the server does: %s", async (ddl, reason) => {
    expect(() => parseRoutine(ddl, DEFAULT_SQL_MODE)).toThrow(reason);
    await expect(pool.query(ddl)).rejects.toThrow(/1064|1193|1235/);
  });
});

describe("parseRoutine", () => {
  it("refuses nesting that would break the stack", () => {
    const ddl = `CREATE PROCEDURE p() ${"BEGIN ".repeat(5_000)}${"END; ".repeat(5_000)}`;
    expect(() => parseRoutine(ddl, DEFAULT_SQL_MODE)).toThrow(/nest deeper than 200/);
  });

  it("says in which line and column of several, also at a line's beginning", () => {
    const ddl = "CREATE PROCEDURE p()\nBEGIN\n  SELECT 1\n\nEND";
    expect(() => parseRoutine(ddl, DEFAULT_SQL_MODE)).toThrow(/line 5, column 4: ; is missing/);
    expect(() => parseRoutine("\n)", DEFAULT_SQL_MODE)).toThrow(/line 2, column 1: /);
  });
});

describe("parts of a program that go on", () => {
  const routine = parseRoutine(
    "CREATE PROCEDURE p() BEGIN DECLARE c CURSOR FOR SELECT 1 FROM t PROCEDURE x; IF a b THEN SELECT 1; END IF; END",
    DEFAULT_SQL_MODE,
  );

  it("are refused, rather than read up to where they stop making sense", () => {
    if (routine.body.type !== "block") throw new Error("no block");
    const [cursor] = routine.body.declarations;
    const [branching] = routine.body.statements;
    if (cursor?.type !== "cursor" || branching?.type !== "if") throw new Error("another shape");
    const condition = branching.branches[0]?.condition;
    if (condition === undefined || condition === null) throw new Error("no condition");
    expect(() => readCursorQuery(routine, cursor.query)).toThrow(/a query goes on/);
    expect(() => readExpression(routine, condition)).toThrow(/an expression goes on/);
  });
});

describe("TokenCursor", () => {
  it("has an empty token before the first and behind the last", () => {
    const cursor = new TokenCursor("", []);
    expect([cursor.previous.text, cursor.peek().text, cursor.peek(3).text]).toEqual(["", "", ""]);
    expect(cursor.isDone).toBe(true);
  });
});

describe("splitScript", () => {
  const texts = (source: string): string[] => splitScript(source).map(({ text }) => text);

  it("passes over statements that are empty", () => {
    expect(texts(";;SELECT 1;;")).toEqual(["SELECT 1"]);
  });

  it("does not take a name for a DELIMITER line", () => {
    expect(texts("SELECT\ndelimiter FROM t; SELECT 2")).toEqual([
      "SELECT\ndelimiter FROM t",
      "SELECT 2",
    ]);
  });
});

describe("writeString", () => {
  it("refuses a NUL where no escape can write it", () => {
    expect(() => writeString("a\0b", parseSqlMode("NO_BACKSLASH_ESCAPES"))).toThrow(RangeError);
  });
});
