import { beforeAll, describe, expect, it } from "vitest";
import { readCatalog } from "../../../src/mysql/catalog/read-catalog.ts";
import type { StoredProgram } from "../../../src/mysql/catalog/stored-program.ts";
import { fixPrograms } from "../../../src/mysql/cure/fix-programs.ts";
import type { RoutineParameter } from "../../../src/mysql/sql/routine.ts";
import { CORPUS_SCHEMAS, loadCorpus } from "../corpus/load-corpus.ts";
import { asShard } from "../deployment/support/programs.ts";
import { withServer } from "../support/server.ts";
import { isMeant, memberOf, type Outcome, runProgram } from "./support/run-program.ts";

const server = withServer();

/** The collation of the corpus's tables. */
const ONE = "utf8mb4_unicode_ci";

const MIXES = new Set([1267, 1270, 1271]);

/** What hurts: quotes, backslashes, wildcards, other scripts, other planes, spaces at the end, nothing, too much. */
const TEXTS = [
  null,
  "",
  "S7",
  "s7",
  "S7 ",
  " S7",
  "S1%",
  "S_",
  "it's",
  '"x"',
  "\\",
  "\\'",
  "' OR 1=1 -- ",
  "삼성전자",
  "삼성",
  "😀",
  "?",
  "US7",
  "M7",
  "A7",
  "C7",
  "new",
  "x".repeat(20),
  "x".repeat(21),
  "x".repeat(101),
];

const TABLES = [
  "corpus_shop.orders",
  "corpus_shop.audit",
  "corpus_shop.trades",
  "corpus_ledger.entries",
];

/** Numbers from 0 up to, without, 2^32: mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const SEED = Number(process.env["EQUIVALENCE_SEED"] ?? 20_301);
const ROUNDS = 12;

/** Fills rows with texts of {@link TEXTS}, the same in each schema. */
async function randomRows(next: () => number): Promise<void> {
  const short = TEXTS.filter((text): text is string => text !== null && text.length <= 20);
  const pick = (texts: readonly string[]): string => texts[next() % texts.length] ?? "";
  // What no latin1 or utf8mb3 column can hold stays out of these.
  const latin = short.filter((text) => /^[ -~]{0,12}$/.test(text));
  const basic = short.filter((text) => !text.includes("😀"));
  for (let row = 0; row < 40; row += 1) {
    const id = 1 + (next() % 400);
    await server.root.execute(
      "UPDATE corpus_shop.orders SET symbol = ?, note = ?, code = ?, isin = ?, memo = ? WHERE id = ?",
      [pick(short), pick(short), pick(short), pick(latin), pick(basic), id],
    );
    await server.root.execute("INSERT INTO corpus_shop.audit (what) VALUES (?)", [pick(short)]);
    await server.root.execute(
      // The owner of row 7 is what joined_second_order joins: a quote in it would be SQL to the original.
      "UPDATE corpus_ledger.entries SET account = ?, owner = ? WHERE id = ? AND id <> 7",
      [pick(short), pick(short), 1 + (next() % 200)],
    );
  }
}

/** Runs every program with random arguments. */
async function outcomes(programs: readonly StoredProgram[]): Promise<ReadonlyMap<string, Outcome>> {
  const found = new Map<string, Outcome>();
  for (const program of programs) {
    // The same arguments for the same name, in both schemas.
    const seed = [...program.name].reduce(
      (sum, char) => sum * 31 + (char.codePointAt(0) ?? 0),
      SEED,
    );
    const next = generator(seed | 0);
    const writes = /\b(INSERT|UPDATE|DELETE|REPLACE\s+INTO)\b/i.test(program.ddl);
    for (let round = 0; round < ROUNDS; round += 1) {
      const values: unknown[] = [];
      const argument = (parameter: RoutineParameter): string | number | null => {
        const value = argumentOf(parameter, next);
        values.push(value);
        return value;
      };
      const tables = writes ? TABLES : [];
      const outcome = await server.root.session(
        (session) => runProgram(session, program, { argument, tables }),
        "close",
      );
      found.set(
        `${program.name}(${JSON.stringify(values)})`,
        /ORDER BY/i.test(program.ddl) ? outcome : inAnyOrder(outcome),
      );
    }
  }
  return found;
}

