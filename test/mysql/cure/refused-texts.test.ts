import { beforeAll, describe, expect, it } from "vitest";
import { withServer } from "../support/server.ts";
import { EXECUTED, JOINED_DATABASE, JoinedTexts } from "./support/joined-text.ts";

/** A condition on the column `a`, with the parameter `x` in quotes. */
const AND_X = "' AND a = ''', x, ''''";
const ALL = "SELECT a, n FROM t WHERE 1";

/** What decides whether a text has the value, and may say something else a moment later. */
const RESTLESS = [
  "RAND() < 2",
  "f(n) = 1",
  "(SELECT COUNT(*) FROM t) > 1",
  "(@c := n) = 1",
  "NOT (x = 'k' OR NOW() > '2030-01-01')",
  "(n, RAND()) = (1, 2)",
  "CAST(UUID() AS CHAR) = x",
  "CASE n WHEN 1 THEN RAND() ELSE 0 END",
];

/** What puts quotes of its own between quotes. */
const QUOTING = [
  "UPPER(QUOTE(x))",
  "CONCAT_WS('''', x, y)",
  "IF(n = 1, '''', x)",
  "CASE n WHEN 1 THEN '\"' ELSE x END",
  "CAST('''' AS CHAR)",
  "CONVERT('\\\\' USING utf8mb4)",
  "'''' COLLATE utf8mb4_bin",
  "(x = '''')",
  "REPLACE(x, '''', '''''''')",
];

/** What doubles the quotes of a value in a statement of its own. */
const GUARDING = [
  "UPPER(REPLACE(x, '''', ''''''))",
  "QUOTE(x)",
  "CASE n WHEN 1 THEN QUOTE(x) ELSE x END",
  "IF(n = 1, x, QUOTE(x))",
  "REPLACE(x, '''', '''''') COLLATE utf8mb4_bin",
  "CAST(QUOTE(x) AS CHAR)",
  "CONVERT(QUOTE(x) USING utf8mb4)",
  "QUOTE(x) + 1",
];

/** What is no value outside of quotes. */
const NO_VALUES = ["x", "UPPER(x)", "CAST(x AS CHAR)", "@s", "COALESCE(x, y)"];

const LONG = Array.from(
  { length: 31 },
  (_, index) => `WHEN n = ${index} THEN SET @q = CONCAT(@q, ${AND_X});`,
).join(" ");

