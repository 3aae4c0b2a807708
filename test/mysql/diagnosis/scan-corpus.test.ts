import { beforeAll, describe, expect, it } from "vitest";
import { type Catalog, readCatalog } from "../../../src/mysql/catalog/read-catalog.ts";
import type { StoredProgram } from "../../../src/mysql/catalog/stored-program.ts";
import type { MysqlConnection } from "../../../src/mysql/connection.ts";
import type { Finding } from "../../../src/mysql/diagnosis/finding.ts";
import { scanCatalog } from "../../../src/mysql/diagnosis/scan-catalog.ts";
import { applyEdits } from "../../../src/mysql/sql/edits.ts";
import { quoteIdentifier, quoteQualified } from "../../../src/mysql/sql/identifier.ts";
import { parseRoutine } from "../../../src/mysql/sql/parse-routine.ts";
import type { Routine } from "../../../src/mysql/sql/routine.ts";
import type { PlainStatement, RoutineStatement } from "../../../src/mysql/sql/routine-statement.ts";
import { parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";
import { CORPUS_SCHEMAS, loadCorpus } from "../corpus/load-corpus.ts";
import { PLANTED_FAULTS } from "../corpus/planted-faults.ts";
import { withServer } from "../support/server.ts";

const MIXES = new Set([1267, 1270, 1271]);

describe("procedures scan, on the corpus", () => {
  const server = withServer();
  let catalog: Catalog;
  let findings: readonly Finding[];

  beforeAll(async () => {
    await loadCorpus(server.root, server.flavour);
    catalog = await readCatalog(server.root, CORPUS_SCHEMAS);
    const scan = scanCatalog(catalog);
    expect(scan.unread).toEqual([]);
    findings = scan.findings;
  }, 60_000);

  it("has more than sixty routines, faulty and harmless ones", () => {
    expect(catalog.programs.length).toBeGreaterThan(100);
    const faulty = new Set(findings.map(({ name }) => name));
    expect(catalog.programs.filter(({ name }) => !faulty.has(name)).length).toBeGreaterThan(30);
  });

  it("finds all the planted faults, each in its class, and only these", () => {
    const found = findings.map(({ name, class: kind, errno, injectable, code }) => ({
      program: name,
      told: [kind, errno, injectable].filter((part) => part !== null).join(" "),
      code,
    }));
    const planted = PLANTED_FAULTS.flatMap(({ program, code, [server.flavour]: told }) =>
      told === null ? [] : [{ program, told, code }],
    );
    const inOrder = (list: readonly { program: string; told: string }[]): string[] =>
      list.map(({ program, told }) => `${program}: ${told}`).sort();
    expect(inOrder(found)).toEqual(inOrder(planted));
    for (const { program, code } of planted) {
      const own = found.filter((finding) => finding.program === program);
      expect(own.some((finding) => finding.code.startsWith(code))).toBe(true);
    }
  });

  it("points at the text that it quotes, with line and origins", () => {
    const finding = findings.find(({ name }) => name === "nested_blocks");
    const ddl = catalog.programs.find(({ name }) => name === "nested_blocks")?.ddl ?? "";
    expect(ddl.slice(finding?.span.start, finding?.span.end)).toBe("symbol = v");
    expect(ddl.split("\n")[(finding?.line ?? 0) - 1]).toContain("symbol = v");
    const [column, local] = finding?.operands ?? [];
    expect(column?.origins[0]).toMatchObject({ type: "column", name: "corpus_shop.orders.symbol" });
    expect(local?.origins[0]).toMatchObject({ type: "local", name: "v" });
    const { declaration } = local?.origins[0] ?? {};
    expect(ddl.slice(declaration?.start, declaration?.end)).toBe("VARCHAR(20)");
  });

  it("says error where the server raises one, and nowhere else", async () => {
    const told = new Map<string, number>();
    for (const { name, errno, class: kind } of findings) {
      if (kind === "error" && errno !== null) told.set(name, errno);
    }
    const wrong: string[] = [];
    for (const program of catalog.programs) {
      const raised = await server.root.session((session) => mixRaisedBy(session, program), "close");
      const expected = told.get(program.name) ?? null;
      if (raised !== expected) wrong.push(`${program.name}: told ${expected}, raised ${raised}`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it("says index-lost where EXPLAIN shows that the index is not used", async () => {
    const lost = findings.filter((finding) => finding.class === "index-lost");
    expect(lost.length).toBeGreaterThan(5);
    for (const finding of lost) {
      const program = catalog.programs.find(({ name }) => name === finding.name);
      expect(await accessOf(program, finding), finding.name).toMatch(/^(ALL|index)$/);
    }
    // The same search by a parameter of the column's own character set.
    const declared = catalog.programs.find(({ name }) => name === "latin1_declared");
    expect(await accessOf(declared, null)).toBe("ref");
  });

  /** How the table of a finding is read. */
  async function accessOf(
    program: StoredProgram | undefined,
    finding: Finding | null,
  ): Promise<string> {
    if (program === undefined) throw new Error("no such program");
    const routine = parseRoutine(program.ddl, parseSqlMode(program.sqlMode));
    const at = finding?.span.start ?? routine.body.start;
    const statement = plainStatements(routine.body).find(
      ({ start, end }) => start <= at && at <= end,
    );
    if (statement === undefined) throw new Error("the finding is in no statement");
    const name = quoteQualified(program.schema, `explain ${program.name}`.slice(0, 64));
    const explained = applyEdits(program.ddl, [
      { ...routine.nameSpan, text: name },
      {
        start: statement.start,
        end: statement.start,
        text: server.flavour === "mysql" ? "EXPLAIN FORMAT=TRADITIONAL " : "EXPLAIN ",
      },
    ]);
    const rows = await server.root.session(async (session) => {
      await session.query(`USE ${quoteIdentifier(program.schema)}`);
      await session.query(explained);
      const { sets } = await session.query(`CALL ${name}(${argumentsOf(routine)})`);
      await session.query(`DROP PROCEDURE ${name}`);
      return sets.flat() as readonly { readonly table?: string; readonly type?: string }[];
    }, "close");
    return rows.find(({ table }) => table === "orders" || table === "o")?.type ?? "";
  }
});

/** Runs a program with harmless values. Returns the number of the illegal mix that it raises, or null. */
async function mixRaisedBy(
  session: MysqlConnection,
  program: StoredProgram,
): Promise<number | null> {
  const routine = parseRoutine(program.ddl, parseSqlMode(program.sqlMode));
  const name = quoteQualified(program.schema, program.name);
  await session.query(`USE ${quoteIdentifier(program.schema)}`);
  await session.query("START TRANSACTION");
  try {
    switch (program.kind) {
      case "procedure":
        await session.query(`CALL ${name}(${argumentsOf(routine)})`);
        break;
      case "function":
        await session.query(`SELECT ${name}(${argumentsOf(routine)})`);
        break;
      case "trigger":
        await session.query(
          routine.trigger?.event === "UPDATE"
            ? "UPDATE trades SET note = 'x' WHERE id = 7"
            : "INSERT INTO audit (what) VALUES ('x')",
        );
        break;
      case "event": {
        const body = program.ddl.slice(routine.body.start, routine.body.end);
        await session.query(`CREATE PROCEDURE corpus_event() ${body}`);
        await session.query("CALL corpus_event()");
      }
    }
    return null;
  } catch (error) {
    const { errno } = error as Error & { errno?: number };
    return errno !== undefined && MIXES.has(errno) ? errno : null;
  } finally {
    await session.query("ROLLBACK");
    if (program.kind === "event") await session.query("DROP PROCEDURE IF EXISTS corpus_event");
  }
}

function argumentsOf({ parameters }: Routine): string {
  return parameters
    .map(({ mode, type }, index) => {
      if (mode !== "IN") return `@corpus_out${index}`;
      if (type.name === "JSON") return `'[{"s": "S7"}]'`;
      if (type.name === "DATE" || type.name === "DATETIME") return "'2030-01-01'";
      return type.isCharacter || type.name === "TYPE OF"
        ? type.length === "1"
          ? "'!'"
          : "'S7'"
        : "7";
    })
    .join(", ");
}

function plainStatements(statement: RoutineStatement): PlainStatement[] {
  switch (statement.type) {
    case "plain":
      return [statement];
    case "block":
    case "loop":
      return statement.statements.flatMap(plainStatements);
    default:
      return statement.branches.flatMap(({ statements }) => statements.flatMap(plainStatements));
  }
}
