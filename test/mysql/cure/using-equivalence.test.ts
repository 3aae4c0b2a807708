import { beforeAll, describe, expect, it } from "vitest";
import { type Catalog, readCatalog } from "../../../src/mysql/catalog/read-catalog.ts";
import type { StoredProgram } from "../../../src/mysql/catalog/stored-program.ts";
import { type CuredCatalog, cureCatalog } from "../../../src/mysql/cure/cure-catalog.ts";
import { CURES } from "../../../src/mysql/cure/strategy.ts";
import { scanCatalog } from "../../../src/mysql/diagnosis/scan-catalog.ts";
import type { RoutineParameter } from "../../../src/mysql/sql/routine.ts";
import { CORPUS_SCHEMAS, loadCorpus } from "../corpus/load-corpus.ts";
import { withServer } from "../support/server.ts";
import { installProgram } from "./install-program.ts";
import { isMeant, memberOf, type Outcome, runProgram } from "./support/run-program.ts";

/** The collation of the corpus's tables. */
const ONE = "utf8mb4_unicode_ci";
const MIXES = new Set([1267, 1270, 1271]);
const TABLES = ["corpus_shop.orders", "corpus_shop.audit", "corpus_ledger.entries"];

const TEXTS = [
  ...[
    "",
    "S7",
    "s7",
    "S7 ",
    "it's",
    '"x"',
    "\\",
    "\\'",
    "' OR 1=1 -- ",
    "삼성전자",
    "😀",
    "?",
    "A7",
    "owner7",
    "new",
  ],
  ...["S1%", "x".repeat(20), "x".repeat(21), "x".repeat(101)],
];

