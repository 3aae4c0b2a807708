import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { withServer } from "../support/server.ts";
import { TRIED, Trial } from "../support/tried.ts";

/** A program of `tried-programs.sql`. */
interface Tried {
  readonly why: string;
  readonly sql: string;
  /** `0`, an error's number, `unknown` or `-`. */
  readonly mariadb: string;
  /** The same. */
  readonly mysql: string;
}

const FILE = new URL("tried-programs.sql", import.meta.url);
const PROGRAMS: readonly Tried[] = [
  ...readFileSync(FILE, "utf8").matchAll(/^-- (.+) \| (\S+) (\S+)\n((?:(?!--).+\n)+)/gm),
].map(([, why = "", mariadb = "", mysql = "", sql = ""]) => ({ why, sql, mariadb, mysql }));

describe("what a scan says of a program", () => {
  const server = withServer(["--sql-mode="]);
  let schema = "";
  let trial: Trial;

  beforeAll(async () => {
    schema = await server.freshDatabase(`CHARACTER SET utf8mb4 COLLATE ${TRIED.databaseCollation}`);
    trial = new Trial(server.pool(schema), schema);
    await trial.prepare();
  });

  const ddlOf = ({ sql }: Tried): string =>
    `CREATE PROCEDURE tried(p VARCHAR(9), q VARCHAR(9) CHARACTER SET utf8mb4 COLLATE ${TRIED.tables}, k INT, day DATE) BEGIN ${sql.replaceAll("{db}", schema)} END`;

  /** In one word: errors first, then what is not known. */
  const told = (flavour: "mariadb" | "mysql", program: Tried): string => {
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
      await session.query(`SET NAMES utf8mb4 COLLATE ${TRIED.connection}`);
      await session.query("SET @y1 = 'x', @y2 = 'x', @z = 'x'");
      await session.query(
        `CREATE TEMPORARY TABLE z (c VARCHAR(9), c2 VARCHAR(9)) COLLATE ${TRIED.tables}`,
      );
      await session.query("START TRANSACTION");
      const errno = await trial.raised(
        session,
        ddlOf(program),
        "CALL tried('1', 'x', 1, '2030-01-01')",
      );
      await session.query("ROLLBACK");
      return errno;
    }, "close");
    expect(raised).toBe(Number(here));
  });
});
