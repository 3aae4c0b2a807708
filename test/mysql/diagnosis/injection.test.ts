import { beforeAll, describe, expect, it } from "vitest";
import type { Row } from "../../../src/mysql/connection.ts";
import { withServer } from "../support/server.ts";
import { Trial } from "../support/tried.ts";

const PARSE_ERROR = 1064;

/** What somebody who wants more rows passes. None of them is the text of a row. */
const PAYLOADS = [
  "' OR 1=1 -- ",
  "\\' OR 1=1 -- ",
  '" OR 1=1 -- ',
  '\\" OR 1=1 -- ',
  "` = 'x' OR 1=1 -- ",
  "0 OR 1=1",
];

const COUNT = "SELECT COUNT(*) AS n FROM t WHERE b = ";

/**
 * Texts that are prepared, and whether a caller of p can change what they do. `yes` is shown by a payload that finds rows or
 * breaks the statement, `no` by all that do not; `unknown` depends on what the text does not show.
 */
const TEXTS: readonly (readonly [
  why: string,
  mode: string,
  text: string,
  injectable: "yes" | "no" | "unknown" | "none",
])[] = [
  ["data between quotes", "", `CONCAT('${COUNT}''', p, '''')`, "yes"],
  ["data without quotes", "", `CONCAT('${COUNT}', p)`, "yes"],
  ["data under COLLATE", "", `CONCAT('${COUNT}''', p, '''') COLLATE utf8mb4_bin`, "yes"],
  ["data in CONVERT", "", `CONVERT(CONCAT('${COUNT}''', p, '''') USING utf8mb4)`, "yes"],
  ["data in CAST", "", `CAST(CONCAT('${COUNT}''', p, '''') AS CHAR(200))`, "yes"],
  ["data that CAST makes a number", "", `CONCAT('${COUNT}', CAST(p AS SIGNED), ' + 5')`, "no"],
  ["data in TRIM", "", `TRIM(CONCAT('${COUNT}''', p, ''''))`, "yes"],
  ["data in RTRIM and LTRIM", "", `RTRIM(CONCAT('${COUNT}''', LTRIM(p), ''''))`, "yes"],
  ["data in a TRIM of something", "", `CONCAT('${COUNT}''', TRIM('x' FROM p), '''')`, "yes"],
  ["a number", "", `CONCAT('${COUNT}', k)`, "no"],
  ["a date", "", `CONCAT('${COUNT}''', CURRENT_DATE, '''')`, "no"],
  ["data that QUOTE guards", "", `CONCAT('${COUNT}', QUOTE(p))`, "no"],
  ["QUOTE without its backslashes", "NO_BACKSLASH_ESCAPES", `CONCAT('${COUNT}', QUOTE(p))`, "yes"],
  ["QUOTE of a number", "NO_BACKSLASH_ESCAPES", `CONCAT('${COUNT}', QUOTE(k))`, "no"],
  ["doubled quotes", "", `CONCAT('${COUNT}''', REPLACE(p, '''', ''''''), '''')`, "yes"],
  [
    "doubled quotes where a backslash is a character",
    "NO_BACKSLASH_ESCAPES",
    `CONCAT('${COUNT}''', REPLACE(p, '''', ''''''), '''')`,
    "no",
  ],
  [
    "doubled quotes of the other kind",
    "NO_BACKSLASH_ESCAPES",
    `CONCAT('${COUNT}"', REPLACE(p, '''', ''''''), '"')`,
    "yes",
  ],
  ["doubled quotes of a number", "", `CONCAT('${COUNT}', REPLACE(k, '''', ''''''))`, "no"],
  ["another REPLACE", "", `CONCAT('${COUNT}''', REPLACE(p, '''', ''''), '''')`, "yes"],
  ["a REPLACE by data", "", `CONCAT('${COUNT}''', REPLACE(p, p, p), '''')`, "yes"],
  [
    "doubled backticks in a name",
    "",
    "CONCAT('SELECT COUNT(*) AS n FROM t WHERE `', REPLACE(p, '`', '``'), '` = 1')",
    "no",
  ],
  [
    "doubled double quotes in a name",
    "ANSI_QUOTES",
    `CONCAT('SELECT COUNT(*) AS n FROM t WHERE "', REPLACE(p, '"', '""'), '" = 1')`,
    "no",
  ],
  [
    "doubled double quotes in a string",
    "",
    `CONCAT('${COUNT}"', REPLACE(p, '"', '""'), '"')`,
    "yes",
  ],
  [
    "a choice of constants",
    "",
    `CONCAT('${COUNT}', CASE k WHEN 1 THEN '''a''' ELSE '1' END)`,
    "none",
  ],
  ["a choice of data", "", `CONCAT('${COUNT}', CASE k WHEN 1 THEN p ELSE '1' END)`, "yes"],
  ["IF of data", "", `CONCAT('${COUNT}', IF(k = 1, p, '1'))`, "yes"],
  ["a constant or data", "", `CONCAT('${COUNT}''', COALESCE(p, NULL), '''')`, "yes"],
  ["constants that a function changes", "", `CONCAT('${COUNT}''', UPPER('abc'), '''')`, "no"],
  ["a variable of the session", "", `CONCAT('${COUNT}''', @elsewhere, '''')`, "yes"],
  ["a setting of the session", "", `CONCAT('${COUNT}''', @@character_set_client, '''')`, "unknown"],
  ["the user's name", "", `CONCAT('${COUNT}''', USER(), '''')`, "unknown"],
  ["a stored function's result", "", `CONCAT('${COUNT}''', f(p), '''')`, "unknown"],
];

