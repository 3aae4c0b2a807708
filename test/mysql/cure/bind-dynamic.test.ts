import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/mysql/catalog/read-catalog.ts";
import { TableCatalog } from "../../../src/mysql/catalog/read-tables.ts";
import type { StoredProgram } from "../../../src/mysql/catalog/stored-program.ts";
import { bindDynamicSql } from "../../../src/mysql/cure/bind-dynamic.ts";
import type { CureResult } from "../../../src/mysql/cure/program-cure.ts";
import { scanCatalog } from "../../../src/mysql/diagnosis/scan-catalog.ts";

const COLUMN = { dataType: "VARCHAR", columnType: "varchar(9)", isIndexed: true };
const TABLES = new TableCatalog(
  [
    {
      schema: "s",
      name: "t",
      isView: false,
      columns: new Map([
        ["a", { ...COLUMN, name: "a", charset: "utf8mb4", collation: "utf8mb4_bin" }],
        ["l", { ...COLUMN, name: "l", charset: "latin1", collation: "latin1_swedish_ci" }],
      ]),
    },
  ],
  false,
);

/** Cures a procedure of these parameters whose text is made by `SET @q = …`. */
function bind(
  parameters: string,
  made: string,
  sqlMode = "",
  rest = "PREPARE h FROM @q; EXECUTE h; DEALLOCATE PREPARE h;",
  flavour: "mariadb" | "mysql" = "mysql",
  collationConnection = "utf8mb4_bin",
): CureResult & { readonly made: string } {
  const program: StoredProgram = {
    ...{ kind: "procedure", schema: "s", name: "p", sqlMode, characterSetClient: "utf8mb4" },
    ...{ collationConnection, databaseCollation: "utf8mb4_bin", definer: "a@b" },
    ...{ security: "DEFINER", comment: "", lastAltered: null },
    ddl: `CREATE PROCEDURE p(${parameters}) BEGIN ${made} ${rest} END`,
  };
  const catalog: Catalog = {
    server: {
      flavour,
      version: "9.7",
      collations: new Map(),
      databases: new Map([["s", "utf8mb4_bin"]]),
    },
    schemas: ["s"],
    programs: [program],
    tables: TABLES,
  };
  const { findings, unread } = scanCatalog(catalog);
  expect([findings.length, unread]).toEqual([1, []]);
  const result = bindDynamicSql({ program, catalog, findings });
  const name = /orderly_[0-9a-f]{10}/g;
  return { ...result, made: result.ddl.replace(name, "v").replace(/^.*?BEGIN | END$/g, "") };
}

