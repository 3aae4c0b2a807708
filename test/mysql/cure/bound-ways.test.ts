import { beforeAll, describe, expect, it } from "vitest";
import { withServer } from "../support/server.ts";
import { EXECUTED, JOINED_DATABASE, JoinedTexts } from "./support/joined-text.ts";

/** A condition on the column `a`, with the parameter `x` in quotes. */
const AND_X = "' AND a = ''', x, ''''";
const ALL = "SELECT a, n FROM t WHERE 1";

/** What decides whether a text has the value: asked a second time, it gives the same. */
const CONDITIONS = [
  "n = 1",
  "x COLLATE utf8mb4_bin = 'k'",
  "CAST(n AS CHAR) = '1'",
  "CONVERT(x USING utf8mb4) = 'k'",
  "(n, x) = (1, 'k')",
  "CASE n WHEN 1 THEN 1 ELSE 0 END",
  "CASE WHEN n = 1 THEN x = 'k' ELSE 0 END",
  "UPPER(x) = 'K'",
  "@s = n",
];

/** What is joined within quotes, and what is bound for it. */
const QUOTED: readonly (readonly [joined: string, bound: string])[] = [
  ["n", "CONCAT(n)"],
  ["n + 1", "CONCAT(n + 1)"],
  ["CAST(x AS CHAR)", "x AS CHAR"],
  ["CAST(n AS CHAR(5))", "CAST(n AS CHAR(5))"],
  ["CAST(x AS UNSIGNED)", "CONCAT(CAST(x AS UNSIGNED))"],
  ["CONVERT(x USING utf8mb4)", "CONCAT(CONVERT(x USING utf8mb4))"],
  ["x COLLATE utf8mb4_bin", "CONCAT(x COLLATE utf8mb4_bin)"],
  ["COALESCE(x, 'z')", "CONCAT(COALESCE(x, 'z'))"],
  ["CASE n WHEN 1 THEN x ELSE y END", "CONCAT(CASE n WHEN 1 THEN x ELSE y END)"],
  ["IF(n = 1, x, y)", "CONCAT(IF(n = 1, x, y))"],
  ["REPLACE(x, 'z', 'k')", "CONCAT(REPLACE(x, 'z', 'k'))"],
  ["REPLACE(x, y, 'k')", "CONCAT(REPLACE(x, y, 'k'))"],
  ["REPLACE(x, 'm', y)", "CONCAT(REPLACE(x, 'm', y))"],
  [`REPLACE(x, '"', '""')`, "= x;"],
  ["REPLACE(REPLACE(x, '\\\\', '\\\\\\\\'), '''', '''''')", "= x;"],
  ["@s", "CONCAT(@s)"],
  ["f(n)", "CONCAT(f(n))"],
  ["(SELECT MAX(a) FROM t)", "CONCAT((SELECT MAX(a) FROM t))"],
];

/** What is joined outside of quotes, as a number or with its own quotes. */
const BARE: readonly (readonly [joined: string, bound: string])[] = [
  ["n", "= n;"],
  ["QUOTE(x)", "= x;"],
  ["CAST(x AS SIGNED)", "= CAST(x AS SIGNED);"],
  ["CAST(x AS UNSIGNED)", "= CAST(x AS UNSIGNED);"],
  ["CAST(n AS DECIMAL(9,2))", "= CAST(n AS DECIMAL(9,2));"],
];

