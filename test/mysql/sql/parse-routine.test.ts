import { describe, expect, it } from "vitest";
import { MysqlError } from "../../../src/mysql/mysql-error.ts";
import { parseRoutine } from "../../../src/mysql/sql/parse-routine.ts";
import type { Routine } from "../../../src/mysql/sql/routine.ts";
import type { RoutineStatement } from "../../../src/mysql/sql/routine-statement.ts";
import { DEFAULT_SQL_MODE, parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";
import type { Span } from "../../../src/mysql/sql/token.ts";

function parse(source: string, mode = ""): Routine {
  return parseRoutine(source, parseSqlMode(mode));
}

function at(routine: Routine, span: Span | null): string | null {
  return span === null ? null : routine.source.slice(span.start, span.end);
}

/** The skeleton of a statement, for comparing. */
function shape(statement: RoutineStatement): unknown {
  switch (statement.type) {
    case "plain":
      return statement.verb;
    case "block":
      return {
        block: statement.statements.map(shape),
        declares: statement.declarations.map((declaration) =>
          declaration.type === "handler"
            ? { [declaration.conditions.join()]: shape(declaration.body) }
            : declaration.type,
        ),
      };
    case "loop":
      return { [statement.loop]: statement.statements.map(shape) };
    default:
      return {
        [statement.type]: statement.branches.map(({ statements }) => statements.map(shape)),
      };
  }
}

describe("parseRoutine", () => {
  it("cuts a procedure's header by offset", () => {
    const routine = parse(
      "CREATE DEFINER=`a``b`@`%` PROCEDURE `my db`.`p``1`(p VARCHAR(50), IN `out` DECIMAL(19,6) UNSIGNED, " +
        "OUT q CHAR(3) CHARACTER SET latin1 COLLATE latin1_bin, INOUT e ENUM('a','b)') CHARSET utf8mb3)\n" +
        "  SQL SECURITY INVOKER COMMENT 'it''s' READS SQL DATA SELECT 1",
    );
    expect(at(routine, routine.definer)).toBe("DEFINER=`a``b`@`%`");
    expect([routine.kind, routine.schema, routine.name]).toEqual(["procedure", "my db", "p`1"]);
    expect(
      routine.parameters.map(({ mode, name, type }) => [mode, name, at(routine, type)]),
    ).toEqual([
      ["IN", "p", "VARCHAR(50)"],
      ["IN", "out", "DECIMAL(19,6) UNSIGNED"],
      ["OUT", "q", "CHAR(3) CHARACTER SET latin1 COLLATE latin1_bin"],
      ["INOUT", "e", "ENUM('a','b)') CHARSET utf8mb3"],
    ]);
    const [p, decimal, q, e] = routine.parameters.map(({ type }) => type);
    expect([p?.name, p?.length, p?.isCharacter, p?.charset]).toEqual(["VARCHAR", "50", true, null]);
    expect([decimal?.name, decimal?.isUnsigned, decimal?.isCharacter]).toEqual([
      "DECIMAL",
      true,
      false,
    ]);
    expect([q?.charset?.name, q?.collation?.name]).toEqual(["latin1", "latin1_bin"]);
    expect(routine.source.slice(q?.charset?.clauseStart, q?.charset?.end)).toBe(
      "CHARACTER SET latin1",
    );
    expect(routine.source.slice(0, q?.attributesAt).endsWith("q CHAR(3)")).toBe(true);
    expect([e?.length, e?.charset?.name]).toEqual(["'a','b)'", "utf8mb3"]);
    expect(at(routine, routine.characteristics)).toContain("SQL SECURITY INVOKER COMMENT 'it''s'");
    expect(at(routine, routine.body)).toBe("SELECT 1");
  });

  it("reads a function's RETURNS", () => {
    const routine = parse(
      "CREATE FUNCTION f(a INT) RETURNS varchar(20) CHARSET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC RETURN a",
    );
    expect(at(routine, routine.returns)).toBe("varchar(20) CHARSET utf8mb4 COLLATE utf8mb4_bin");
  });

  it("reads triggers and events", () => {
    const trigger = parse(
      "CREATE DEFINER=root@localhost TRIGGER t BEFORE INSERT ON s.`t 1` FOR EACH ROW FOLLOWS u SET NEW.a = 1",
    );
    expect(trigger.trigger).toEqual({
      timing: "BEFORE",
      event: "INSERT",
      schema: "s",
      table: "t 1",
    });
    expect(shape(trigger.body)).toBe("SET");
    const event = parse(
      "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' ON COMPLETION PRESERVE DISABLE COMMENT 'x' DO BEGIN DELETE FROM t; END",
    );
    expect(shape(event.body)).toEqual({ block: ["DELETE"], declares: [] });
  });

  it("keeps the nesting of blocks, branches, loops and handlers", () => {
    const routine = parse(`CREATE PROCEDURE p()
      top: BEGIN
        DECLARE a, b VARCHAR(5) DEFAULT CASE WHEN 1 THEN 'x' END;
        DECLARE gone CONDITION FOR SQLSTATE '42S02';
        DECLARE c CURSOR FOR SELECT 1;
        DECLARE CONTINUE HANDLER FOR NOT FOUND, SQLSTATE VALUE '23000', 1062 SET a = 1;
        DECLARE EXIT HANDLER FOR gone BEGIN ROLLBACK; RESIGNAL; END;
        IF CASE a WHEN 1 THEN 2 ELSE 3 END = 2 THEN SELECT 1; ELSEIF (SELECT IF(1, 2, 3)) THEN SELECT 2; ELSE LEAVE top; END IF;
        CASE WHEN a = 1 THEN SELECT 3; ELSE BEGIN END; END CASE;
        CASE a WHEN CASE b WHEN 1 THEN 2 END THEN SELECT 4; END CASE;
        again: LOOP FETCH c INTO a; ITERATE again; END LOOP again;
        WHILE a < 1 DO SET a = a + 1; END WHILE;
        REPEAT SET a = t.end; UNTIL a = 1 END REPEAT;
        FOR i IN 1..10 DO SET a = i; END FOR;
      END top`);
    expect(shape(routine.body)).toEqual({
      declares: [
        "local",
        "condition",
        "cursor",
        { "NOT FOUND,SQLSTATE '23000',1062": "SET" },
        { GONE: { block: ["ROLLBACK", "RESIGNAL"], declares: [] } },
      ],
      block: [
        { if: [["SELECT"], ["SELECT"], ["LEAVE"]] },
        { case: [["SELECT"], [{ block: [], declares: [] }]] },
        { case: [["SELECT"]] },
        { LOOP: ["FETCH", "ITERATE"] },
        { WHILE: ["SET"] },
        { REPEAT: ["SET"] },
        { FOR: ["SET"] },
      ],
    });
  });

  it("reads quoted names that look like keywords", () => {
    const routine = parse(
      'CREATE PROCEDURE "end"("begin" CHAR(1)) BEGIN SELECT "if"; END',
      "ANSI_QUOTES",
    );
    expect([routine.name, routine.parameters[0]?.name]).toEqual(["end", "begin"]);
  });

  it.each([
    ["no CREATE", "ALTER PROCEDURE p COMMENT 'x'"],
    ["a view", "CREATE VIEW v AS SELECT 1"],
    ["an unknown type", "CREATE PROCEDURE p(a WIBBLE) SELECT 1"],
    ["a missing END", "CREATE PROCEDURE p() BEGIN SELECT 1;"],
    ["a missing semicolon", "CREATE PROCEDURE p() BEGIN SELECT 1 END"],
    ["a missing THEN", "CREATE PROCEDURE p() IF 1 SELECT 1; END IF"],
    ["an open parenthesis", "CREATE PROCEDURE p() SELECT (1"],
    ["a second statement", "CREATE PROCEDURE p() SELECT 1; SELECT 2"],
    ["an open string", "CREATE PROCEDURE p() SELECT 'a"],
    ["a version comment", "CREATE PROCEDURE p() SELECT 1 /*!80000 + 1 */"],
    ["a loadable function", "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'"],
    ["a label in front of IF", "CREATE PROCEDURE p() a: IF 1 THEN SELECT 1; END IF"],
    ["another label at the end", "CREATE PROCEDURE p() a: BEGIN END b"],
    ["no body", "CREATE PROCEDURE p()"],
  ])("refuses %s, and says where", (_, source) => {
    expect(() => parse(source)).toThrow(MysqlError);
    expect(() => parse(source)).toThrow(/line 1, column \d+/);
  });

  it("refuses Oracle mode", () => {
    expect(() => parse("CREATE PROCEDURE p() SELECT 1", "ORACLE")).toThrow(/ORACLE/);
    expect(parseRoutine("CREATE PROCEDURE p() SELECT 1;", DEFAULT_SQL_MODE).name).toBe("p");
  });
});