describe("procedures fix --strategy using, on the corpus", () => {
  const server = withServer();
  let trapped: Catalog;
  let cured: CuredCatalog;
  let originals: ReadonlyMap<string, StoredProgram>;
  /** What the originals do in a schema of one collation, by program and arguments. */
  const expected = new Map<string, Outcome>();
  const found = new Map<string, Outcome>();

  beforeAll(async () => {
    await loadCorpus(server.root, server.flavour, { collation: ONE });
    await fillRows();
    const one = await readCatalog(server.root, CORPUS_SCHEMAS);
    originals = new Map(one.programs.map((program) => [program.name, program]));
    // What is changed is known from the schema with the trap; nothing there depends on rows.
    await loadCorpus(server.root, server.flavour);
    trapped = await readCatalog(server.root, CORPUS_SCHEMAS);
    cured = cureCatalog(trapped, CURES.using);
    const changed = cured.programs.filter(({ program, ddl }) => ddl !== program.ddl);
    await loadCorpus(server.root, server.flavour, { collation: ONE });
    await fillRows();
    await runAll(
      changed.flatMap(({ program }) => originals.get(program.name) ?? []),
      expected,
    );
    await loadCorpus(server.root, server.flavour);
    await fillRows();
    for (const { program, ddl } of changed) {
      await server.root.session((session) => installProgram(session, program, ddl), "close");
    }
    await runAll(
      changed.map(({ program, ddl }) => ({ ...program, ddl })),
      found,
    );
  }, 300_000);

  it("cures queries on both servers, and writes where ROW_COUNT() is not lost", () => {
    const changed = cured.programs.filter(({ program, ddl }) => ddl !== program.ddl);
    const names = changed.map(({ program }) => program.name);
    expect(names.length).toBeGreaterThan(30);
    expect(names).toEqual(
      expect.arrayContaining(["equals", "is_like", "in_two", "is_between", "nested_blocks"]),
    );
    expect(names.includes("update_where")).toBe(server.flavour === "mariadb");
  });

  it("does what the original does in a schema of one collation: results, ROW_COUNT, errors, tables", () => {
    const different: string[] = [];
    let compared = 0;
    for (const [call, original] of expected) {
      if (original.errno !== null && MIXES.has(original.errno)) continue;
      if (isMeant(call, original)) continue;
      compared += 1;
      const is = JSON.stringify(found.get(call));
      const shall = JSON.stringify(original);
      if (is !== shall)
        different.push(`${call}: ${is?.slice(0, 160)} instead of ${shall.slice(0, 160)}`);
    }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(300);
  });

  it("finds what joined SQL only pretended to look for, whatever is in the value", () => {
    for (const text of ["it's", "\\", "\\'", "' OR 1=1 -- "]) {
      const joined = found.get(callOf("joined", [text]));
      const bound = found.get(callOf("joined_quote", [text]));
      expect([text, joined?.errno]).toEqual([text, null]);
      expect([text, joined?.sets]).toEqual([text, bound?.sets]);
      expect([text, joined?.sets[0]?.length]).toEqual([text, 1]);
    }
    expect(found.get(callOf("joined", [null]))?.sets[0]).toEqual([]);
  });

  it("leaves no handle behind, even where the statement fails", async () => {
    await server.root.session(async (session) => {
      await session.query("USE corpus_shop");
      const before = await openHandles();
      await session.execute("CALL equals('S7')");
      await session.query("RENAME TABLE orders TO orders_away");
      await expect(session.execute("CALL equals('S7')")).rejects.toMatchObject({ errno: 1146 });
      await session.query("RENAME TABLE orders_away TO orders");
      await expect(session.execute("CALL matches('[')")).rejects.toThrow();
      await session.execute("CALL matches('S7')");
      await session.execute("CALL equals('S7')");
      expect(await openHandles()).toBe(before);

      /** Statements that this server holds prepared by SQL, the driver's own ones apart. */
      async function openHandles(): Promise<string> {
        await session.query("SELECT 1");
        const { rows } = await session.query<{ Value: string }>(
          "SHOW GLOBAL STATUS LIKE 'Com_prepare_sql'",
        );
        const closed = await session.query<{ Value: string }>(
          "SHOW GLOBAL STATUS LIKE 'Com_dealloc_sql'",
        );
        return `${Number(rows[0]?.Value) - Number(closed.rows[0]?.Value)}`;
      }
    }, "close");
  });

  it("gives a reason for all that it leaves", () => {
    const refused = new Set(
      cured.programs
        .filter(({ refusals }) => refusals.length > 0)
        .map(({ program }) => program.name),
    );
    const left = cured.remaining.map(({ name }) => name);
    expect(left.filter((name) => !refused.has(name))).toEqual([]);
    const reasons = new Map(
      cured.programs.map(({ program, refusals }) => [program.name, refusals[0]?.reason ?? ""]),
    );
    expect(reasons.get("symbol_id")).toMatch(/1336/);
    expect(reasons.get("latin1_equals")).toMatch(/latin1.* does not hold/);
    expect(reasons.get("cursor_where")).toMatch(/cursor/);
    expect(reasons.get("fetches")).toMatch(/INTO/);
  });

  it("changes nothing the second time", () => {
    const programs = trapped.programs.map((program) => ({
      ...program,
      ddl: cured.programs.find((own) => own.program === program)?.ddl ?? program.ddl,
    }));
    const again = cureCatalog({ ...trapped, programs }, CURES.using);
    expect(again.programs.filter(({ program, ddl }) => program.ddl !== ddl)).toEqual([]);
    expect(scanCatalog({ ...trapped, programs }).findings).toEqual(cured.remaining);
  });

  async function fillRows(): Promise<void> {
    const short = TEXTS.filter((text) => text.length <= 20);
    for (const [index, text] of short.entries()) {
      await server.root.execute("UPDATE corpus_shop.orders SET symbol = ?, note = ? WHERE id = ?", [
        text,
        text,
        100 + index,
      ]);
      await server.root.execute("INSERT INTO corpus_shop.audit (what) VALUES (?)", [text]);
      await server.root.execute(
        "UPDATE corpus_ledger.entries SET account = ?, owner = ? WHERE id = ?",
        [text, text, 100 + index],
      );
    }
  }

  async function runAll(
    programs: readonly StoredProgram[],
    into: Map<string, Outcome>,
  ): Promise<void> {
    for (const program of programs) {
      const writes = /\b(INSERT|UPDATE|DELETE)\b/i.test(program.ddl);
      for (const [round, text] of [null, ...TEXTS].entries()) {
        const values: unknown[] = [];
        const argument = (parameter: RoutineParameter): string | number | null => {
          const value = argumentOf(parameter, text, round + values.length);
          values.push(value);
          return value;
        };
        const options = { argument, tables: writes ? TABLES : [] };
        const outcome = await server.root.session(
          (session) => runProgram(session, program, options),
          "close",
        );
        into.set(callOf(program.name, values), inAnyOrder(outcome));
      }
    }
  }
});

function callOf(name: string, values: readonly unknown[]): string {
  return `${name}(${JSON.stringify(values)})`;
}

function argumentOf(
  { type }: RoutineParameter,
  text: string | null,
  seed: number,
): string | number | null {
  if (type.name === "ENUM") return memberOf(type, seed);
  if (type.name === "DATE" || type.name === "DATETIME") return text === null ? null : "2030-01-01";
  if (!type.isCharacter && type.name !== "TYPE OF") return text === null ? null : seed % 10;
  return type.length === "1" ? "!" : text;
}

/** Rows without ORDER BY come in the order of whatever index was used. */
function inAnyOrder(outcome: Outcome): Outcome {
  const text = (row: unknown): string => JSON.stringify(row);
  const sets = outcome.sets.map((rows) => rows.toSorted((a, b) => (text(a) < text(b) ? -1 : 1)));
  return { ...outcome, sets };
}
