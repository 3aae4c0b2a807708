import { createPool, type Pool } from "mysql2/promise";
import { type MysqlPool, openPool, type Shard } from "orderly-ws/mysql";

/** The server that a benchmark runs against, and the pools to it. */
export class BenchServer {
  readonly root: MysqlPool;
  readonly #url: string;
  readonly #pools: { close(): Promise<void> }[] = [];
  #count = 0;

  constructor(url: string) {
    this.#url = url;
    this.root = openPool({ url });
    this.#pools.push(this.root);
  }

  /** Creates a database with this default collation. Returns its name. */
  async database(collation: string): Promise<string> {
    this.#count++;
    const name = `bench_${this.#count}`;
    await this.root.query(`CREATE DATABASE ${name} COLLATE ${collation}`);
    return name;
  }

  /** One of our pools. */
  ours(database: string, maxConnections: number): MysqlPool {
    const pool = openPool({ url: `${this.#url}/${database}`, maxConnections });
    this.#pools.push(pool);
    return pool;
  }

  /** A shard of one database. */
  shard(database: string): Shard {
    return { id: "1", status: "active", database, pool: this.ours(database, 10) };
  }

  /** A pool of mysql2's, with the options that its manual shows. */
  bare(database: string, connectionLimit: number): Pool {
    const pool = createPool({ uri: `${this.#url}/${database}`, connectionLimit });
    this.#pools.push({ close: () => pool.end() });
    return pool;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#pools.map((pool) => pool.close()));
  }
}
