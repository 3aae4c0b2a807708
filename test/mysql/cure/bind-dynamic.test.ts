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
): CureResult & { readonly made: string } {
  const program: StoredProgram = {
    ...{ kind: "procedure", schema: "s", name: "p", sqlMode, characterSetClient: "utf8mb4" },
    ...{ collationConnection: "utf8mb4_bin", databaseCollation: "utf8mb4_bin", definer: "a@b" },
    ...{ security: "DEFINER", comment: "", lastAltered: null },
    ddl: `CREATE PROCEDURE p(${parameters}) BEGIN ${made} ${rest} END`,
  };
  const catalog: Catalog = {
    server: {
      flavour: "mysql",
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
      "branches",
      `SET @q = 'SELECT 1'; IF x IS NULL THEN SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED}); END IF;`,
      /branches/,
    ],
    [
      "a choice",
      `SET @q = CONCAT('SELECT a FROM t WHERE a = ''', IF(1, x, 'y'), '''', IF(1, '', x));`,
      /chosen/,
    ],
    ["a text of the caller's", "SET @q = x;", /cannot be read/],
    ["a comment", `SET @q = CONCAT('SELECT a /* ', x, ' */ FROM t');`, /comment/],
    ["an open quote", "SET @q = CONCAT('SELECT a FROM t WHERE a = ''', x);", /not closed/],
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

  it("refuses a handle that is executed twice or has values bound already", () => {
    const made = `SET @q = CONCAT('SELECT a FROM t WHERE a = ${JOINED});`;
    const twice = bind("x VARCHAR(9)", made, "", "PREPARE h FROM @q; EXECUTE h; EXECUTE h;");
    expect(twice.refusals[0]?.reason).toMatch(/exactly once/);
    const bound = bind("x VARCHAR(9)", made, "", "PREPARE h FROM @q; EXECUTE h USING @a;");
    expect(bound.refusals[0]?.reason).toMatch(/bound to it already/);
  });
});
