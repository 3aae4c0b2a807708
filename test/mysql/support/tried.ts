import type { Catalog } from "../../../src/mysql/catalog/read-catalog.ts";
import { readTables, type TableCatalog } from "../../../src/mysql/catalog/read-tables.ts";
import { readServerInfo, type ServerInfo } from "../../../src/mysql/catalog/server-info.ts";
import type { StoredProgram } from "../../../src/mysql/catalog/stored-program.ts";
import type { MysqlConnection, MysqlPool } from "../../../src/mysql/connection.ts";
import type { Finding } from "../../../src/mysql/diagnosis/finding.ts";
import { scanCatalog } from "../../../src/mysql/diagnosis/scan-catalog.ts";
import type { TestServer } from "./server.ts";

/** A database whose default, tables and connection have three collations, with what the tried programs use. */
export const TRIED = {
  databaseCollation: "utf8mb4_general_ci",
  tables: "utf8mb4_unicode_ci",
  connection: "utf8mb4_spanish_ci",
} as const;

/** What stands beside the tried program: stored, and known to a scan. */
const BESIDE = [
  ["function", "f", "CREATE FUNCTION f(a VARCHAR(9)) RETURNS VARCHAR(9) DETERMINISTIC RETURN a"],
  ["function", "fn", "CREATE FUNCTION fn() RETURNS INT DETERMINISTIC RETURN 1"],
  [
    "procedure",
    "gives",
    "CREATE PROCEDURE gives(OUT o VARCHAR(9), a VARCHAR(9), INOUT i INT) SET o = 'x', i = 1",
  ],
] as const;

/** Tries programs on a server and in a scan. */
export class Trial {
  /** Its database. */
  readonly schema: string;
  readonly #pool: MysqlPool;
  #info: ServerInfo | null = null;
  #tables: TableCatalog | null = null;

  constructor(pool: MysqlPool, schema: string) {
    this.#pool = pool;
    this.schema = schema;
  }

  /** Makes a database of its own on a server, and prepares it. */
  static async on(server: TestServer): Promise<Trial> {
    const schema = await server.freshDatabase(
      `CHARACTER SET utf8mb4 COLLATE ${TRIED.databaseCollation}`,
    );
    const trial = new Trial(server.pool(schema), schema);
    await trial.prepare();
    return trial;
  }

  /** Makes tables and routines, in the empty database of {@link TRIED}'s default collation. */
  async prepare(): Promise<void> {
    const columns =
      "c VARCHAR(9), b VARCHAR(9) COLLATE utf8mb4_bin, l VARCHAR(9) CHARACTER SET latin1, g VARCHAR(9) CHARACTER SET greek, " +
      "v VARBINARY(9), n INT, d DATETIME, j JSON, e ENUM('x', 'y'), KEY (c), KEY (l)";
    for (const table of ["t", "u"]) {
      await this.#pool.query(
        `CREATE TABLE ${table} (${columns}) CHARACTER SET utf8mb4 COLLATE ${TRIED.tables}`,
      );
      await this.#pool.query(
        `INSERT INTO ${table} VALUES ('x', 'x', 'x', 'x', 'x', 1, '2030-01-01', '{"a": "x"}', 'x')`,
      );
    }
    for (const [, , ddl] of BESIDE) await this.#pool.query(ddl);
    this.#info = await readServerInfo(this.#pool);
    this.#tables = await readTables(this.#pool, [this.schema]);
  }

  /** Makes what a tried program finds in its session. */
  async prepareSession(session: MysqlConnection): Promise<void> {
    await session.query(`SET NAMES utf8mb4 COLLATE ${TRIED.connection}`);
    await session.query("SET @y1 = 'x', @y2 = 'x', @z = 'x'");
    await session.query(
      `CREATE TEMPORARY TABLE z (c VARCHAR(9), c2 VARCHAR(9)) COLLATE ${TRIED.tables}`,
    );
  }

  /** Creates the program and calls it in a transaction that is rolled back. Returns the server's error number; 0 for none. */
  async raised(session: MysqlConnection, ddl: string, call: string): Promise<number> {
    await session.query("DROP PROCEDURE IF EXISTS tried");
    try {
      await session.query(ddl);
      await session.query("START TRANSACTION");
      await session.query(call);
      return 0;
    } catch (error) {
      return (error as Error & { errno?: number | null }).errno ?? -1;
    } finally {
      await session.query("ROLLBACK");
    }
  }

  /** The program with what stands beside it, by the rules of one of the servers. */
  catalog(
    flavour: ServerInfo["flavour"],
    ddl: string,
    changed: Partial<StoredProgram> = {},
    others: readonly StoredProgram[] = [],
  ): Catalog {
    if (this.#info === null || this.#tables === null) throw new Error("prepare() comes first");
    const common = this.#common;
    return {
      server: { ...this.#info, flavour },
      schemas: [this.schema],
      programs: [
        ...BESIDE.map(([kind, name, text]) => ({ ...common, kind, name, ddl: text })),
        { ...common, kind: "procedure", name: "tried", ddl, ...changed },
        ...others,
      ],
      tables: this.#tables,
    };
  }

  /** Another program of the same database. */
  program(kind: StoredProgram["kind"], name: string, ddl: string): StoredProgram {
    return { ...this.#common, kind, name, ddl };
  }

  /** What a scan by the rules of one of the servers finds in the program. */
  told(
    flavour: ServerInfo["flavour"],
    ddl: string,
    changed: Partial<StoredProgram> = {},
  ): readonly Finding[] {
    const { findings, unread } = scanCatalog(this.catalog(flavour, ddl, changed));
    if (unread.length > 0) throw new Error(`not read: ${unread[0]?.reason}`);
    return findings.filter(({ name }) => name === "tried");
  }

  get #common(): Omit<StoredProgram, "kind" | "name" | "ddl"> {
    return {
      ...{ schema: this.schema, sqlMode: "", characterSetClient: "utf8mb4", comment: "" },
      ...{ collationConnection: TRIED.connection, databaseCollation: TRIED.databaseCollation },
      ...{ definer: "root@localhost", security: "DEFINER", lastAltered: null },
    };
  }
}