/** Ways in which a text may come about, and a part of what becomes of it. */
const WAYS: readonly (readonly [why: string, body: string, made: string])[] = [
  [
    "a CASE with an operand",
    `SET @q = CONCAT('${ALL}', CASE n WHEN 1 THEN CONCAT(${AND_X}) WHEN 2 THEN ' AND n = 1' ELSE '' END);`,
    "SET @`v_2` = CASE n WHEN 1 THEN 1 WHEN 2 THEN 0 ELSE 0 END;",
  ],
  [
    "ELT, which may give NULL",
    `SET @q = CONCAT('${ALL}', ELT(n, CONCAT(${AND_X}), ' AND n = 1'));`,
    "SET @`v_2` = ELT(n, 1, 0);",
  ],
  [
    "a choice that is written within another",
    `SET @q = CONCAT('${ALL}', IF(n = 1, '', IF(n = 2, CONCAT(${AND_X}), CONCAT(' AND l = ''', y, ''''))));`,
    "IF(n = 1, 0, IF(n = 2, 1, 2))",
  ],
  [
    "two choices, of which one has no values",
    `SET @q = CONCAT('${ALL}', IF(n = 1, ' AND n > 1', ' AND n > 0'), IF(x = 'k', CONCAT(${AND_X}), ''));`,
    "SET @`v_2` = IF(x = 'k', 1, 0);",
  ],
  [
    "a branch that has nothing to do with it",
    `IF n = 1 THEN SET @other = x; END IF; SET @q = CONCAT('${ALL}', ${AND_X});`,
    "EXECUTE h USING @`v_1`;",
  ],
  [
    "a block of its own, and one with a label that nobody leaves",
    `BEGIN SET @q = '${ALL}'; END; own: BEGIN SET @q = CONCAT(@q, ${AND_X}); END own;`,
    "SET @q = CONCAT(@q, ' AND a = ?', '', '');",
  ],
  [
    "a CASE statement without ELSE, under a handler for the end of a cursor",
    `DECLARE CONTINUE HANDLER FOR NOT FOUND SET @s = 2; SET @q = '${ALL}'; CASE WHEN n = 1 THEN SET @q = CONCAT(@q, ${AND_X}); WHEN n < 9 THEN SET @q = CONCAT(@q, ' AND n = ', n); END CASE;`,
    "WHEN 1 THEN EXECUTE h USING @`v_1`;",
  ],
  [
    "a local that begins with a constant, and one that does not",
    `DECLARE w VARCHAR(99) DEFAULT ''; DECLARE z VARCHAR(99); SET z = ' ORDER BY n'; IF n = 1 THEN SET w = CONCAT(${AND_X}); END IF; SET @q = CONCAT('${ALL}', w, z);`,
    "SET @`v_2` = 0;",
  ],
  [
    "a variable that never brings a value",
    `SET @w = ' ORDER BY'; SET @w = CONCAT(@w, ' n'); SET @q = '${ALL}'; IF n = 1 THEN SET @q = CONCAT(@q, ${AND_X}); END IF; SET @q = CONCAT(@q, @w);`,
    "CASE @`v_2` WHEN 0 THEN EXECUTE h; WHEN 1 THEN EXECUTE h USING @`v_1`; END CASE;",
  ],
  [
    "a local that begins with a constant and never brings a value",
    `DECLARE w VARCHAR(99) DEFAULT ''; SET @q = '${ALL}'; IF n = 1 THEN SET @q = CONCAT(@q, ${AND_X}); END IF; SET @q = CONCAT(@q, w);`,
    "SET @`v_2` = 0;",
  ],
  [
    "SELECT … INTO, and an assignment beside another",
    `SELECT CONCAT('${ALL}', ${AND_X}) INTO @w; SET @other = 1, @q := CONCAT(@w, ' ORDER BY n');`,
    "INTO @w;",
  ],
  [
    "constants that are no texts",
    `SET @q = CONCAT('${ALL}', ${AND_X}, ' LIMIT ', 1 );`,
    "' LIMIT ', 1 );",
  ],
  [
    "a statement that nobody reads",
    `SHOW TABLES LIKE 'none'; SET @q = CONCAT('${ALL}', ${AND_X});`,
    "EXECUTE h USING @`v_1`;",
  ],
  [
    "a column of the same name as the variable",
    `DECLARE l VARCHAR(99) DEFAULT ''; SET l = CONCAT('${ALL}', ${AND_X}); SELECT t.l FROM t ORDER BY t.n; SET @q = l;`,
    "SET l = CONCAT(",
  ],
  [
    "a variable that is quoted, in capitals, and set with :=",
    `SET @\`Q\` := CONCAT('${ALL}', ${AND_X});`,
    "SET @`Q` := CONCAT(",
  ],
  [
    "a closed set",
    `SET @q = CONCAT('SELECT ', e, ' FROM t WHERE n = ', n, IF(x = 'k', CONCAT(${AND_X}), ''), ' ORDER BY ', e);`,
    "SET @q = CONCAT('SELECT ', e, ' FROM t WHERE n = ', '?', IF(",
  ],
  [
    "a call, which cannot change a local",
    `DECLARE z INT DEFAULT 2; DECLARE w VARCHAR(99) DEFAULT ''; SET w = CONCAT(${AND_X}); CALL gives(@o); IF n = z THEN CALL gives(@o); END IF; SET @q = CONCAT('${ALL}', w);`,
    "EXECUTE h USING @`v_1`;",
  ],
  [
    "a system variable that is set on the way",
    `SET @@session.sort_buffer_size = 262144; SET @q = CONCAT('${ALL}', ${AND_X});`,
    "EXECUTE h USING @`v_1`;",
  ],
  [
    "a local that takes a number and is tested for being the empty text",
    `DECLARE w VARCHAR(9) DEFAULT '1'; IF n <> 1 THEN SET w = n; END IF; IF w = '' THEN SET w = '1'; END IF; SET @q = CONCAT('${ALL}', ' AND n <> ', w);`,
    "SET @`v_1` = n; ",
  ],
  [
    "another text that a loop makes of constants",
    `SET @o = 'SELECT 1'; WHILE n > 5 DO SET @o = 'SELECT 2'; SET n = 0; END WHILE; PREPARE g FROM @o; EXECUTE g; SET @q = CONCAT('${ALL}', ${AND_X});`,
    "EXECUTE h USING @`v_1`;",
  ],
  [
    "a text that makes rows",
    "SET @q = CONCAT('SELECT a FROM (SELECT a FROM t WHERE l = ''', y, ''') z WHERE CASE a WHEN ''', x, ''' THEN 1 ELSE 0 END OR CASE WHEN a = ''z'' THEN 1 ELSE 0 END');",
    "CASE a WHEN ?",
  ],
];

