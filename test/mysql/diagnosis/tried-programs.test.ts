import { beforeAll, describe, expect, it } from "vitest";
import { withServer } from "../support/server.ts";
import { Trial } from "../support/tried.ts";
import { bodyOf, PROGRAMS, TRIED_CALL, type TriedProgram } from "../support/tried-programs.ts";

describe("what a scan says of a program", () => {
  const server = withServer(["--sql-mode="]);
  let schema = "";
  let trial: Trial;

  beforeAll(async () => {
    trial = await Trial.on(server);
    schema = trial.schema;
  });

  const ddlOf = (program: TriedProgram): string => bodyOf(program, schema);

  /** In one word: errors first, then what is not known. */
  const told = (flavour: "mariadb" | "mysql", program: TriedProgram): string => {
    const findings = trial.told(flavour, ddlOf(program));
    const errors = findings.flatMap(({ class: kind, errno }) => (kind === "error" ? [errno] : []));
    if (errors.length > 0) return [...new Set(errors)].join();
    return findings.some(({ class: kind }) => kind === "unknown") ? "unknown" : "0";
  };

  it("has programs to try", () => {
    expect(PROGRAMS.length).toBeGreaterThan(150);
  });

  it.each(PROGRAMS)("$why: $mariadb on MariaDB, $mysql on MySQL", async (program) => {
    for (const flavour of ["mariadb", "mysql"] as const) {
      const right = program[flavour];
      if (right !== "-") expect([flavour, told(flavour, program)]).toEqual([flavour, right]);
    }
    const here = program[server.flavour];
    if (here === "-" || here === "unknown") return;
    const raised = await server.pool(schema).session(async (session) => {
      await trial.prepareSession(session);
      return await trial.raised(session, ddlOf(program), TRIED_CALL);
    }, "close");
    expect(raised).toBe(Number(here));
  });
});