/** Rows without ORDER BY come in the order of whatever index was used. */
function inAnyOrder(outcome: Outcome): Outcome {
  const sorted = outcome.sets.map((rows) =>
    rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  );
  return { ...outcome, sets: sorted };
}

function argumentOf({ type }: RoutineParameter, next: () => number): string | number | null {
  const text = TEXTS[next() % TEXTS.length] ?? null;
  if (type.name === "JSON") return JSON.stringify([{ s: text }, { s: "S7" }]);
  if (type.name === "ENUM") return memberOf(type, next());
  if (type.name === "DATE" || type.name === "DATETIME") return "2030-01-01";
  if (!type.isCharacter && type.name !== "TYPE OF") return next() % 10;
  return type.length === "1" ? "!" : text;
}

describe("a cured program does what the same text does in a schema of one collation", () => {
  const results = new Map<string, ReadonlyMap<string, Outcome>>();
  let changed: ReadonlySet<string>;

  beforeAll(async () => {
    await loadCorpus(server.root, server.flavour, { collation: ONE });
    await randomRows(generator(SEED));
    const one = await readCatalog(server.root, CORPUS_SCHEMAS);
    results.set("one", await outcomes(one.programs));
    const shard = asShard("1", server.pool("mysql"));
    for (const strategy of ["collate", "schema"] as const) {
      await loadCorpus(server.root, server.flavour);
      await randomRows(generator(SEED));
      // A trial that writes, though it is rolled back, uses up AUTO_INCREMENT numbers.
      const trial = "read" as const;
      const options = { strategy, databases: CORPUS_SCHEMAS, collation: ONE, trial };
      const { collation, ...others } = options;
      const { shards } = await fixPrograms(
        [shard],
        strategy === "schema" ? { ...others, collation } : others,
      );
      if (strategy === "collate") {
        changed = new Set(
          shards.flatMap(({ programs }) => programs.map((own) => own.program.name)),
        );
      }
      const catalog = await readCatalog(server.root, CORPUS_SCHEMAS);
      results.set(strategy, await outcomes(catalog.programs));
    }
  }, 300_000);

  for (const strategy of ["collate", "schema"] as const) {
    it(`${strategy}: result sets, ROW_COUNT, OUT, errors and tables, with random rows and arguments (seed ${SEED})`, () => {
      const one = results.get("one") ?? new Map<string, Outcome>();
      const cured = results.get(strategy) ?? new Map<string, Outcome>();
      const different: string[] = [];
      let compared = 0;
      for (const [call, original] of one) {
        // Where the original cannot run even there, the connection's collation is what it fails on.
        if (original.errno !== null && MIXES.has(original.errno)) continue;
        if (isMeant(call, original)) continue;
        // What no cure touched runs as it did: under its database's collation, not that of the schema compared with.
        if (strategy === "collate" && !changed.has(call.split("(")[0] ?? "")) continue;
        // A column that has become wider takes what it could not take.
        const isWider = strategy === "schema" && original.errno === 1366;
        if (isWider && cured.get(call)?.errno === null) continue;
        compared += 1;
        const is = JSON.stringify(cured.get(call));
        const shall = JSON.stringify(original);
        if (is !== shall)
          different.push(`${call}: ${is?.slice(0, 200)} instead of ${shall.slice(0, 200)}`);
      }
      expect(different).toEqual([]);
      expect(compared).toBeGreaterThan(500);
    });
  }

  it("has compared more than forty programs that were changed", () => {
    const names = new Set(
      [...(results.get("one")?.keys() ?? [])].map((call) => call.split("(")[0]),
    );
    expect([...changed].filter((name) => names.has(name)).length).toBeGreaterThan(40);
  });
});