/** Texts, and why nothing is bound to them. */
const TEXTS: readonly (readonly [why: string, body: string, reason: RegExp])[] = [
  [
    "a handler that makes it",
    `DECLARE EXIT HANDLER FOR SQLEXCEPTION SET @q = ''; SET @q = CONCAT('${ALL}', ${AND_X});`,
    /a handler makes the text/,
  ],
  [
    "a block that may be left",
    `SET @q = '${ALL}'; own: BEGIN IF n = 1 THEN LEAVE own; END IF; SET @q = CONCAT(@q, ${AND_X}); END own;`,
    /LEAVE may end/,
  ],
  [
    "such a block in a branch",
    `SET @q = '${ALL}'; IF x = 'k' THEN own: BEGIN IF n = 1 THEN LEAVE own; END IF; SET @q = CONCAT(@q, ${AND_X}); END own; END IF;`,
    /LEAVE may end/,
  ],
  [
    "two variables in one statement",
    `SET @w = ' LIMIT 1', @q = CONCAT('${ALL}', ${AND_X}, @w);`,
    /several variables/,
  ],
  [
    "a part that a table gives",
    `SELECT MAX(l) INTO @w FROM t; SET @q = CONCAT('${ALL}', ${AND_X}, @w);`,
    /@w is given by a statement that cannot be followed/,
  ],
  [
    "a part that a cursor gives",
    `DECLARE w VARCHAR(99); DECLARE c CURSOR FOR SELECT l FROM t; OPEN c; FETCH c INTO w; CLOSE c; SET @q = CONCAT('${ALL}', ${AND_X}, w);`,
    /w is given by a statement that cannot be followed/,
  ],
  [
    "a part that is given within an expression",
    `DO (@w := ' LIMIT 1'); SET @q = CONCAT('${ALL}', ${AND_X}, @w);`,
    /@w is given by a statement that cannot be followed/,
  ],
  [
    "a part that a call gives",
    `SET @w = ''; CALL gives(@w); SET @q = CONCAT('${ALL}', ${AND_X}, @w);`,
    /@w may be changed by what is called/,
  ],
  [
    "a variable in a statement that nobody reads",
    `SET @w = ''; SHOW TABLES WHERE @w = 'none'; SET @q = CONCAT('${ALL}', ${AND_X}, @w);`,
    /@w is given by a statement that cannot be followed/,
  ],
  [
    "a local in a statement that nobody reads",
    `DECLARE w VARCHAR(99) DEFAULT ''; SHOW TABLES WHERE w = 'none'; SET @q = CONCAT('${ALL}', ${AND_X}, w);`,
    /w is given by a statement that cannot be followed/,
  ],
  [
    "a local without a beginning",
    `DECLARE w VARCHAR(99); SET @q = CONCAT('${ALL}', ${AND_X}, w);`,
    /w is not begun with a constant/,
  ],
  [
    "a local that begins with a number",
    `DECLARE w VARCHAR(99) DEFAULT 5; SET @q = CONCAT('${ALL}', ${AND_X}, ' LIMIT ', w);`,
    /w is not begun with a constant/,
  ],
  [
    "a local that begins with an expression",
    `DECLARE w VARCHAR(99) DEFAULT CONCAT(' ', ''); SET @q = CONCAT('${ALL}', ${AND_X}, w);`,
    /w is not begun with a constant/,
  ],
  [
    "a part that a loop makes, tested for being empty",
    `SET @w = ''; WHILE n > 0 DO SET @w = CONCAT(@w, ${AND_X}), n = n - 1; END WHILE; IF @w = '' THEN SET @w = ' LIMIT 1'; END IF; SET @q = CONCAT('${ALL}', ${AND_X}, @w);`,
    /a loop makes the text/,
  ],
  [
    "a text that an unusual test looks at",
    `SET @w = ''; IF n = 1 THEN SET @w = CONCAT(${AND_X}); END IF; IF LENGTH(@w) < 1 THEN SET @w = ' LIMIT 1'; END IF; SET @q = CONCAT('${ALL}', @w);`,
    /@w is also looked at/,
  ],
  [
    "a text that is compared with another one",
    `SET @w = ''; IF n = 1 THEN SET @w = CONCAT(${AND_X}); END IF; IF @w = ' AND a = ''k''' THEN SET @w = ' LIMIT 1'; END IF; SET @q = CONCAT('${ALL}', @w);`,
    /@w is also looked at/,
  ],
  [
    "a text whose length is compared with one",
    `SET @w = ''; IF n = 1 THEN SET @w = CONCAT(${AND_X}); END IF; IF LENGTH(@w) > 1 THEN SET @s = 2; END IF; SET @q = CONCAT('${ALL}', @w);`,
    /@w is also looked at/,
  ],
  [
    "a test for what comes behind nothing",
    `SET @w = ''; IF n = 1 THEN SET @w = CONCAT(${AND_X}); END IF; IF @w > '' THEN SET @s = 2; END IF; SET @q = CONCAT('${ALL}', @w);`,
    /@w is also looked at/,
  ],
  [
    "a variable of the caller's that is tested for being empty",
    `SET @w = @s; IF @w = '' THEN SET @w = ' LIMIT 1'; END IF; SET @q = CONCAT('${ALL}', ${AND_X}, @w);`,
    /joined in as SQL/,
  ],
  [
    "a number that is compared with the empty text, which 0 equals",
    `SET @w = n; IF @w = '' THEN SET @w = '1'; END IF; SET @q = CONCAT('${ALL} AND n <> ', @w);`,
    /@w is also looked at/,
  ],
  [
    "such a number by way of a choice and another variable",
    `SET @v = IF(x = 'k', n, n); SET @w = @v; IF @w = '' THEN SET @w = '1'; END IF; SET @q = CONCAT('${ALL} AND n <> ', @w);`,
    /@w is also looked at/,
  ],
  [
    "a choice of what a table gives",
    `SELECT MAX(l) INTO @w FROM t; SET @q = CONCAT('${ALL}', ${AND_X}, IF(n = 1, @w, ''));`,
    /@w is given by a statement that cannot be followed/,
  ],
  [
    "a text that only one branch makes",
    `IF n = 1 THEN SET @q = CONCAT('${ALL}', ${AND_X}); END IF;`,
    /comes from outside/,
  ],
  [
    "the same values in another order",
    `SET @v = CONCAT(${AND_X}), @s = 1; SET @w = CONCAT(' AND l = ''', y, ''''); SET @q = IF(n = 1, CONCAT('${ALL}', @v, @w), CONCAT('${ALL}', @w, @v));`,
    /in another order/,
  ],
  [
    "a placeholder that is there already",
    `SET @q = CONCAT('${ALL} AND n = ?', ${AND_X});`,
    /a part of the text is no value/,
  ],
  [
    "a number beside the data",
    `SET @q = CONCAT('${ALL} AND a = ''', 007, x, '''');`,
    /joined to a number/,
  ],
  [
    "more parts than a number can tell",
    `SET @q = '${ALL}'; CASE ${LONG} ELSE SET @s = 1; END CASE;`,
    /too many parts/,
  ],
  [
    "more choices than can be looked at",
    `SET @q = CONCAT('${ALL}', ${Array.from({ length: 7 }, () => `IF(n = 1, CONCAT(${AND_X}), '')`).join(", ")});`,
    /more than 64 ways/,
  ],
  [
    "a backslash in front of data",
    "SET @q = CONCAT('SELECT a, n FROM t WHERE a = ''\\\\', x, '''');",
    /backslash stands in front of data/,
  ],
];

