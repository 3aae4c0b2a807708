import { describe, expect, it } from "vitest";
import { expression, read, select } from "./support/show-sql.ts";

describe("expressions", () => {
  it.each([
    ["a OR b AND NOT c = d + e * f", "[OR a [AND b [NOT [= c [+ d [* e f]]]]]]"],
    ["a = b = c", "[= [= a b] c]"],
    ["a BETWEEN b AND c AND d", "[AND [BETWEEN a b c] d]"],
    [
      "a NOT IN (b, 'c') OR a NOT LIKE 'x' 'y' ESCAPE '|'",
      "[OR [NOT IN a b 'c'] [NOT LIKE a 'xy' '|']]",
    ],
    ["-a COLLATE utf8mb4_bin = BINARY b", "[= [- [COLLATE a utf8mb4_bin]] [BINARY b]]"],
    ["a IS NOT NULL AND b <=> c", "[AND [IS a] [<=> b c]]"],
    ["CASE a WHEN 'x' THEN b ELSE c END", "[CASE a 'x' THEN b c]"],
    ["CASE WHEN a = b THEN 1 END", "[CASE [= a b] THEN 1]"],
    ["d->>'$.a' = p", "[= [->> d '$.a'] p]"],
    ["(a, b) = (c, d)", "[= (a b) (c d)]"],
    ["a IN (SELECT b FROM t)", "[IN a {b from .t t}]"],
    ["a = ANY (SELECT b FROM t)", "[= a {b from .t t}]"],
    ["((SELECT a), 1) = (b, 1)", "[= ({a} 1) (b 1)]"],
    ["((SELECT a) + 1)", "[+ {a} 1]"],
    ["a IN ((SELECT b), c)", "[IN a {b} c]"],
    ["a IN ((SELECT b) UNION (SELECT c))", "[IN a {{b} | {c}}]"],
    ["EXISTS (SELECT 1)", "[EXISTS {1}]"],
    ["_latin1'x' = N'y'", "[= 'x' 'y']"],
    ["DATE '2030-01-01' + INTERVAL 1 DAY", "[+ 2030-01-01 [INTERVAL 1]]"],
    [
      "CAST(a AS CHAR(3) CHARACTER SET latin1), CONVERT(b, UNSIGNED), CONVERT(c USING utf8mb4)",
      "[CAST a CHAR], [CAST b UNSIGNED], [USING c utf8mb4]",
    ],
    [
      "TRIM(BOTH 'x' FROM a), SUBSTRING(a FROM 2 FOR 3), POSITION(a IN b)",
      "TRIM(a 'x'), SUBSTRING(a 2 3), POSITION(a b)",
    ],
    [
      "EXTRACT(YEAR FROM d), TIMESTAMPDIFF(DAY, a, b), DATE_ADD(d, INTERVAL (1) DAY)",
      "EXTRACT(d), TIMESTAMPDIFF(a b), DATE_ADD(d [INTERVAL 1])",
    ],
    ["GROUP_CONCAT(DISTINCT a ORDER BY b DESC SEPARATOR ';')", "GROUP_CONCAT(a ';' b)"],
    [
      "ROW_NUMBER() OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
      "ROW_NUMBER(a b)",
    ],
    ["MATCH (a, b) AGAINST (p IN BOOLEAN MODE)", "MATCH(a b p)"],
    [
      "@v := a, @@session.sql_mode, `my db`.`f`(1), COUNT(*)",
      "[:= @v a], @@session.sql_mode, f(1), COUNT(*)",
    ],
    [
      "LEFT(a, 1), IF(a, b, c), VALUES(a), INTERVAL(a, b, c)",
      "LEFT(a 1), IF(a b c), VALUES(a), INTERVAL(a b c)",
    ],
    ["status, date, `select`, t.`end`, t.key", "status, date, select, t.end, t.key"],
  ])("reads %s", (sql, shown) => {
    expect(expression(sql)).toBe(shown);
  });

  it("follows the modes that change meanings", () => {
    expect(expression("a || b = 'c'")).toBe("[OR a [= b 'c']]");
    expect(expression("a || b = 'c'", "PIPES_AS_CONCAT")).toBe("[= CONCAT(a b) 'c']");
    expect(expression("NOT a = b", "HIGH_NOT_PRECEDENCE")).toBe("[= [NOT a] b]");
    expect(expression('"a" = "b"', "ANSI_QUOTES")).toBe("[= a b]");
  });
});

