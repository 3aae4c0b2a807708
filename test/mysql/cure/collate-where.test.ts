import { beforeAll, describe, expect, it } from "vitest";
import type { StoredProgram } from "../../../src/mysql/catalog/stored-program.ts";
import { cureByCollate } from "../../../src/mysql/cure/collate.ts";
import { type CuredProgram, cureCatalog } from "../../../src/mysql/cure/cure-catalog.ts";
import { withServer } from "../support/server.ts";
import { TRIED, Trial } from "../support/tried.ts";

const FAILS = "SELECT COUNT(*) FROM t WHERE c = p;";

/** What else is done with p, where its collation does not matter: p is declared with the column's. */
const INDIFFERENT = [
  "IF p IS NULL THEN SELECT 1; END IF;",
  "IF p IS NOT NULL THEN SELECT 1; END IF;",
  "SELECT LENGTH(p), HEX(p), CHAR_LENGTH(p);",
  "CALL gives(@o, p, @i);",
  "CALL {db}.gives(@o, p, @i);",
  "INSERT INTO u (c) VALUES (p);",
  "INSERT INTO u (n, c) VALUE (1, p);",
  "INSERT INTO u (c, n) VALUES ('a', 1), (p, 2), ('b', 3);",
  "UPDATE u SET n = (1), c = p WHERE n = 7;",
  "UPDATE u SET u.c = p;",
  "SET p = 'y';",
  "SET @a = 1, p = 'y';",
  "SELECT 'x' INTO p;",
  "SELECT 1, 'x' INTO k, p;",
  "BEGIN DECLARE s VARCHAR(9) DEFAULT p; END;",
  "BEGIN DECLARE s VARCHAR(9); SET s = p; END;",
  "SELECT x.p FROM mine x;",
];

/** What else is done with p, where another collation would show: only the comparison that fails gets one. */
const TELLING = [
  "SELECT p = 'a';",
  "SELECT 1, p = 'a';",
  "SET @v = p;",
  "SELECT p IS TRUE;",
  "SELECT p;",
  "SELECT n FROM t ORDER BY p;",
  "SELECT UPPER(p);",
  "SELECT f(p);",
  "SELECT CONCAT('a', p);",
  "INSERT INTO u (c) VALUES (CONCAT(p, ''));",
  "INSERT INTO u (n) VALUES ((SELECT COUNT(*) FROM t WHERE n IN (1) AND b = p));",
  "UPDATE u SET n = ('a' = p);",
  "SET @v = (1 = 1), @w = ('a' = p);",
  "IF 'a' = p THEN SELECT 1; END IF;",
  "BEGIN DECLARE s INT DEFAULT p = 'a'; END;",
  "SELECT COALESCE(p, 'a');",
  "SELECT COUNT(*) FROM u WHERE n = 1 AND 'a' = p;",
  "SELECT 1, p, 2;",
  "SELECT 'a' IN ((SELECT 'b'), p);",
];

/** Queries that name a column by USING, and what becomes of its item, or the reason where nothing does. */
const JOINS: readonly (readonly [string, string | RegExp])[] = [
  ["(SELECT p AS c) x", "(SELECT p COLLATE {to} AS c) x"],
  ["(SELECT p c) AS x", "(SELECT p COLLATE {to} c) AS x"],
  [
    "(SELECT n AS r, CONCAT(p, 'a') AS c FROM u) x",
    "(SELECT n AS r, (CONCAT(p, 'a')) COLLATE {to} AS c FROM u) x",
  ],
  ["(SELECT EXTRACT(DAY FROM d) AS r, p AS c FROM u) x", "p COLLATE {to} AS c FROM u) x"],
  ["(SELECT c FROM (SELECT p AS c) y) x", "(SELECT c COLLATE {to} AS c FROM (SELECT p AS c) y) x"],
  [
    "(SELECT y.c FROM (SELECT p AS c) y) x",
    "(SELECT y.c COLLATE {to} AS c FROM (SELECT p AS c) y) x",
  ],
  ["(SELECT p AS c UNION SELECT 'x') x", /write ON for USING/],
  ["((SELECT p AS c) UNION (SELECT 'x')) x", /write ON for USING/],
  ["(WITH w AS (SELECT p AS c) SELECT c FROM w) x", /write ON for USING/],
  ["(SELECT * FROM (SELECT p AS c) y) x", /write ON for USING/],
  ["JSON_TABLE('[\"x\"]', '$[*]' COLUMNS (c VARCHAR(9) PATH '$')) x", /write ON for USING/],
];