describe("bindDynamicSql", () => {
  const tail = "DEALLOCATE PREPARE h;";

  it("makes a placeholder of a literal that data stands in, and keeps the data where it was joined", () => {
    const { made, refusals } = bind(
      "x VARCHAR(9)",
      "SET @q = CONCAT('SELECT a FROM t WHERE a = ''', x, ''' AND l = 1');",
    );
    expect(refusals).toEqual([]);
    expect(made).toBe(
      `SET @\`v_1\` = x; SET @q = CONCAT('SELECT a FROM t WHERE a = ?', '', ' AND l = 1'); PREPARE h FROM @q; EXECUTE h USING @\`v_1\`; ${tail}`,
    );
  });

  it("computes before binding what stood in the literal beside the data", () => {
    const { made } = bind(
      "x VARCHAR(9)",
      "SET @q = CONCAT('SELECT a FROM t WHERE a LIKE ''%it''''s ', x, '\\\\_%''');",
    );
    expect(made).toContain(
      "SET @`v_1` = CONCAT('%it''s ', x, '\\\\_%'); SET @q = CONCAT('SELECT a FROM t WHERE a LIKE ?', '', '');",
    );
  });

  it("reads and writes the text by the routine's own mode", () => {
    const { made } = bind(
      "x VARCHAR(9)",
      "SET @q = 'SELECT \"a\" FROM t WHERE a = ''\\' || x || '''';",
      "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES",
    );
    expect(made).toContain(
      "SET @`v_1` = CONCAT('\\', x); SET @q = 'SELECT \"a\" FROM t WHERE a = ?' || '' || '';",
    );
  });

  it("takes off QUOTE and doubled quotes, and binds integers as they are", () => {
    const { made } = bind(
      "x VARCHAR(9), n INT",
      "SET @q = CONCAT('SELECT a FROM t WHERE a = ', QUOTE(x), ' OR a = ''', REPLACE(x, '''', ''''''), ''' LIMIT ', n);",
    );
    expect(made).toContain("SET @`v_1` = x; SET @`v_2` = x; SET @`v_3` = n; ");
    expect(made).toContain(
      "CONCAT('SELECT a FROM t WHERE a = ', '?', ' OR a = ?', '', ' LIMIT ', '?')",
    );
    expect(made).toContain("EXECUTE h USING @`v_1`, @`v_2`, @`v_3`;");
  });

  it("follows a text that is put together by several statements", () => {
    const { made, refusals } = bind(
      "x VARCHAR(9)",
      "SET @q = 'SELECT a FROM t'; SET @q = CONCAT(@q, ' WHERE a = ''', x, '''');",
    );
    expect(refusals).toEqual([]);
    expect(made).toContain(
      "SET @q = 'SELECT a FROM t'; SET @`v_1` = x; SET @q = CONCAT(@q, ' WHERE a = ?', '', '');",
    );
  });

  const JOINED = "''', x, ''''";
  it.each([
    ["a name", "SET @q = CONCAT('SELECT a FROM `', x, '`');", /names cannot be bound/],
    ["bare SQL", "SET @q = CONCAT('SELECT a FROM t WHERE a = ', x);", /joined in as SQL/],
    ["a list", "SET @q = CONCAT('SELECT a FROM t WHERE a IN (', x, ')');", /joined in as SQL/],
    ["an item of the list", `SET @q = CONCAT('SELECT ${JOINED});`, /change the result/],
    [
      "a comparison in an item without alias",
      `SET @q = CONCAT('SELECT a = ${JOINED.slice(0, -4)}''' FROM t');`,
      /change the result/,
    ],
    [
      "a group",
      `SET @q = CONCAT('SELECT COUNT(*) FROM t GROUP BY ${JOINED});`,
      /change the result/,
    ],
    [
      "an order",
      "SET @q = CONCAT('SELECT a FROM t ORDER BY ', CAST(x AS SIGNED));",
      /change the result/,
    ],
    [
      "a column that cannot hold every value",
      `SET @q = CONCAT('SELECT a FROM t WHERE l = ${JOINED});`,
      /latin1.* does not hold/,
    ],
    [
      "a loop",
      `SET @q = 'SELECT a FROM t WHERE 1'; WHILE x IS NULL DO SET @q = CONCAT(@q, ' OR a = ${JOINED}); END WHILE;`,
      /a loop makes the text/,
    ],
    [
      "a choice of SQL",
      `SET @q = CONCAT('SELECT a FROM t WHERE a = ''', IF(1, x, 'y'), '''', IF(1, '', x));`,
      /joined in as SQL/,
    ],
    ["a text of the caller's", "SET @q = x;", /joined in as SQL/],
    [
      "a list that code makes of a text",
      "SET @q = CONCAT('SELECT a FROM t WHERE a IN (''', REPLACE(x, ',', ''','''), ''')');",
      /puts quotes into the text/,
    ],
    [
      "quotes that were doubled before",
      `SET x = REPLACE(x, '''', ''''''); SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED});`,
      /has its quotes doubled/,
    ],
    [
      "a text that a call may change",
      `SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED}); IF x = 'k' THEN CALL other(); END IF;`,
      /may be changed by what is called/,
    ],
    [
      "a text that is looked at",
      `SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED}); SELECT @q AS log;`,
      /@q is also looked at/,
    ],
    [
      "a text that is prepared again",
      `SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED}); SET @r = CONCAT(@q, ' LIMIT 1');`,
      /@q is also looked at/,
    ],
    [
      "a choice that could be another one a moment later",
      `SET @q = CONCAT('SELECT a FROM t WHERE 1', IF(RAND() < 0.5, CONCAT(' AND a = ${JOINED}), ''));`,
      /asked twice/,
    ],
    [
      "a value on one way that is none on another",
      `SET @q = 'SELECT a FROM t WHERE a = '; IF x IS NULL THEN SET @q = CONCAT(@q, '''z'); ELSE SET @q = CONCAT(@q, '''', x); END IF; SET @q = CONCAT(@q, '''');`,
      /several statements/,
    ],
    [
      "more ways than can be looked at",
      `SET @q = 'SELECT a FROM t WHERE 1'; ${`IF x = 'k' THEN SET @q = CONCAT(@q, ' AND a = ${JOINED}); END IF; `.repeat(7)}`,
      /more than 64 ways/,
    ],
    ["a comment", `SET @q = CONCAT('SELECT a /* ', x, ' */ FROM t');`, /comment/],
    ["an open quote", "SET @q = CONCAT('SELECT a FROM t WHERE a = ''', x);", /not closed/],
    [
      "a block",
      `SET @q = CONCAT('BEGIN NOT ATOMIC SELECT a FROM t WHERE a = ''', x, '''; END');`,
      /no single statement/,
    ],
    [
      "several statements",
      "SET @q = CONCAT('SELECT a FROM t WHERE a = ''', x, '''; SELECT 1');",
      /cannot be read/,
    ],
  ])("refuses %s, changes nothing, and says why", (_, made, reason) => {
    const result = bind("x VARCHAR(9)", made);
    expect(result.refusals.map((own) => own.reason)).toEqual([expect.stringMatching(reason)]);
    expect(result.made).toContain(made);
    expect(result.notes).toEqual([]);
  });

  it("chooses the EXECUTE by what the branches joined", () => {
    const { made, refusals } = bind(
      "x VARCHAR(9), n INT",
      `SET @q = 'SELECT a FROM t WHERE 1'; IF x IS NOT NULL THEN SET @q = CONCAT(@q, ' AND a = ${JOINED}); END IF; SET @q = CONCAT(@q, ' LIMIT ', n);`,
    );
    expect(refusals).toEqual([]);
    expect(made).toBe(
      "SET @`v_3` = 0; SET @q = 'SELECT a FROM t WHERE 1'; IF x IS NOT NULL THEN SET @`v_1` = x; SET @`v_3` = @`v_3` + 1; " +
        "SET @q = CONCAT(@q, ' AND a = ?', '', ''); END IF; SET @`v_2` = n; SET @q = CONCAT(@q, ' LIMIT ', '?'); PREPARE h FROM @q; " +
        "CASE @`v_3` WHEN 0 THEN EXECUTE h USING @`v_2`; WHEN 1 THEN EXECUTE h USING @`v_1`, @`v_2`; END CASE; DEALLOCATE PREPARE h;",
    );
  });

  it("needs no choice where every way has the same values", () => {
    const { made, refusals } = bind(
      "x VARCHAR(9), n INT",
      `SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED}); IF n = 1 THEN SET @q = CONCAT(@q, ' ORDER BY a'); ELSE SET @q = CONCAT(@q, ' LIMIT 1'); END IF;`,
    );
    expect(refusals).toEqual([]);
    expect(made).not.toContain("CASE");
    expect(made).toContain("EXECUTE h USING @`v_1`;");
  });

  it("lets a closed set choose names and directions, and binds the values beside them", () => {
    const { made, refusals } = bind(
      "x VARCHAR(9), n INT, e ENUM('a', 'l')",
      `SET @q = CONCAT('SELECT a FROM t WHERE a = ''', x, ''' ORDER BY ', e, IF(n = 1, ' DESC', ' ASC'));`,
    );
    expect(refusals).toEqual([]);
    expect(made).toContain("' ORDER BY ', e, IF(n = 1, ' DESC', ' ASC'));");
    expect(made).toContain("EXECUTE h USING @`v_1`;");
  });

  it("follows conditions that an expression chooses, by asking the same", () => {
    const { made, refusals } = bind(
      "x VARCHAR(9)",
      `SET @q = CONCAT('SELECT a FROM t WHERE 1', IF(x IS NULL, '', CONCAT(' AND a = ${JOINED})));`,
    );
    expect(refusals).toEqual([]);
    expect(made).toContain("SET @`v_1` = x; SET @`v_2` = IF(x IS NULL, 0, 1); SET @q = ");
    expect(made).toContain(
      "CASE @`v_2` WHEN 0 THEN EXECUTE h; WHEN 1 THEN EXECUTE h USING @`v_1`; END CASE;",
    );
  });

  it("follows a text through other variables and locals, with their tests for the empty text", () => {
    const { made, refusals } = bind(
      "x VARCHAR(9), n INT",
      "SET @w = ''; IF x IS NOT NULL THEN SET @w = CONCAT(' WHERE a = ''', x, ''''); END IF; " +
        "IF n > 0 THEN SET @w = CONCAT(@w, IF(@w = '', ' WHERE ', ' AND '), 'a > ', n); END IF; SET @q = CONCAT('SELECT a FROM t', @w);",
    );
    expect(refusals).toEqual([]);
    expect(made).toContain("WHEN 3 THEN EXECUTE h USING @`v_1`, @`v_2`;");
    expect(made).toContain("WHEN 2 THEN EXECUTE h USING @`v_2`;");
  });

  it("refuses branches where a CONTINUE handler may skip one", () => {
    const { refusals } = bind(
      "x VARCHAR(9)",
      `DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @failed = 1; SET @q = 'SELECT a FROM t WHERE 1'; IF x IS NOT NULL THEN SET @q = CONCAT(@q, ' AND a = ${JOINED}); END IF;`,
    );
    expect(refusals[0]?.reason).toMatch(/CONTINUE handler/);
  });

  it("binds to EXECUTE IMMEDIATE what stands in it, or was kept", () => {
    const at = bind(
      "x VARCHAR(9)",
      "",
      "",
      `EXECUTE IMMEDIATE CONCAT('SELECT a FROM t WHERE a = ${JOINED});`,
      "mariadb",
    );
    expect(at.made.trim()).toBe(
      "EXECUTE IMMEDIATE CONCAT('SELECT a FROM t WHERE a = ?', '', '') USING x;",
    );
    const made = `SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED});`;
    const before = bind("x VARCHAR(9)", made, "", "EXECUTE IMMEDIATE @q;", "mariadb");
    expect(before.made).toContain("EXECUTE IMMEDIATE @q USING @`v_1`;");
    const using = "EXECUTE IMMEDIATE @q USING x;";
    const bound = bind("x VARCHAR(9)", made, "", using, "mariadb");
    expect(bound.refusals[0]?.reason).toMatch(/bound to it already/);
  });

  it("says on MariaDB which characters prepared SQL does not carry", () => {
    const made = `SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED});`;
    const notesOf = (flavour: "mariadb" | "mysql", collation: string): readonly string[] =>
      bind("x VARCHAR(9)", made, "", undefined, flavour, collation).notes;
    const latin = "latin1_swedish_ci";
    expect(notesOf("mariadb", latin)[0]).toMatch(/connection's character set latin1 become \?/);
    expect(notesOf("mysql", latin)).toHaveLength(1);
    expect(notesOf("mariadb", "utf8mb4_bin")).toHaveLength(1);
  });

  it("refuses a handle that is executed twice or has values bound already", () => {
    const made = `SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED});`;
    const twice = bind("x VARCHAR(9)", made, "", "PREPARE h FROM @q; EXECUTE h; EXECUTE h;");
    expect(twice.refusals[0]?.reason).toMatch(/exactly once/);
    const bound = bind("x VARCHAR(9)", made, "", "PREPARE h FROM @q; EXECUTE h USING @a;");
    expect(bound.refusals[0]?.reason).toMatch(/bound to it already/);
  });
});