describe("queries", () => {
  it.each([
    [
      "SELECT a AS x, b `y`, t.* FROM s.t AS t LEFT JOIN u USING (a) JOIN (SELECT 1) d ON d.a = t.a WHERE t.a = p GROUP BY a WITH ROLLUP HAVING x = p ORDER BY a DESC LIMIT 1, 2 FOR UPDATE",
      "a as x, b as y, t from s.t t; .u u; {1} d; on [= d.a t.a]; using a/1 where [= t.a p] group a having [= x p] order a",
    ],
    ["SELECT a INTO v FROM t", "a from .t t into v"],
    ["SELECT a FROM t WHERE b = 1 INTO v, @w", "a from .t t where [= b 1] into v,@w"],
    ["(SELECT a FROM t) UNION ALL SELECT p ORDER BY 1", "{a from .t t} | p order 1"],
    ["WITH c (x) AS (SELECT a FROM t) SELECT * FROM c", "c={a from .t t} * from .c c"],
    [
      "SELECT 1 FROM a, (b JOIN c ON b.x = c.x) NATURAL JOIN d",
      "1 from .a a; .b b; .c c; .d d; on [= b.x c.x]; using */3",
    ],
    [
      "SELECT 1 FROM JSON_TABLE(p, '$[*]' COLUMNS (n FOR ORDINALITY, c VARCHAR(9) PATH '$.c' DEFAULT 'x' ON EMPTY, NESTED PATH '$.d[*]' COLUMNS (e CHAR(1) PATH '$'))) j",
      "1 from json(n #,c VARCHAR,e CHAR) j",
    ],
    ["SELECT 1 FROM t FORCE INDEX (PRIMARY) WHERE a = 1", "1 from .t t where [= a 1]"],
  ])("reads %s", (sql, shown) => {
    expect(select(sql)).toBe(shown);
  });
});

describe("statements", () => {
  it.each([
    [
      "INSERT INTO t (a, t.b) VALUES (1, p), (2, DEFAULT) ON DUPLICATE KEY UPDATE a = VALUES(a)",
      "insert",
    ],
    ["INSERT IGNORE INTO t SET a = p", "insert"],
    ["REPLACE t SELECT a FROM u", "insert"],
    ["UPDATE t JOIN u ON t.a = u.a SET t.b = p WHERE t.a = p ORDER BY b LIMIT 1", "update"],
    ["DELETE FROM t WHERE a = p LIMIT 1", "delete"],
    ["DELETE t, u.* FROM t JOIN u ON t.a = u.a WHERE t.b = p", "delete"],
    ["DELETE FROM t USING t JOIN u WHERE t.a = u.a", "delete"],
    ["WITH c AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT * FROM c)", "delete"],
    ["SET a = 1, @b := p, SESSION sql_mode = DEFAULT, @@global.x = ON, NEW.c = TRIM(NEW.c)", "set"],
    ["CALL s.p(a, @b)", "call"],
    ["FETCH NEXT FROM c INTO a, b", "fetch"],
    ["PREPARE s FROM @q", "prepare"],
    ["EXECUTE s USING @a, b", "execute"],
    ["EXECUTE IMMEDIATE CONCAT('SELECT ', p) USING 1", "execute-immediate"],
    ["DROP PREPARE s", "deallocate"],
    [
      "CREATE TEMPORARY TABLE IF NOT EXISTS t (a VARCHAR(5) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, b INT DEFAULT (1), KEY k (b, a(3))) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE utf8mb4_bin",
      "create-table",
    ],
    ["CREATE TEMPORARY TABLE t AS SELECT a, p AS b FROM u", "create-table"],
    ["CREATE TEMPORARY TABLE t LIKE u", "create-table"],
    ["SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = p", "evaluate"],
    ["GET DIAGNOSTICS @n = ROW_COUNT", "inert"],
    ["SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "inert"],
    ["RETURN a = b", "return"],
  ])("reads %s", (sql, type) => {
    expect(read(sql).type).toBe(type);
  });

  it("keeps a table's columns, indexes and collation", () => {
    expect(
      read(
        "CREATE TEMPORARY TABLE t (a VARCHAR(5) COLLATE utf8mb4_bin UNIQUE, b INT, KEY (`b`, a(3))) COLLATE utf8mb4_unicode_ci",
      ),
    ).toMatchObject({
      isTemporary: true,
      columns: [
        { name: "a", isKey: true, dataType: { collation: { name: "utf8mb4_bin" } } },
        { name: "b", isKey: false },
      ],
      indexed: ["b", "a"],
      collation: "utf8mb4_unicode_ci",
    });
  });

  it.each([
    "SELECT a FROM t PROCEDURE ANALYSE()",
    "SELECT a b c FROM t",
    "SELECT JSON_VALUE(a, '$' RETURNING CHAR)",
    "SELECT a INTO OUTFILE 'x' FROM t",
    "LOAD DATA INFILE 'x' INTO TABLE t",
    "SET NAMES latin1",
    "CREATE VIEW v AS SELECT 1",
    "SELECT a FROM t WHERE",
    "UPDATE t SET a = 1 RETURNING a",
    "HANDLER t OPEN",
  ])("refuses %s rather than reading it wrongly", (sql) => {
    expect(() => read(sql)).toThrow(/DDL_UNREADABLE|line 1, column/);
  });

  it("refuses nesting that would break the stack", () => {
    expect(() => read(`SELECT ${"(".repeat(5_000)}1${")".repeat(5_000)}`)).toThrow(/nest deeper/);
  });
});