/** Where the value is in something wider or narrower: what is appended, or why nothing is. */
const PLACES: readonly (readonly [why: string, sql: string, expected: string | RegExp])[] = [
  [
    "two collations",
    "SELECT COUNT(*) FROM t WHERE c = p; SELECT COUNT(*) FROM t WHERE LEFT(e, 1) = p AND b LIKE 'x'; SELECT COUNT(*) FROM mine WHERE s = p",
    "s = p COLLATE utf8mb4_german2_ci",
  ],
  [
    "a select item without a name",
    "SELECT c LIKE p FROM t; SELECT p",
    "SELECT c LIKE p COLLATE {to} FROM t",
  ],
  [
    "an item of a union",
    "SELECT c FROM t UNION SELECT p; SELECT p",
    "UNION SELECT p COLLATE {to} AS `p`",
  ],
  [
    "an item behind a comma",
    "SELECT n, c FROM t UNION SELECT 1, p LIMIT 5; SELECT p",
    "SELECT 1, p COLLATE {to} AS `p` LIMIT",
  ],
  [
    "an item with a name",
    "SELECT c FROM t UNION SELECT DISTINCT p AS r; SELECT p",
    "p COLLATE {to} AS r",
  ],
  ["an item with a bare name", "SELECT c FROM t UNION SELECT p r; SELECT p", "p COLLATE {to} r"],
  [
    "a function around it",
    "SELECT COUNT(*) FROM t WHERE c = UPPER(TRIM(p)); SELECT p",
    "c = UPPER(TRIM(p)) COLLATE {to}",
  ],
  [
    "a function with more around it",
    "SELECT COUNT(*) FROM t WHERE c = CONCAT(LEFT('ab', 1), p); SELECT p",
    "CONCAT(LEFT('ab', 1), p) COLLATE {to}",
  ],
  [
    "a cast, which hides what is declared",
    "SELECT COUNT(*) FROM t WHERE c = CAST(p AS CHAR)",
    "CAST(p AS CHAR) COLLATE {to}",
  ],
  [
    "another character set",
    "SELECT COUNT(*) FROM t WHERE l = p; SELECT p",
    "IF(p = CONVERT(CONVERT(p USING latin1) USING utf8mb4) COLLATE utf8mb4_bin, CONVERT(p USING latin1) COLLATE",
  ],
  [
    "another character set, not equal",
    "SELECT COUNT(*) FROM t WHERE l < p AND n = 1; SELECT p",
    /would not treat them as before/,
  ],
  [
    "another character set, NOT IN",
    "BEGIN DECLARE v VARCHAR(9) CHARACTER SET greek; SELECT COUNT(*) FROM t WHERE l NOT IN (v); SELECT v; END",
    /would not treat them as before/,
  ],
  [
    "another character set, under NOT",
    "BEGIN DECLARE v VARCHAR(9) CHARACTER SET greek; SELECT COUNT(*) FROM t WHERE NOT (l = v); SELECT v; END",
    /would not treat them as before/,
  ],
  [
    "another character set, beside a NOT",
    "SELECT COUNT(*) FROM t WHERE l = IF(NOT k, p, 'x'); SELECT p",
    /would not treat them as before/,
  ],
  [
    "a CASE statement",
    "CASE (SELECT MAX(c) FROM t) WHEN p THEN SELECT 1; ELSE SELECT p; END CASE",
    "COLLATE {to}",
  ],
  [
    "two COLLATE clauses",
    "SELECT COUNT(*) FROM t WHERE c COLLATE utf8mb4_bin = p COLLATE utf8mb4_unicode_ci",
    /./,
  ],
  [
    "columns only",
    "SELECT COUNT(*) FROM t WHERE l = g",
    "IF(g = CONVERT(CONVERT(g USING latin1) USING greek) COLLATE greek_bin",
  ],
];

