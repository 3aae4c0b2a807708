import { beforeAll, describe, expect, it } from "vitest";
import { type Catalog, readCatalog } from "../../../src/mysql/catalog/read-catalog.ts";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { bindDynamicSql } from "../../../src/mysql/cure/bind-dynamic.ts";
import { cureCatalog } from "../../../src/mysql/cure/cure-catalog.ts";
import { scanCatalog } from "../../../src/mysql/diagnosis/scan-catalog.ts";
import { withServer } from "../support/server.ts";
import { installProgram } from "./install-program.ts";

const MODES = ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"] as const;
const CHARSETS = ["utf8mb4", "latin1", "gbk"] as const;

/** What a hostile caller sends. `縗` ends in the byte of a backslash in gbk. */
const PAYLOADS = [
  "' OR 1=1 -- ",
  "\\' OR 1=1 -- ",
  "\\\\' OR 1=1 -- ",
  "x' OR '1'='1",
  '" OR 1=1 -- ',
  "縗' OR 1=1 -- ",
  "¿' OR 1=1 -- ",
  "¿\\' OR 1=1 -- ",
  "'; SELECT 1 -- ",
  "' UNION SELECT id, account FROM entries -- ",
  "\\",
  "'",
  "''",
  "x\\",
  "A7\\' OR id > 0 #",
  "%",
];

/** What the recorded connection's character set does not hold: on MariaDB bound values go through it as prepared text does. */
const LOST = [
  ["latin1", "縗"],
  ["gbk", "¿"],
] as const;

/** By id, from 1. */
const ACCOUNTS = [...Array.from({ length: 20 }, (_, index) => `A${index + 1}`), ...PAYLOADS];

/** The ways in which the text is joined, with what stands around it. */
const AROUND = {
  joined: "''', p, ''''",
  doubled: "''', REPLACE(p, '''', ''''''), ''''",
  quoted: "', QUOTE(p)",
} as const;

const all = "SELECT id, account FROM entries";

/** Statements that join the text: at once, in a branch, by choice, through another variable. */
const GUARDS = {
  joined: `SET @made = CONCAT('${all} WHERE account = ${AROUND.joined});`,
  doubled: `SET @made = CONCAT('${all} WHERE account = ${AROUND.doubled});`,
  quoted: `SET @made = CONCAT('${all} WHERE account = ${AROUND.quoted});`,
  branched: `SET @made = '${all}'; IF p IS NOT NULL THEN SET @made = CONCAT(@made, ' WHERE account = ${AROUND.joined}); END IF;`,
  chosen: `SET @made = CONCAT('${all}', IF(p IS NULL, '', CONCAT(' WHERE account = ${AROUND.doubled})));`,
  through: `SET @where = ''; IF p IS NOT NULL THEN SET @where = CONCAT(' WHERE account = ${AROUND.joined}); END IF; SET @made = CONCAT('${all}', @where, ' ORDER BY id');`,
} as const;

describe("SQL joined from data, and what becomes of it", () => {
  const server = withServer();
  let schema = "";
  let pool: MysqlPool;
  let catalog: Catalog;

  beforeAll(async () => {
    schema = await server.freshDatabase("CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    pool = server.pool(schema);
    await pool.query(
      "CREATE TABLE entries (id INT AUTO_INCREMENT PRIMARY KEY, account VARCHAR(100), KEY (account)) COLLATE utf8mb4_bin",
    );
    // Whoever is really called as a payload is found, and nobody else.
    for (const account of ACCOUNTS) {
      await pool.execute("INSERT INTO entries (account) VALUES (?)", [account]);
    }
    for (const mode of MODES) {
      for (const charset of CHARSETS) {
        await pool.session(async (session) => {
          await session.query(`SET NAMES ${charset}`);
          await session.query(`SET SESSION sql_mode = '${mode}'`);
          for (const [guard, made] of Object.entries(GUARDS)) {
            await session.query(
              `CREATE PROCEDURE ${nameOf(guard, mode, charset)}(p VARCHAR(100) CHARACTER SET utf8mb4) BEGIN ` +
                `${made} ` +
                "PREPARE made FROM @made; EXECUTE made; DEALLOCATE PREPARE made; END",
            );
          }
        }, "close");
      }
    }
    catalog = await readCatalog(pool, [schema]);
  }, 60_000);

  it("leaks rows exactly where the scan says that it can be injected", async () => {
    const told = new Map(
      scanCatalog(catalog).findings.map(({ name, injectable }) => [name, injectable]),
    );
    const leaks = new Map<string, "yes" | "no">();
    for (const { name } of catalog.programs) {
      const rows = await Promise.all(PAYLOADS.map((payload) => call(name, payload)));
      leaks.set(name, rows.some((accounts) => accounts.length > 1) ? "yes" : "no");
    }
    for (const [name, leak] of leaks) {
      // Under gbk the scan will not vouch for QUOTE().
      const isUnsure =
        name === nameOf("quoted", "", "gbk") || name === nameOf("quoted", "ANSI_QUOTES", "gbk");
      expect([name, told.get(name)]).toEqual([name, isUnsure ? "unknown" : leak]);
    }
    expect([...leaks.values()].filter((leak) => leak === "yes").length).toBeGreaterThanOrEqual(36);
  }, 60_000);

  it("finds the one row that is meant, and no other, once values are bound", async () => {
    const { programs, remaining } = cureCatalog(catalog, [bindDynamicSql]);
    expect(remaining).toEqual([]);
    expect(programs.length).toBe(catalog.programs.length);
    for (const { program, ddl, refusals } of programs) {
      expect(refusals).toEqual([]);
      await pool.session((session) => installProgram(session, program, ddl), "close");
      const lost = LOST.find(([charset]) => program.name.endsWith(`_${charset}`))?.[1];
      for (const payload of PAYLOADS) {
        const isLost = server.flavour === "mariadb" && lost !== undefined && payload.includes(lost);
        expect([program.name, await call(program.name, payload)]).toEqual([
          program.name,
          isLost ? [] : [payload],
        ]);
      }
      expect(await call(program.name, "A7")).toEqual(["A7"]);
      expect(await call(program.name, "nobody")).toEqual([]);
    }
    const again = await readCatalog(pool, [schema]);
    expect(
      again.programs.map(({ sqlMode, characterSetClient }) => [sqlMode, characterSetClient]),
    ).toEqual(
      catalog.programs.map(({ sqlMode, characterSetClient }) => [sqlMode, characterSetClient]),
    );
    expect(scanCatalog(again).findings).toEqual([]);
    expect(cureCatalog(again, [bindDynamicSql]).programs).toEqual([]);
  }, 60_000);

  function nameOf(guard: string, mode: string, charset: string): string {
    return `${guard}_${mode === "" ? "plain" : mode.toLowerCase()}_${charset}`;
  }

  /** The accounts that a call gives, made by a client of the character set in the name; none where it fails. */
  async function call(name: string, payload: string): Promise<readonly string[]> {
    const charset = CHARSETS.find((own) => name.endsWith(`_${own}`)) ?? "utf8mb4";
    return pool.session(async (session) => {
      await session.query(`SET NAMES ${charset}`);
      try {
        // In hexadecimal, so that the client's character set does not change the payload.
        const value = `CONVERT(0x${Buffer.from(payload).toString("hex")} USING utf8mb4)`;
        const { rows } = await session.query<{ id: number }>(`CALL ${name}(${value})`);
        return rows.map(({ id }) => ACCOUNTS[id - 1] ?? "?");
      } catch {
        return [];
      } finally {
        await session.query("SET NAMES utf8mb4");
      }
    });
  }
});