describe("what a scan says of SQL that is joined from data", () => {
  const server = withServer(["--sql-mode="]);
  let schema = "";
  let trial: Trial;

  beforeAll(async () => {
    trial = await Trial.on(server);
    schema = trial.schema;
  });

  const ddlOf = (text: string): string =>
    `CREATE PROCEDURE tried(p VARCHAR(60), k INT) BEGIN SET @q = ${text}; PREPARE h FROM @q; EXECUTE h; END`;

  /** Whether any payload finds a row, or breaks the statement. */
  async function leaks(mode: string, text: string): Promise<boolean> {
    const session = (payload: string): Promise<boolean> =>
      server.pool(schema).session(async (own) => {
        await own.query(`SET SESSION sql_mode = '${mode}'`);
        await own.query("DROP PROCEDURE IF EXISTS tried");
        await own.query(ddlOf(text));
        await own.query(
          "SET SESSION sql_mode = '', @elsewhere = ?".replace("?", "''' OR 1=1 -- '"),
        );
        try {
          const { sets } = await own.execute("CALL tried(?, 1)", [payload]);
          return Number((sets[0]?.[0] as Row | undefined)?.["n"]) > 0;
        } catch (error) {
          if ((error as Error & { errno?: number }).errno === PARSE_ERROR) return true;
          // 1054: a column of that name does not exist, so that it stayed a name.
          expect(error).toMatchObject({ errno: 1054 });
          return false;
        }
      }, "close");
    for (const payload of PAYLOADS) if (await session(payload)) return true;
    return false;
  }

  it.each(TEXTS)("%s under %j", async (_, mode, text, injectable) => {
    for (const flavour of ["mariadb", "mysql"] as const) {
      const findings = trial.told(flavour, ddlOf(text), { sqlMode: mode });
      const dynamic = findings.filter(({ class: kind }) => kind === "dynamic-sql");
      expect(dynamic.map((found) => found.injectable)).toEqual(
        injectable === "none" ? [] : [injectable],
      );
    }
    if (injectable !== "unknown") expect(await leaks(mode, text)).toBe(injectable === "yes");
  });

  it("trusts no QUOTE() where a client's character set may swallow the backslash", () => {
    const [found] = trial.told("mysql", ddlOf(`CONCAT('${COUNT}', QUOTE(p))`), {
      characterSetClient: "gbk",
    });
    expect(found).toMatchObject({ injectable: "unknown", message: /may be injected.*gbk/ });
  });

  it("tells a text that is prepared in a loop once", () => {
    const ddl =
      "CREATE PROCEDURE tried(p VARCHAR(60)) BEGIN CREATE TEMPORARY TABLE own (a INT); SET @q = CONCAT('SELECT ', p); PREPARE h FROM @q; END";
    expect(trial.told("mysql", ddl)).toHaveLength(1);
  });
});