describe("where a COLLATE goes", () => {
  const server = withServer(["--sql-mode="]);
  let schema = "";
  let trial: Trial;

  beforeAll(async () => {
    schema = await server.freshDatabase(`CHARACTER SET utf8mb4 COLLATE ${TRIED.databaseCollation}`);
    const pool = server.pool(schema);
    await pool.query(
      "CREATE TABLE mine (s VARCHAR(9), p INT) CHARACTER SET utf8mb4 COLLATE utf8mb4_german2_ci",
    );
    trial = new Trial(pool, schema);
    await trial.prepare();
  });

  const ddlOf = (body: string): string =>
    `CREATE PROCEDURE tried(p VARCHAR(9), k INT) BEGIN ${body.replaceAll("{db}", schema)} END`;

  const cured = (ddl: string, changed: Partial<StoredProgram> = {}): CuredProgram => {
    const catalog = trial.catalog(server.flavour, ddl, changed);
    const own = cureCatalog(catalog, [cureByCollate]).programs.find(
      ({ program }) => program.name === "tried",
    );
    if (own === undefined) throw new Error("nothing was cured or refused");
    return own;
  };

  const raised = (ddl: string): Promise<number> =>
    server.pool(schema).session(async (session) => {
      await trial.prepareSession(session);
      return trial.raised(session, ddl, "CALL tried('x', 1)");
    }, "close");

  const DECLARED = `tried(p VARCHAR(9) CHARACTER SET utf8mb4 COLLATE ${TRIED.tables}, k INT)`;
  const APPENDED = `WHERE c = p COLLATE ${TRIED.tables};`;

  it.each(INDIFFERENT)("declares p, of which nobody sees the collation in %s", async (use) => {
    const { ddl } = cured(ddlOf(`${FAILS} ${use}`));
    expect(ddl).toContain(DECLARED);
    expect(ddl).not.toContain(APPENDED);
    expect(await raised(ddl)).toBe(0);
  });

  it.each(TELLING)("leaves p's declaration alone, whose collation shows in %s", async (use) => {
    const before = ddlOf(`${FAILS} ${use}`);
    const { ddl } = cured(before);
    expect(ddl).toBe(before.replace("WHERE c = p;", APPENDED));
    expect(await raised(ddl)).toBe(0);
  });

  it.each(JOINS)("gives the item of a joined query its collation: %s", async (source, expected) => {
    const before = ddlOf(`SELECT COUNT(*) FROM t JOIN ${source} USING (c); SELECT p;`);
    const { ddl, refusals } = cured(before);
    if (typeof expected === "string") {
      expect(ddl).toContain(expected.replaceAll("{to}", TRIED.tables));
      expect(await raised(ddl)).toBe(0);
    } else {
      expect(ddl).toBe(before);
      expect(refusals.map(({ reason }) => reason)).toEqual([expect.stringMatching(expected)]);
    }
  });

  it.each(PLACES)("finds the place in %s", async (_, sql, expected) => {
    const before = ddlOf(`${sql};`);
    const { ddl, refusals } = cured(before);
    if (typeof expected === "string") {
      expect(ddl).toContain(expected.replaceAll("{to}", TRIED.tables));
      expect(await raised(ddl)).toBe(0);
    } else {
      expect(refusals[0]?.reason).toMatch(expected);
      expect(ddl).toBe(before);
    }
  });

  it("writes COLLATE alone behind a character set that is declared, and refuses to change it", () => {
    const declared = (charset: string): string =>
      ddlOf(FAILS).replace("p VARCHAR(9)", `p VARCHAR(9) CHARACTER SET ${charset}`);
    expect(cured(declared("utf8mb4")).ddl).toContain(
      `p VARCHAR(9) CHARACTER SET utf8mb4 COLLATE ${TRIED.tables},`,
    );
  });
});
