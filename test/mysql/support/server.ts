import { randomBytes } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { openPool } from "../../../src/mysql/mysql-pool.ts";
import type { PoolSettings } from "../../../src/mysql/pool-settings.ts";
import { type MysqlServer, startMysqlServer } from "../../support/servers/mysql-server.ts";

/** A server of a test file's own, and what a test asks of it. */
export interface TestServer {
  /** Whether it is MySQL or MariaDB. */
  readonly flavour: "mysql" | "mariadb";
  /** `mysql://root@host:port`, without a database. */
  readonly url: string;
  /** A pool of root's without a database; closed after the file. */
  readonly root: MysqlPool;
  /** The URL of a database of this server. */
  urlOf(database: string): string;
  /**
   * Creates an empty database with a name of its own and drops it after the file.
   *
   * @param options - What follows its name in CREATE DATABASE, such as `COLLATE utf8mb4_unicode_ci`.
   */
  freshDatabase(options?: string): Promise<string>;
  /**
   * Creates an account, from any host, or a role with a name of its own, and drops it after the file.
   *
   * @param rights - What GRANT takes in front of TO, such as `SELECT ON *.*`.
   * @returns Its name, which needs no quotes.
   */
  freshAccount(kind: "USER" | "ROLE", ...rights: readonly string[]): Promise<string>;
  /** A pool that begins in a database; closed after the file. */
  pool(database: string, settings?: Omit<PoolSettings, "url" | "database">): MysqlPool;
}

/**
 * Starts a server before the tests of a file and stops it after them. Call it once, at the top of the file or of its
 * `describe`; its members may be used in hooks and tests only.
 *
 * @param args - More arguments of the server, such as `["--sql-mode="]`.
 */
export function withServer(args: readonly string[] = []): TestServer {
  let server: MysqlServer | null = null;
  let flavour: TestServer["flavour"] | null = null;
  const pools: MysqlPool[] = [];
  const databases: string[] = [];
  const accounts: string[] = [];

  const running = (): MysqlServer => {
    if (server === null) throw new Error("the server runs only while hooks and tests do");
    return server;
  };
  const open = (settings: PoolSettings): MysqlPool => {
    const pool = openPool(settings);
    pools.push(pool);
    return pool;
  };
  const urlOf = (database: string): string => {
    const url = new URL(running().url);
    url.pathname = `/${encodeURIComponent(database)}`;
    return url.href;
  };
  let root: MysqlPool | null = null;
  const rootPool = (): MysqlPool => {
    root ??= open({ url: running().url });
    return root;
  };

  beforeAll(async () => {
    server = await startMysqlServer(args);
    const { rows } = await rootPool().execute<{ v: string }>("SELECT VERSION() AS v");
    flavour = /mariadb/i.test(rows[0]?.v ?? "") ? "mariadb" : "mysql";
  }, 60_000);

  afterAll(async () => {
    // A server that `MYSQL_URL` names stays; one of our own goes with its data.
    for (const name of databases) {
      await rootPool()
        .query(`DROP DATABASE IF EXISTS \`${name}\``)
        .catch(() => undefined);
    }
    for (const account of accounts) {
      await rootPool()
        .query(`DROP ${account}`)
        .catch(() => undefined);
    }
    await Promise.allSettled(pools.map((pool) => pool.close()));
    await server?.stop();
  });

  return {
    get flavour() {
      if (flavour === null) throw new Error("the server has not started");
      return flavour;
    },
    get url() {
      return running().url;
    },
    get root() {
      return rootPool();
    },
    urlOf,
    async freshDatabase(options = "") {
      const name = `orderly_test_${randomBytes(6).toString("hex")}`;
      await rootPool().query(`CREATE DATABASE \`${name}\` ${options}`);
      databases.push(name);
      return name;
    },
    async freshAccount(kind, ...rights) {
      const name = `orderly_${randomBytes(6).toString("hex")}`;
      await rootPool().query(`CREATE ${kind} ${name}`);
      accounts.push(`${kind} ${name}`);
      for (const right of rights) await rootPool().query(`GRANT ${right} TO ${name}`);
      return name;
    },
    pool: (database, settings = {}) => open({ ...settings, url: urlOf(database) }),
  };
}
