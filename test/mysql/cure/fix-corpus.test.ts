import { beforeAll, describe, expect, it } from "vitest";
import { type Catalog, readCatalog } from "../../../src/mysql/catalog/read-catalog.ts";
import {
  type FixOptions,
  fixChangeKinds,
  fixPrograms,
} from "../../../src/mysql/cure/fix-programs.ts";
import { rollback } from "../../../src/mysql/deployment/rollback.ts";
import type { Finding } from "../../../src/mysql/diagnosis/finding.ts";
import { scanCatalog } from "../../../src/mysql/diagnosis/scan-catalog.ts";
import type { Shard } from "../../../src/mysql/shards/shard.ts";
import { quoteIdentifier, quoteQualified } from "../../../src/mysql/sql/identifier.ts";
import { CORPUS_SCHEMAS, loadCorpus } from "../corpus/load-corpus.ts";
import { asShard } from "../deployment/support/programs.ts";
import { withServer } from "../support/server.ts";
import { harmless, routineOf, runProgram } from "./support/run-program.ts";

const MIXES = new Set([1267, 1270, 1271]);

/** What a strategy for collations is there for. */
const COLLATIONS = new Set<Finding["class"]>(["error", "error-on-other-server", "index-lost"]);

const server = withServer();

/** Everything that SHOW CREATE and SHOW GRANTS tell of the corpus. */
async function everything(): Promise<readonly unknown[]> {
  const shown: unknown[] = [];
  const show = async (statement: string): Promise<void> => {
    for (const { Created: _, ...row } of (await server.root.query(statement)).rows) shown.push(row);
  };
  const { programs, tables } = await readCatalog(server.root, CORPUS_SCHEMAS);
  for (const schema of CORPUS_SCHEMAS) await show(`SHOW CREATE DATABASE ${schema}`);
  for (const { schema, name } of tables.all()) {
    if (CORPUS_SCHEMAS.some((own) => own === schema)) {
      // Calls that are rolled back use up numbers all the same.
      const { rows } = await server.root.query(`SHOW CREATE TABLE ${quoteQualified(schema, name)}`);
      shown.push(JSON.stringify(rows).replace(/ AUTO_INCREMENT=\d+/, ""));
    }
  }
  for (const { kind, schema, name } of programs) {
    await show(`SHOW CREATE ${kind.toUpperCase()} ${quoteQualified(schema, name)}`);
  }
  const { rows } = await server.root.query("SHOW GRANTS FOR reader");
  shown.push(rows.map((row) => Object.values(row)[0]).toSorted());
  return shown;
}

for (const strategy of ["collate", "schema"] as const) {
  describe(`procedures fix --strategy ${strategy}, on the corpus`, () => {
    const options: FixOptions = { strategy, databases: CORPUS_SCHEMAS };
    let shard: Shard;
    let before: readonly unknown[];
    let fixed: readonly unknown[];
    let catalog: Catalog;

    beforeAll(async () => {
      await loadCorpus(server.root, server.flavour);
      await server.root.query("CREATE USER IF NOT EXISTS reader");
      for (const name of ["equals", "nested_blocks", "inserts"]) {
        await server.root.query(`GRANT EXECUTE ON PROCEDURE corpus_shop.${name} TO reader`);
      }
      await server.root.query(
        "GRANT EXECUTE, ALTER ROUTINE ON FUNCTION corpus_shop.symbol_id TO reader WITH GRANT OPTION",
      );
      shard = asShard("1", server.pool("corpus_shop"));
      before = await everything();
      const result = await fixPrograms([shard], options);
      expect(result.run).not.toBeNull();
      fixed = await everything();
      catalog = await readCatalog(server.root, CORPUS_SCHEMAS);
    }, 120_000);

    it("leaves nothing for a scan to find", () => {
      const { findings, unread } = scanCatalog(catalog);
      expect(unread).toEqual([]);
      const left = findings.filter((finding) => COLLATIONS.has(finding.class));
      expect(left.map(({ name, code }) => `${name}: ${code}`)).toEqual([]);
    });

    it("leaves no program that raises 1267, 1270 or 1271", async () => {
      const raised: string[] = [];
      for (const program of catalog.programs) {
        const { errno } = await server.root.session(
          (session) => runProgram(session, program, { argument: harmless }),
          "close",
        );
        if (errno !== null && MIXES.has(errno)) raised.push(`${program.name}: ${errno}`);
      }
      expect(raised).toEqual([]);
    }, 60_000);

    it("lets the index serve where the column's character set is narrower", async () => {
      const names = [
        "latin1_equals",
        "latin1_in",
        "latin1_update",
        "utf8mb3_equals",
        "latin1_local",
      ];
      const access: Record<string, string> = {};
      for (const program of catalog.programs.filter(({ name }) => names.includes(name))) {
        access[program.name] = await accessOf(program);
      }
      for (const name of names) expect(access[name], name).toMatch(/^(ref|range|const)$/);
    });

    it("changes nothing the second time", async () => {
      expect(await fixPrograms([shard], options)).toMatchObject({ run: null });
      expect(await everything()).toEqual(fixed);
    }, 60_000);

    it("is undone to the last byte and grant by rollback", async () => {
      await rollback([shard], "procedures", fixChangeKinds());
      expect(await everything()).toEqual(before);
    }, 120_000);
  });
}

/** How the first SELECT, UPDATE or DELETE of a program gets at its table. */
async function accessOf(program: Catalog["programs"][number]): Promise<string> {
  const routine = routineOf(program);
  const first = routine.tokens.find(
    ({ word, start }) =>
      start >= routine.body.start && ["SELECT", "UPDATE", "DELETE"].includes(word),
  );
  const at = first?.start ?? 0;
  const name = quoteQualified(program.schema, "explained");
  const explain = server.flavour === "mysql" ? "EXPLAIN FORMAT=TRADITIONAL " : "EXPLAIN ";
  const { nameSpan } = routine;
  const ddl = `${program.ddl.slice(0, nameSpan.start)}${name}${program.ddl.slice(nameSpan.end, at)}${explain}${program.ddl.slice(at)}`;
  return await server.root.session(async (session) => {
    await session.query(`USE ${quoteIdentifier(program.schema)}`);
    await session.query(`DROP PROCEDURE IF EXISTS ${name}`);
    await session.query(ddl);
    const values = routine.parameters.map(harmless);
    const places = values.map(() => "?").join(", ");
    const { rows } = await session.execute<{ type: string }>(`CALL ${name}(${places})`, values);
    await session.query(`DROP PROCEDURE ${name}`);
    return rows[0]?.type ?? "";
  }, "close");
}
