import { type Catalog, readCatalog } from "../../../../src/mysql/catalog/read-catalog.ts";
import type { MysqlPool } from "../../../../src/mysql/connection.ts";
import { bindDynamicSql } from "../../../../src/mysql/cure/bind-dynamic.ts";
import { cureCatalog } from "../../../../src/mysql/cure/cure-catalog.ts";

/** How a database of {@link JoinedTexts} must be created. */
export const JOINED_DATABASE = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

/** How the text in `@q` is executed. */
export const EXECUTED = "PREPARE h FROM @q; EXECUTE h; DEALLOCATE PREPARE h;";

/** What the parameters are in the calls that are compared. */
const CALLS = [
  "'k', 'm', 1, 'a'",
  "'m', 'k', 2, 'l'",
  "'z', '', 0, 'a'",
  "'', 'k', 3, 'l'",
] as const;

/** What became of a procedure. */
export interface Bound {
  /** Its new statements, in one line, with `v` in place of the names that are made up. */
  readonly made: string;
  /** What remains, and why. */
  readonly reasons: readonly string[];
  /** Whether its text stayed as it was. */
  readonly isUnchanged: boolean;
  /** What it gave to each of some calls before, and what it gives now. */
  readonly before: readonly string[];
  /** The same, with the new text. */
  readonly after: readonly string[];
}

/** Cures procedures that join SQL, on a server, and calls them before and after. */
export class JoinedTexts {
  readonly #pool: MysqlPool;
  readonly #schema: string;

  constructor(pool: MysqlPool, schema: string) {
    this.#pool = pool;
    this.#schema = schema;
  }

  /** Makes what the texts ask. */
  async prepare(): Promise<void> {
    await this.#pool.query("CREATE TABLE t (a VARCHAR(9), l VARCHAR(9), n INT)");
    await this.#pool.query(
      "INSERT INTO t VALUES ('k', 'x', 1), ('m', 'k', 2), ('k', 'm', 3), ('', '', 0), ('k2', 'z', 4)",
    );
    await this.#pool.query("CREATE FUNCTION f(v INT) RETURNS INT DETERMINISTIC NO SQL RETURN v");
    await this.#pool.query("CREATE PROCEDURE gives(OUT o VARCHAR(99)) SET o = ' LIMIT 1'");
  }

  /**
   * @param body - The statements: of parameters `x` and `y`, texts, `n`, an integer, and `e`, of a closed set.
   * @param changed - What the catalog shall say instead of what the server says.
   */
  async bind(body: string, changed: (catalog: Catalog) => Catalog = (own) => own): Promise<Bound> {
    const ddl = `CREATE PROCEDURE p(x VARCHAR(9), y VARCHAR(9), n INT, e ENUM('a', 'l')) BEGIN ${body} END`;
    const before = await this.#outcomes(ddl);
    const catalog = changed(await readCatalog(this.#pool, [this.#schema]));
    const { programs } = cureCatalog(catalog, [bindDynamicSql]);
    const own = programs.find(({ program }) => program.name === "p");
    if (own === undefined) throw new Error("nothing was bound or refused");
    const { ddl: bound, refusals } = own;
    return {
      made: bound.replace(/orderly_[0-9a-f]{10}/g, "v").replace(/^.*?BEGIN | END$/g, ""),
      reasons: refusals.map(({ reason }) => reason),
      isUnchanged: bound === own.program.ddl,
      before,
      after: bound === own.program.ddl ? before : await this.#outcomes(bound),
    };
  }

  /** The result sets, or the error, of each call. */
  async #outcomes(ddl: string): Promise<readonly string[]> {
    await this.#pool.query("DROP PROCEDURE IF EXISTS p");
    await this.#pool.query(ddl);
    const found: string[] = [];
    for (const args of CALLS) {
      const outcome = await this.#pool.session(async (session) => {
        await session.query("SET @s = 1, @w = NULL, @q = NULL");
        try {
          return JSON.stringify((await session.query(`CALL p(${args})`)).sets);
        } catch (error) {
          return `error ${(error as Error & { errno?: number | null }).errno}`;
        }
      }, "close");
      found.push(outcome);
    }
    return found;
  }
}
