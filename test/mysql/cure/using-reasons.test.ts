import { beforeAll, describe, expect, it } from "vitest";
import type { StoredProgram } from "../../../src/mysql/catalog/stored-program.ts";
import { cureByCollate } from "../../../src/mysql/cure/collate.ts";
import { cureByUsing } from "../../../src/mysql/cure/cure-by-using.ts";
import { type CuredProgram, cureCatalog } from "../../../src/mysql/cure/cure-catalog.ts";
import { unifiedDiff } from "../../../src/mysql/cure/unified-diff.ts";
import { withServer } from "../support/server.ts";
import { TRIED, Trial } from "../support/tried.ts";

type Flavour = "mariadb" | "mysql";
const COUNT = "SELECT COUNT(*) FROM t WHERE c = p";

describe("the strategy using", () => {
  const server = withServer(["--sql-mode="]);
  let trial: Trial;
  let schema = "";

  beforeAll(async () => {
    trial = await Trial.on(server);
    schema = trial.schema;
  });

  const PARAMETERS =
    "p VARCHAR(9), k INT, x DECIMAL(9,2), y DECIMAL, w ENUM('x'), r VARBINARY(9), day DATE";
  const ddlOf = (body: string): string =>
    `CREATE PROCEDURE tried(${PARAMETERS}) BEGIN ${body}; END`;

  const cured = (
    flavour: Flavour,
    ddl: string,
    changed: Partial<StoredProgram> = {},
    others: readonly StoredProgram[] = [],
  ): CuredProgram => {
    const { programs } = cureCatalog(trial.catalog(flavour, ddl, changed, others), [cureByUsing]);
    const own = programs.find(({ program }) => program.name === "tried");
    if (own === undefined) throw new Error("nothing was cured or refused");
    return own;
  };

  const refuses = (flavour: Flavour, ddl: string, reason: RegExp, ...rest: unknown[]): void => {
    const [changed, others] = rest as [Partial<StoredProgram>?, (readonly StoredProgram[])?];
    const own = cured(flavour, ddl, changed, others);
    expect(own.refusals[0]?.reason).toMatch(reason);
    expect(own.ddl).toBe(ddl);
  };

  /** Statements, and what is prepared of them: the rest of the text stays as it is. */
  const PREPARED: readonly (readonly [string, string])[] = [
    [`${COUNT} AND n > x`, "n > CAST(? AS DECIMAL(9,2))"],
    [`${COUNT} AND n > y AND d = day`, "n > CAST(? AS DECIMAL) AND d = CAST(? AS DATE)"],
    ["SELECT COUNT(*) FROM t WHERE c LIKE CONCAT(UPPER(p), '%') LIMIT k", "c LIKE ? LIMIT ?"],
    ["SELECT COUNT(*) FROM t WHERE c = CONVERT(p USING utf8mb4)", "c = ?"],
    ["SELECT COUNT(*) FROM t WHERE CASE c WHEN p THEN 1 ELSE 0 END", "CASE c WHEN ? THEN"],
    ["SELECT COUNT(*) FROM t WHERE (c, 1) IN ((SELECT c, 1 FROM u WHERE u.c = p))", "u.c = ?"],
    ["(SELECT n FROM t WHERE c = p) UNION (SELECT 1)", "c = ?"],
    ["SELECT COUNT(*) FROM (SELECT c FROM t WHERE c = p) z JOIN u ON u.c = z.c", "c = ?"],
    ["WITH v AS (SELECT c FROM t WHERE c = p) SELECT COUNT(*) FROM v", "c = ?"],
    ["SELECT COUNT(*) FROM t WHERE c = p AND (@z := n) IS NOT NULL", "c = ?"],
    ["SELECT COUNT(*) FROM t WHERE c COLLATE utf8mb4_unicode_ci = 'x' AND c = p", "c = ?"],
  ];

  it.each(PREPARED)("prepares %s", async (sql, prepared) => {
    const { ddl, refusals } = cured(server.flavour, ddlOf(sql));
    expect(refusals).toEqual([]);
    expect(ddl.replaceAll("''", "'")).toContain(prepared);
    const raised = await server.pool(schema).session(async (session) => {
      await trial.prepareSession(session);
      return trial.raised(session, ddl, "CALL tried('x', 1, 0.5, 0, 'x', 'x', '2030-01-01')");
    }, "close");
    expect(raised).toBe(0);
  });

  it("says where a program is cured in part only: a run gets further than before, and fails then", () => {
    const refused = "BEGIN DECLARE s INT; SELECT COUNT(*) INTO s FROM t WHERE c = p; END";
    const inPart = cured(server.flavour, ddlOf(`${COUNT}; ${refused}`));
    expect(inPart.ddl).not.toBe(inPart.program.ddl);
    expect(inPart.refusals).toHaveLength(1);
    expect(inPart.notes).toContainEqual(expect.stringContaining("cured in part"));
    const whole = cured(server.flavour, ddlOf(COUNT));
    expect(whole.notes).not.toContainEqual(expect.stringContaining("cured in part"));
  });

  const REFUSED: readonly (readonly [Flavour | "both", string, RegExp])[] = [
    ["both", `IF (SELECT c FROM t) = p THEN SELECT 1; END IF`, /only statements can be prepared/],
    ["both", "SET @n = (SELECT COUNT(*) FROM t WHERE c = p)", /such a statement cannot/],
    ["both", `BEGIN DECLARE s INT; SELECT COUNT(*) INTO s FROM t WHERE c = p; END`, /INTO a local/],
    ["both", "SELECT COUNT(*) FROM t WHERE c = w", /the type of w changes/],
    ["both", `${COUNT} AND b = r`, /the type of r changes/],
    ["both", `SELECT p, c FROM t WHERE c = p`, /p stands where binding it would change the result/],
    ["both", `SELECT k AS s FROM t WHERE c = p`, /k stands where binding it/],
    ["both", `SELECT COUNT(*) FROM t WHERE c = p GROUP BY p`, /p stands where binding it/],
    ["both", "SELECT COUNT(*) FROM t WHERE c = @nowhere", /may be a number or a binary string/],
    ["mariadb", `FOR z IN (SELECT 1) DO ${COUNT}; END FOR`, /the fields of a FOR record/],
    ["mysql", `${COUNT}; SELECT ROW_COUNT()`, /reads ROW_COUNT/],
    ["mysql", "UPDATE t SET b = 'y' WHERE c = p", /ROW_COUNT\(\) would be 0/],
    ["mysql", "DELETE FROM t WHERE c = p", /ROW_COUNT\(\) would be 0/],
  ];

  it.each(REFUSED)("refuses on %s, changing nothing: %s", (where, sql, reason) => {
    for (const flavour of ["mariadb", "mysql"] as const)
      if (where === "both" || where === flavour) refuses(flavour, ddlOf(sql), reason);
  });

  it("refuses what its character sets on the way to the server cannot carry", () => {
    const ddl = ddlOf(`${COUNT} OR c = '삼성'`);
    refuses("mysql", ddl, /client's character set latin1/, { characterSetClient: "latin1" });
    refuses("mariadb", ddlOf(COUNT), /connection's character set latin1/, {
      collationConnection: "latin1_swedish_ci",
    });
  });

  it("refuses where the servers do not prepare: in functions and triggers, and in what they call", () => {
    const kind = "function" as const;
    const ddl =
      "CREATE FUNCTION tried(p VARCHAR(9)) RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM t WHERE c = p)";
    refuses("mysql", ddl, /only statements can be prepared|a function may not prepare/, { kind });
    const inside = ddl.replace("RETURN (", "BEGIN DO (").concat("; RETURN 1; END");
    refuses("mysql", inside, /a function may not prepare statements/, { kind });

    const tried = ddlOf(COUNT);
    const call = "CALL tried('x', 1, 1, 1, 'x', 'x', NULL)";
    const caller = trial.program("procedure", "outer1", `CREATE PROCEDURE outer1() ${call}`);
    const again = trial.program(
      "procedure",
      "outer2",
      `CREATE PROCEDURE outer2() BEGIN CALL \`${schema}\`.outer1(); CALL outer2(); END`,
    );
    const event = trial.program(
      "event",
      "e",
      `CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO CALL outer1()`,
    );
    // Nobody but procedures and an event: these may prepare.
    expect(cured("mysql", tried, {}, [caller, again, event]).ddl).toContain("PREPARE");
    const trigger = trial.program(
      "trigger",
      "g",
      "CREATE TRIGGER g BEFORE INSERT ON u FOR EACH ROW CALL outer2()",
    );
    refuses("mysql", tried, /trigger .*\.g calls it/, {}, [caller, again, event, trigger]);
    const other = trial.program(
      "procedure",
      "outer3",
      "CREATE PROCEDURE outer3() CALL elsewhere()",
    );
    expect(cured("mysql", tried, {}, [other]).ddl).toContain("PREPARE");
  });

  it("touches nothing where a program beside it cannot be read", () => {
    const broken = trial.program("procedure", "broken", "CREATE PROCEDURE broken() SELECT 'a");
    expect(() => cured("mysql", ddlOf(COUNT), {}, [broken])).toThrow(/procedure .*broken: line 1/);
  });

  it("says that trailing spaces begin to count, or stop to, under collate", () => {
    const nopad = server.flavour === "mariadb" ? "utf8mb4_unicode_nopad_ci" : "utf8mb4_0900_ai_ci";
    const notesOf = (database: string, column: string): readonly string[] => {
      const ddl = `CREATE PROCEDURE tried(p VARCHAR(9)) BEGIN CREATE TEMPORARY TABLE m (s VARCHAR(9) CHARACTER SET utf8mb4 COLLATE ${column}); SELECT COUNT(*) FROM m WHERE s = p; END`;
      const catalog = trial.catalog(server.flavour, ddl, { databaseCollation: database });
      const { programs } = cureCatalog(catalog, [cureByCollate]);
      return programs.find(({ program }) => program.name === "tried")?.notes ?? [];
    };
    expect(notesOf(nopad, TRIED.tables)).toEqual([
      expect.stringMatching(/do not count .*any more/),
    ]);
    expect(notesOf(TRIED.tables, nopad)).toEqual([expect.stringMatching(/count .* from now on/)]);
    expect(notesOf(TRIED.databaseCollation, TRIED.tables)).toEqual([]);
  });
});

