import { beforeAll, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { withServer } from "../support/server.ts";
import { expression, read, select } from "./support/show-sql.ts";

/** What the words of a row are proven on: both servers, or the only one that has them. */
type Where = "both" | "mariadb" | "mysql";

const PARSE_ERROR = 1064;

/** Expressions, and how they are read. The second column decides what is compared with what. */
const EXPRESSIONS: readonly (readonly [Where, string, string])[] = [
  ["both", "a && b || !c", "[OR [AND a b] [NOT c]]"],
  ["both", "a SOUNDS LIKE b AND c", "[AND [SOUNDS a b] c]"],
  ["both", "a IS TRUE OR b IS NOT UNKNOWN", "[OR [IS a] [IS b]]"],
  ["both", "a = TRUE AND b <> FALSE", "[AND [= a TRUE] [<> b FALSE]]"],
  ["both", "a COLLATE 'utf8mb4_bin' = `b`", "[= [COLLATE a utf8mb4_bin] b]"],
  ["both", "_latin1 X'41' = _utf8mb4 0x41", "[= 'X'41'' '0x41']"],
  ["both", "b'01' + 0b11 + ~1", "[+ [+ b'01' 0b11] [~ 1]]"],
  ["both", "ROW(a, b) = ROW(c, 1)", "[= (a b) (c 1)]"],
  ["mariadb", "row, t.row", "row, t.row"],
  ["both", "DEFAULT(t.a)", "DEFAULT(t.a)"],
  ["both", "`f`(1), s.f(a), s.`f`()", "f(1), f(a), f()"],
  ["both", "TIMESTAMPADD(SQL_TSI_DAY, 1, a)", "TIMESTAMPADD(1 a)"],
  ["both", "GET_FORMAT(DATE, 'USA')", "GET_FORMAT('USA')"],
  ["both", "CHAR(77, 121), CHAR(77 USING latin1)", "CHAR(77 121), CHAR([USING CHAR(77) latin1])"],
  ["both", "SUBSTRING(a, 2), MID(a, 2, 3)", "SUBSTRING(a 2), MID(a 2 3)"],
  ["both", "SUBSTR(a FROM 2)", "SUBSTR(a 2)"],
  ["both", "TRIM(LEADING FROM a), TRIM('x' FROM a)", "TRIM(a), TRIM(a 'x')"],
  ["both", "CAST(a AS SIGNED INTEGER)", "[CAST a SIGNED]"],
  ["both", "CAST(a AS UNSIGNED INT), CAST(a AS SIGNED)", "[CAST a UNSIGNED], [CAST a SIGNED]"],
  ["both", "CONVERT(a USING 'latin1')", "[USING a latin1]"],
  ["both", "JSON_VALUE(a, '$.b') = c", "[= JSON_VALUE(a '$.b') c]"],
  ["mysql", "a MEMBER OF (b) AND c", "[AND [MEMBER a b] c]"],
  ["mysql", "a MEMBER OF (b->'$.c')", "[MEMBER a [-> b '$.c']]"],
  ["mariadb", "GROUP_CONCAT(a LIMIT 1)", "GROUP_CONCAT(a)"],
  ["mariadb", "GROUP_CONCAT(a ORDER BY b ASC LIMIT 1, 2)", "GROUP_CONCAT(a b)"],
  ["mariadb", "GROUP_CONCAT(a LIMIT 1 OFFSET 2)", "GROUP_CONCAT(a)"],
  ["both", "SUM(a) OVER ()", "SUM(a)"],
  ["both", "SUM(a) OVER (ORDER BY b)", "SUM(a b)"],
  ["both", "SUM(a) OVER (ROWS UNBOUNDED PRECEDING)", "SUM(a)"],
  ["both", "SUM(ALL a), COUNT(DISTINCT a, b)", "SUM(a), COUNT(a b)"],
  ["mysql", "FIRST_VALUE(a) RESPECT NULLS OVER (ORDER BY b)", "FIRST_VALUE(a b)"],
];

/** Queries. */
const QUERIES: readonly (readonly [Where, string, string])[] = [
  ["both", "SELECT a 'x', b AS \"y\" FROM t", "a as x, b as y from .t t"],
  ["both", "SELECT ALL a FROM t ORDER BY a ASC, b", "a from .t t order a,b"],
  [
    "both",
    "SELECT 1 FROM a INNER JOIN b ON a.x = b.x CROSS JOIN c",
    "1 from .a a; .b b; .c c; on [= a.x b.x]",
  ],
  [
    "both",
    "SELECT 1 FROM a RIGHT OUTER JOIN b USING (x, y) STRAIGHT_JOIN c",
    "1 from .a a; .b b; .c c; using x,y/1",
  ],
  [
    "both",
    "SELECT 1 FROM a JOIN b JOIN c ON b.x = c.x ON a.x = b.x",
    "1 from .a a; .b b; .c c; on [= b.x c.x]; on [= a.x b.x]",
  ],
  ["both", "SELECT 1 FROM a NATURAL LEFT JOIN b", "1 from .a a; .b b; using */1"],
  ["both", "SELECT 1 FROM s.t PARTITION (p0, p1) AS x", "1 from s.t x"],
  ["both", "SELECT 1 FROM ((SELECT 1 AS a) x JOIN t y)", "1 from {1 as a} x; .t y"],
  ["both", "SELECT 1 FROM ((SELECT 1) UNION (SELECT 2)) x", "1 from {{1} | {2}} x"],
  ["mysql", "SELECT x.a FROM (SELECT 1) AS x (a)", "x.a from {1} x"],
  ["mysql", "SELECT 1 FROM t, LATERAL (SELECT t.a) x", "1 from .t t; {t.a} x"],
  [
    "both",
    "SELECT 1 FROM t USE KEY (a) FORCE INDEX FOR JOIN (b) IGNORE INDEX FOR ORDER BY (c)",
    "1 from .t t",
  ],
  ["both", "SELECT 1 FROM t USE INDEX FOR GROUP BY (a, b), u", "1 from .t t; .u u"],
  [
    "both",
    "SELECT 1 FROM JSON_TABLE(p, '$' COLUMNS (c INT PATH '$' NULL ON EMPTY ERROR ON ERROR)) AS j",
    "1 from json(c INT) j",
  ],
  ["mysql", "VALUES ROW(1, a), ROW(2, 'b')", "values 1,a/2,'b'"],
  ["mysql", "SELECT 1 WHERE a IN (VALUES ROW('x'))", "1 where [IN a {values 'x'}]"],
  ["mariadb", "SELECT a FROM t UNION VALUES ('x')", "a from .t t | values 'x'"],
  [
    "both",
    "SELECT SUM(a) OVER w, AVG(a) OVER (w ORDER BY b) FROM t WINDOW w AS (PARTITION BY c), v AS (w)",
    "SUM(a), AVG(a b) from .t t",
  ],
  ["both", "SELECT a FROM t LOCK IN SHARE MODE", "a from .t t"],
  ["mysql", "SELECT a FROM t FOR SHARE OF t SKIP LOCKED", "a from .t t"],
  ["mysql", "SELECT a FROM t, u FOR UPDATE OF t, u NOWAIT", "a from .t t; .u u"],
  ["mariadb", "SELECT a FROM t FOR UPDATE WAIT 5", "a from .t t"],
  ["both", "SELECT a FROM t EXCEPT SELECT b FROM u", "a from .t t | b from .u u"],
  ["both", "SELECT a INTO v FROM t LIMIT 1 OFFSET 2", "a from .t t into v"],
];

/** Statements, and what they are. */
const STATEMENTS: readonly (readonly [Where, string, object])[] = [
  [
    "both",
    "DO f(1), @x := 2",
    { type: "evaluate", values: [{ type: "call" }, { type: "assign" }] },
  ],
  ["both", "KILL 5", { type: "evaluate", values: [{ value: "5" }] }],
  ["mysql", "WITH x AS (SELECT 1) UPDATE t SET a = 1", { type: "update", ctes: [{ name: "x" }] }],
  [
    "both",
    "UPDATE t SET a := v",
    { type: "update", set: [{ value: { type: "name" } }], where: null },
  ],
  ["both", "INSERT INTO t () VALUES (), ()", { type: "insert", columns: [], rows: [[], []] }],
  [
    "both",
    "INSERT INTO s.t PARTITION (p0) VALUE (1)",
    { type: "insert", table: { schema: "s", name: "t" }, columns: null },
  ],
  [
    "mysql",
    "INSERT INTO t VALUES (1) AS n ON DUPLICATE KEY UPDATE a = n.a",
    { type: "insert", rowAlias: "n", onDuplicate: [{ value: { parts: ["n", "a"] } }] },
  ],
  ["mysql", "INSERT INTO t VALUES ROW(1, 2)", { type: "insert", rows: [[{ value: "1" }, {}]] }],
  [
    "mariadb",
    "INSERT INTO t VALUES (1) RETURNING a AS x, b",
    { type: "insert", returning: [{ parts: ["a"] }, { parts: ["b"] }] },
  ],
  [
    "mariadb",
    "DELETE FROM t RETURNING *",
    { type: "delete", where: null, rest: [{ type: "star" }] },
  ],
  [
    "both",
    "DELETE FROM t ORDER BY a DESC LIMIT 2",
    { type: "delete", rest: [{ parts: ["a"] }, { value: "2" }] },
  ],
  [
    "both",
    "DELETE s.t, u FROM s.t JOIN u",
    { type: "delete", from: { sources: [{ schema: "s", name: "t" }, { name: "u" }] } },
  ],
  ["both", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", { type: "inert" }],
  [
    "both",
    "SET @a := 1, v := @b",
    { type: "set", assignments: [{}, { target: { parts: ["v"] } }] },
  ],
  ["both", "SIGNAL gone", { type: "evaluate", values: [] }],
  [
    "both",
    "SIGNAL gone SET MESSAGE_TEXT = v, MYSQL_ERRNO = 1",
    { type: "evaluate", values: [{ parts: ["v"] }, { value: "1" }] },
  ],
  ["both", "RESIGNAL", { type: "evaluate", values: [] }],
  ["both", "RESIGNAL SET MESSAGE_TEXT = 'x'", { type: "evaluate", values: [{ value: "x" }] }],
  ["both", "CALL other", { type: "call", name: "other", args: [] }],
  ["both", "CALL s.other()", { type: "call", schema: "s", name: "other", args: [] }],
  ["both", "OPEN c", { type: "open", cursor: "c", values: [] }],
  ["mariadb", "OPEN k(v + 1)", { type: "open", cursor: "k", values: [{ operator: "+" }] }],
  ["both", "CLOSE c", { type: "close", cursor: "c" }],
  ["both", "FETCH FROM c INTO v", { type: "fetch", cursor: "c", values: [{ parts: ["v"] }] }],
  ["mariadb", "CREATE OR REPLACE TABLE x (a INT)", { type: "create-table", isTemporary: false }],
  ["both", "CREATE TABLE x (LIKE s.u)", { type: "create-table", like: { schema: "s", name: "u" } }],
  [
    "both",
    "CREATE TABLE x IGNORE SELECT 1 AS a",
    { type: "create-table", query: { parts: [{ items: [{ alias: "a" }] }] } },
  ],
  ["both", "CREATE TABLE x REPLACE AS SELECT 1", { type: "create-table", query: { ctes: [] } }],
  [
    "both",
    "CREATE TEMPORARY TABLE x (a CHAR(3), FULLTEXT KEY f (a), CHECK (a <> 'x'), INDEX i (a DESC)) ENGINE MyISAM, COMMENT 'a, b' CHARSET latin1",
    { type: "create-table", columns: [{ name: "a" }], indexed: ["a"], charset: "latin1" },
  ],
  [
    "mysql",
    "CREATE TABLE x (a CHAR(3), KEY ((UPPER(a)), a))",
    { type: "create-table", columns: [{ name: "a" }], indexed: ["a"] },
  ],
  [
    "both",
    "CREATE TABLE x (a CHAR(3) REFERENCES u (a), CONSTRAINT y UNIQUE (`a`(2) ASC, b), CONSTRAINT z CHECK (a <> b), b CHAR(3)) CHARACTER SET = 'ucs2' COLLATE = ucs2_bin AUTO_INCREMENT = 5",
    { type: "create-table", indexed: ["a", "b"], charset: "ucs2", collation: "ucs2_bin" },
  ],
];

/** What a server takes and we do not read: the scan says so instead of guessing. */
const REFUSED: readonly (readonly [Where, string, RegExp])[] = [
  ["mysql", "SELECT JSON_VALUE(a, '$' NULL ON EMPTY)", /JSON_VALUE with RETURNING/],
  ["mysql", "SELECT JSON_VALUE(a, '$' ERROR ON ERROR)", /JSON_VALUE with RETURNING/],
  ["mysql", "SELECT JSON_VALUE(a, '$' DEFAULT 1 ON EMPTY)", /JSON_VALUE with RETURNING/],
  ["mysql", "SELECT CAST(a AT TIME ZONE 'UTC' AS DATETIME)", /AT TIME ZONE/],
  ["mysql", "INSERT INTO t VALUES (1) AS n (x)", /new row's columns/],
  ["mariadb", "SELECT 1 FROM t FOR SYSTEM_TIME ALL", /FOR SYSTEM_TIME/],
  ["mariadb", "VALUES (1), (2)", /a statement of VALUES/],
  [
    "mysql",
    "SELECT SUM(a) OVER (ORDER BY d RANGE INTERVAL 1 DAY PRECEDING)",
    /a window's frame is not read/,
  ],
  ["both", "CREATE TABLE x (a INT) PARTITION BY HASH (a)", /a table's option is not read/],
  ["both", "SET NAMES latin1", /SET NAMES/],
  ["mariadb", "SET STATEMENT max_statement_time = 1 FOR SELECT 1", /SET STATEMENT/],
  ["both", "SHOW TABLES", /a statement of SHOW/],
];

/** What no server takes: reading it would be a guess. */
const NONSENSE: readonly (readonly [string, RegExp])[] = [
  ["SELECT EXTRACT(x FROM a)", /a unit is missing/],
  ["SELECT a + INTERVAL 1 WEEKS", /a unit is missing/],
  ["SELECT a IS 5", /IS what/],
  ["SELECT a IS DISTINCT FROM b", /IS what/],
  ["SELECT a NOT b", /goes on where it should end/],
  ["SELECT % 1", /an expression is missing/],
  ["SELECT FROM t", /an expression is missing/],
  ["SELECT a.b.c.d", /more than three parts/],
  ["SELECT a AS , b", /an alias is missing/],
  ["SELECT a FROM t WHERE", /an expression is missing/],
  ["SELECT 1 FROM f(1)", /a function in FROM/],
  ["SELECT 1 FROM JSON_TABLE('[]', '$' COLUMNS (c INT PATH '$'))", /JSON_TABLE needs an alias/],
  ["SELECT 1 FROM (SELECT 1)", /derived table needs an alias/],
  ["SELECT 1 FROM 5", /a name is missing/],
  ["SELECT CAST(a AS)", /a type is missing/],
  ["UPDATE t SET a", /:= is missing/],
  ["INSERT INTO t VALUES 1", /\( is missing/],
  ["EXECUTE", /text ends early|a name is missing/],
];

describe("the grammar, held against the server's", () => {
  const server = withServer(["--sql-mode="]);
  let pool: MysqlPool;

  beforeAll(async () => {
    pool = server.pool(await server.freshDatabase());
  });

  /** The number of the error that the server raises when it reads a statement of a procedure; 0 for none. */
  async function created(sql: string): Promise<number> {
    const isMariadb = server.flavour === "mariadb";
    const declared = `DECLARE v INT; DECLARE gone CONDITION FOR SQLSTATE '45000'; DECLARE c CURSOR FOR SELECT 1; ${
      isMariadb ? "DECLARE k CURSOR (x INT) FOR SELECT x;" : ""
    }`;
    await pool.query("DROP PROCEDURE IF EXISTS tried");
    try {
      await pool.query(`CREATE PROCEDURE tried() BEGIN ${declared} ${sql}; END`);
      return 0;
    } catch (error) {
      return (error as Error & { errno?: number | null }).errno ?? -1;
    }
  }

  const isHere = (where: Where): boolean => where === "both" || where === server.flavour;

  it.each(EXPRESSIONS)("reads on %s: %s", async (where, sql, shown) => {
    expect(expression(sql)).toBe(shown);
    if (isHere(where)) expect(await created(`SELECT ${sql}`)).not.toBe(PARSE_ERROR);
  });

  it.each(QUERIES)("reads on %s the query %s", async (where, sql, shown) => {
    expect(select(sql)).toBe(shown);
    if (isHere(where)) expect(await created(sql)).not.toBe(PARSE_ERROR);
  });

  it.each(STATEMENTS)("reads on %s the statement %s", async (where, sql, shape) => {
    expect(read(sql)).toMatchObject(shape);
    if (isHere(where)) expect(await created(sql)).toBe(0);
  });

  it.each(REFUSED)("refuses what %s takes and is not read here: %s", async (where, sql, reason) => {
    expect(() => read(sql)).toThrow(reason);
    if (isHere(where)) expect(await created(sql)).toBe(0);
  });

  it.each(NONSENSE)("refuses as the server does: %s", async (sql, reason) => {
    expect(() => read(sql)).toThrow(reason);
    expect(await created(sql)).not.toBe(0);
  });
});
