import { beforeEach, describe, expect, it } from "vitest";
import { readCatalog } from "../../../src/mysql/catalog/read-catalog.ts";
import { CORPUS_SCHEMAS, loadCorpus, loadRefused, REFUSED_SCHEMA } from "../corpus/load-corpus.ts";
import { REFUSED_FAULTS } from "../corpus/planted-faults.ts";
import { orderlyMysql, type Ran } from "../support/command-line.ts";
import { withServer } from "../support/server.ts";

const server = withServer();

/** What the servers' own rules make `using` refuse: the reasons are in docs/mysql.md. */
const REFUSED_BY_USING = { mariadb: 28, mysql: 32 } as const;

interface Found {
  readonly name: string;
  readonly line: number;
  readonly class: string;
  readonly errno: number | null;
  readonly injectable: string | null;
  readonly code: string;
}

interface Remains {
  readonly program: string;
  readonly line: number;
  readonly reason: string;
}

/** Runs a command on databases of the server. */
function run(schemas: readonly string[], ...args: readonly string[]): Promise<Ran> {
  const databases = schemas.flatMap((schema) => ["--database", schema]);
  return orderlyMysql("procedures", ...args, "--url", server.urlOf(schemas[0] ?? ""), ...databases);
}

/** Fixes the corpus. Gives the exit code and what remains. */
async function fix(
  schemas: readonly string[],
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly refusals: readonly Remains[] }> {
  const { code, out, err } = await run(schemas, "fix", "--yes", "--json", ...args);
  expect(err).toBe("");
  const { shards } = JSON.parse(out) as { shards: readonly { refusals: readonly Remains[] }[] };
  return { code, refusals: shards[0]?.refusals ?? [] };
}

/** Scans. Gives the exit code and what is found. */
async function scan(
  schemas: readonly string[],
): Promise<{ readonly code: number; readonly found: readonly Found[] }> {
  const { code, out, err } = await run(schemas, "scan", "--json");
  expect(err).toBe("");
  const { shards } = JSON.parse(out) as { shards: readonly { findings: readonly Found[] }[] };
  return { code, found: shards[0]?.findings ?? [] };
}

const NOTHING = { code: 0, found: [] };

describe("procedures fix, then scan, on the corpus", () => {
  beforeEach(() => loadCorpus(server.root, server.flavour), 60_000);

  it("finds none once everything was cured by collations", async () => {
    expect((await scan(CORPUS_SCHEMAS)).found.length).toBeGreaterThan(80);
    expect(await fix(CORPUS_SCHEMAS)).toEqual({ code: 0, refusals: [] });
    expect(await scan(CORPUS_SCHEMAS)).toEqual(NOTHING);
    const human = await run(CORPUS_SCHEMAS, "scan");
    expect(human).toMatchObject({ code: 0, out: expect.stringContaining("nothing found") });
  }, 120_000);

  it("finds none once the schema has one collation", async () => {
    expect(await fix(CORPUS_SCHEMAS, "--strategy", "schema")).toEqual({ code: 0, refusals: [] });
    expect(await scan(CORPUS_SCHEMAS)).toEqual(NOTHING);
  }, 120_000);

  it("finds what using refuses, each with its reason, and none once collations have cured that too", async () => {
    const using = await fix(CORPUS_SCHEMAS, "--strategy", "using");
    expect(using.code).toBe(1);
    const left = await scan(CORPUS_SCHEMAS);
    expect(left.code).toBe(1);
    expect(left.found.length).toBe(REFUSED_BY_USING[server.flavour]);
    for (const { name, line } of left.found) {
      const own = using.refusals.filter(
        (refusal) => refusal.program.endsWith(`.${name}`) && refusal.line === line,
      );
      expect([name, own.every(({ reason }) => reason.length > 20), own.length > 0]).toEqual([
        name,
        true,
        true,
      ]);
    }
    expect(await fix(CORPUS_SCHEMAS)).toEqual({ code: 0, refusals: [] });
    expect(await scan(CORPUS_SCHEMAS)).toEqual(NOTHING);
  }, 180_000);
});

describe("procedures fix, on what has to be refused", () => {
  beforeEach(async () => {
    await loadCorpus(server.root, server.flavour, { tablesOnly: true });
    await loadRefused(server.root, server.flavour);
  }, 60_000);

  for (const strategy of ["collate", "using"] as const) {
    it(`${strategy}: changes nothing, and names the reason of everything that a scan finds before and after`, async () => {
      const schemas = [REFUSED_SCHEMA];
      const texts = async (): Promise<readonly string[]> =>
        (await readCatalog(server.root, schemas)).programs.map(({ ddl }) => ddl);
      const before = { texts: await texts(), scan: await scan(schemas) };
      expect(before.scan.code).toBe(1);
      const told = before.scan.found.map(({ name, class: kind, errno, injectable }) =>
        [name, kind, errno, injectable].filter((part) => part !== null).join(" "),
      );
      expect(told.toSorted()).toEqual(
        REFUSED_FAULTS.map((fault) => `${fault.program} ${fault[server.flavour]}`).toSorted(),
      );

      const { code, refusals } = await fix(schemas, "--strategy", strategy);
      expect(code).toBe(1);
      for (const { program, reason } of REFUSED_FAULTS) {
        const own = refusals.filter((refusal) => refusal.program.endsWith(`.${program}`));
        const shall =
          strategy === "using" && /can return|also hold/.test(reason.source)
            ? /parameter or local/
            : reason;
        expect([program, own.map((refusal) => refusal.reason)]).toEqual([
          program,
          [expect.stringMatching(shall)],
        ]);
      }
      expect(refusals.length).toBe(REFUSED_FAULTS.length);
      expect(await texts()).toEqual(before.texts);
      expect(await scan(schemas)).toEqual(before.scan);
    }, 60_000);
  }
});