describe("unifiedDiff", () => {
  const lines = (...parts: string[]): string => parts.join("\n");

  it("shows a line that is put in or taken out, with three around it", () => {
    const before = lines("1", "2", "3", "4", "5", "6", "7", "8");
    const after = lines("1", "2", "3", "4", "new", "5", "6", "7", "8");
    expect(unifiedDiff("x", before, after)).toBe(
      lines("--- x", "+++ x", "@@ -2,6 +2,7 @@", " 2", " 3", " 4", "+new", " 5", " 6", " 7", ""),
    );
    expect(unifiedDiff("x", after, before)).toContain("@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-new\n 5");
  });

  it("keeps what both have between two changes, and hunks that are far apart apart", () => {
    expect(unifiedDiff("x", lines("a", "same", "b", "c"), lines("A", "same", "B"))).toBe(
      lines("--- x", "+++ x", "@@ -1,4 +1,3 @@", "-a", "+A", " same", "-b", "-c", "+B", ""),
    );
    const middle = Array.from({ length: 9 }, (_, index) => `${index}`);
    const text = unifiedDiff("x", lines("a", ...middle, "b"), lines("A", ...middle, "B"));
    expect(text.match(/^@@.*/gm)).toEqual(["@@ -1,4 +1,4 @@", "@@ -8,4 +8,4 @@"]);
  });

  it("says nothing of equal texts, and gives up finding what is common in very long ones", () => {
    expect(unifiedDiff("x", "a", "a")).toBe("");
    const long = (name: string): string[] =>
      Array.from({ length: 2_100 }, (_, index) => (index === 1_000 ? "same" : `${name}${index}`));
    const text = unifiedDiff("x", lines(...long("a")), lines(...long("b")));
    expect(text).toContain("@@ -1,2100 +1,2100 @@\n-a0");
    expect(text).toContain("-same\n");
    expect(text).toContain("+same\n");
  });
});
