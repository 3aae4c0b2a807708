import { beforeAll, describe, expect, it } from "vitest";
import { cureByCollate } from "../../../src/mysql/cure/collate.ts";
import { cureByUsing } from "../../../src/mysql/cure/cure-by-using.ts";
import { cureCatalog } from "../../../src/mysql/cure/cure-catalog.ts";
import { withServer } from "../support/server.ts";
import { Trial } from "../support/tried.ts";
import { bodyOf, PROGRAMS, TRIED_CALL } from "../support/tried-programs.ts";

const MIXES = new Set(["1267", "1270", "1271"]);
const STRATEGIES = [
  ["collate", cureByCollate],
  ["using", cureByUsing],
] as const;

describe("what a cure makes of a program that fails", () => {
  const server = withServer(["--sql-mode="]);
  let schema = "";
  let trial: Trial;

  beforeAll(async () => {
    trial = await Trial.on(server);
    schema = trial.schema;
  });

  const failing = PROGRAMS.filter(({ mariadb, mysql }) => MIXES.has(mariadb) || MIXES.has(mysql));
  const cases = STRATEGIES.flatMap(([name, cure]) =>
    failing.map((program) => ({ name, cure, program, why: program.why })),
  );

  it.each(cases)("$name: $why: it works, or the reason is given", async ({ cure, program }) => {
    const ddl = bodyOf(program, schema);
    for (const flavour of ["mariadb", "mysql"] as const) {
      if (!MIXES.has(program[flavour])) continue;
      const { programs, remaining } = cureCatalog(trial.catalog(flavour, ddl), [cure]);
      const own = programs.find((cured) => cured.program.name === "tried");
      const isLeft = remaining.some(
        ({ name, class: kind }) =>
          name === "tried" && kind !== "index-lost" && kind !== "dynamic-sql",
      );
      expect([flavour, own === undefined]).toEqual([flavour, false]);
      if (own === undefined) return;
      if (isLeft) {
        const reasons = own.refusals.map(({ reason }) => reason);
        expect(reasons).not.toEqual([]);
        for (const reason of reasons) expect(reason).toMatch(/\w{3}/);
        continue;
      }
      expect(own.ddl).not.toBe(ddl);
      const again = cureCatalog(trial.catalog(flavour, own.ddl), [cure]);
      expect(again.programs.filter((cured) => cured.ddl !== cured.program.ddl)).toEqual([]);
      if (flavour !== server.flavour) continue;
      const raised = await server.pool(schema).session(async (session) => {
        await trial.prepareSession(session);
        return await trial.raised(session, own.ddl, TRIED_CALL);
      }, "close");
      expect([own.ddl, raised]).toEqual([own.ddl, 0]);
    }
  });
});