describe("a text that is refused", () => {
  const server = withServer(["--sql-mode="]);
  let texts: JoinedTexts;

  beforeAll(async () => {
    const schema = await server.freshDatabase(JOINED_DATABASE);
    texts = new JoinedTexts(server.pool(schema), schema);
    await texts.prepare();
  });

  /** The server takes the procedure, and it stays as it is for one reason. */
  const refuses = async (body: string, reason: RegExp): Promise<void> => {
    const { reasons, isUnchanged } = await texts.bind(`${body} ${EXECUTED}`);
    expect(reasons).toEqual([expect.stringMatching(reason)]);
    expect(isUnchanged).toBe(true);
  };

  it.each(RESTLESS)("is chosen by %s", async (condition) => {
    await refuses(
      `SET @q = CONCAT('${ALL}', IF(${condition}, CONCAT(${AND_X}), ''));`,
      /asked twice/,
    );
  });

  it("is chosen by an operand that may be another one", async () => {
    await refuses(
      `SET @q = CONCAT('${ALL}', CASE FLOOR(RAND()) WHEN 0 THEN CONCAT(${AND_X}) ELSE '' END);`,
      /asked twice/,
    );
  });

  it.each(QUOTING)("has %s in quotes", async (joined) => {
    await refuses(
      `SET @q = CONCAT('${ALL} AND a = ''', ${joined}, x, '''');`,
      /puts quotes into the text/,
    );
  });

  it.each(GUARDING)("has a value that was %s", async (guard) => {
    await refuses(
      `SET x = ${guard}; SET @q = CONCAT('${ALL}', ${AND_X});`,
      /has its quotes doubled/,
    );
  });

  it.each(NO_VALUES)("has %s outside of quotes", async (joined) => {
    await refuses(
      `SET @q = CONCAT('${ALL}', ${AND_X}, ' AND n = ', ${joined});`,
      /joined in as SQL/,
    );
  });

  it.each(TEXTS)("has %s", async (_, body, reason) => {
    await refuses(body, reason);
  });
});