/** Tests for the empty text which tell what a variable holds on each way. */
const EMPTINESS: readonly string[] = [
  "@w <> ''",
  "@w != ''",
  "LENGTH(@w) > 0",
  "CHAR_LENGTH(@w) <> 0",
  "OCTET_LENGTH(@w) != 0",
];

/** What a variable holds when it is tested for being empty. */
const TESTED: readonly (readonly [why: string, given: string])[] = [
  ["a choice with nothing in it", `SET @w = IF(n = 1, '', CONCAT(${AND_X}));`],
  ["a choice that is never empty", `SET @w = IF(n = 1, ' AND n = 1', CONCAT(${AND_X}));`],
  [
    "another variable",
    `SET @v = ''; IF n = 1 THEN SET @v = CONCAT(${AND_X}); END IF; SET @w = @v;`,
  ],
  [
    "nothing twice",
    `SET @w = CONCAT('', ''); IF n = 1 THEN SET @w = CONCAT(@w, ${AND_X}); END IF;`,
  ],
  ["spaces", `SET @w = ' '; IF n = 1 THEN SET @w = CONCAT(@w, ${AND_X}); END IF;`],
];

describe("a text that is bound gives what it gave", () => {
  const server = withServer(["--sql-mode="]);
  let texts: JoinedTexts;

  beforeAll(async () => {
    const schema = await server.freshDatabase(JOINED_DATABASE);
    texts = new JoinedTexts(server.pool(schema), schema);
    await texts.prepare();
  });

  /** Cures, compares, and gives the new text. */
  const bound = async (body: string, rest = EXECUTED): Promise<string> => {
    const { made, reasons, before, after } = await texts.bind(`${body} ${rest}`);
    expect(reasons).toEqual([]);
    expect(after).toEqual(before);
    // At least one call had rows, or nothing was compared.
    expect(before.some((outcome) => outcome.includes('"a":') || outcome.includes('"l":'))).toBe(
      true,
    );
    return made;
  };

  it.each(CONDITIONS)("where %s chooses, by asking it again", async (condition) => {
    const made = await bound(
      `SET @q = CONCAT('${ALL}', IF(${condition}, CONCAT(${AND_X}), ' AND n > 1'));`,
    );
    expect(made).toContain(`SET @\`v_2\` = IF(${condition}, 1, 0);`);
    expect(made).toContain("WHEN 0 THEN EXECUTE h; WHEN 1 THEN EXECUTE h USING @`v_1`;");
  });

  it.each(QUOTED)("with %s in quotes", async (joined, value) => {
    const made = await bound(`SET @q = CONCAT('${ALL} AND a <> ''', ${joined}, '''');`);
    expect(made.split("SET @q")[0]).toContain(value);
    expect(made).toContain("'SELECT a, n FROM t WHERE 1 AND a <> ?'");
  });

  it.each(BARE)("with %s outside of quotes", async (joined, value) => {
    const made = await bound(`SET @q = CONCAT('${ALL} AND n <> ', ${joined});`);
    expect(made.split("SET @q")[0]).toContain(value);
  });

  it.each(WAYS)("with %s", async (_, body, made) => {
    expect(await bound(body)).toContain(made);
  });

  it.each(EMPTINESS)("where %s is asked", async (test) => {
    const made = await bound(
      `SET @w = ''; IF n < 3 THEN SET @w = CONCAT(' l = ''', y, ''''); END IF; IF ${test} THEN SET @w = CONCAT(' AND', @w); END IF; SET @q = CONCAT('${ALL}', @w);`,
    );
    expect(made).toContain("WHEN 0 THEN EXECUTE h; WHEN 1 THEN EXECUTE h USING @`v_1`;");
  });

  it.each(TESTED)("where the text is %s", async (_, given) => {
    const made = await bound(`${given} SET @q = CONCAT('${ALL}', IF(@w = '', ' AND 1', @w));`);
    expect(made).toContain("EXECUTE h USING @`v_1`;");
  });

  it("is made and executed within a loop, or within a branch", async () => {
    const loop = await bound(
      "",
      `WHILE n > 0 DO SET @q = CONCAT('${ALL}', ${AND_X}); ${EXECUTED} SET n = n - 1; END WHILE;`,
    );
    expect(loop).toContain("WHILE n > 0 DO SET @`v_1` = x; SET @q = ");
    const branch = await bound(
      `SET @q = CONCAT('${ALL}', ${AND_X});`,
      `IF n = 3 THEN SELECT 1; ELSE ${EXECUTED} END IF;`,
    );
    expect(branch).toContain("PREPARE h FROM @q; EXECUTE h USING @`v_1`;");
  });

  it("is one of two that take the same variable one after another", async () => {
    const made = await bound(
      `SET @q = CONCAT('${ALL}', ${AND_X}); ${EXECUTED} SET @q = CONCAT('${ALL} AND l = ''', y, '''');`,
    );
    expect(made.match(/EXECUTE h USING/g)).toHaveLength(2);
  });
});
