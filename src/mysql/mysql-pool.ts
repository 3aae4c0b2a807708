import type { Pool, PoolConnection } from "mysql2/promise";
import { createPool } from "mysql2/promise";
import { type DriverValue, driverValues } from "./bound-values.ts";
import type { BoundValue, MysqlConnection, MysqlPool, Row, StatementResult } from "./connection.ts";
import { MysqlError } from "./mysql-error.ts";
import { driverOptions, type PoolSettings } from "./pool-settings.ts";
import { serverFailure } from "./server-failure.ts";
import { isInTransaction, statementResult } from "./statement-result.ts";

/**
 * Opens a bounded pool. No session is made before the first statement.
 *
 * @throws TypeError or RangeError where the settings are wrong, `decimalNumbers` among them.
 */
export function openPool(settings: PoolSettings): MysqlPool {
  const options = driverOptions(settings);
  const address = options.socketPath ?? `${options.host}:${options.port}`;
  return new DriverPool(createPool(options), address, options.database ?? null);
}

/** ER_QUERY_INTERRUPTED, of KILL QUERY and of KILL CONNECTION. */
const QUERY_INTERRUPTED = 1317;

/** A pool over mysql2's. Modules that need the driver itself (calls, for speed) take it from here. */
export class DriverPool implements MysqlPool {
  readonly address: string;
  readonly database: string | null;
  readonly #pool: Pool;
  /** Sessions that are out, and callers that wait for one. */
  #busy = 0;
  #isIdle: (() => void) | null = null;
  #closing: Promise<void> | null = null;

  constructor(pool: Pool, address: string, database: string | null) {
    this.#pool = pool;
    this.address = address;
    this.database = database;
  }

  execute<R = Row>(sql: string, values: readonly BoundValue[] = []): Promise<StatementResult<R>> {
    return this.session((session) => session.execute<R>(sql, values), "release", isHarmless);
  }

  query<R = Row>(sql: string): Promise<StatementResult<R>> {
    return this.session((session) => session.query<R>(sql), "release", isHarmless);
  }

  async session<T>(
    work: (session: MysqlConnection) => Promise<T>,
    after: "release" | "close" = "release",
    keepsAfter: (error: unknown) => boolean = () => false,
  ): Promise<T> {
    const connection = await this.checkOut();
    let keep = false;
    try {
      const result = await work(new DriverSession(connection, this.address));
      keep = after === "release";
      return result;
    } catch (error) {
      keep = keepsAfter(error);
      throw error;
    } finally {
      // Its locks would go some time after its socket is closed; whoever comes next may want them now.
      if (!keep) await connection.reset().catch(() => undefined);
      this.checkIn(connection, keep);
    }
  }

  async transaction<T>(work: (session: MysqlConnection) => Promise<T>): Promise<T> {
    return await this.session(async (session) => {
      await session.query("START TRANSACTION");
      // Where the work fails, closing the session rolls back, also when the server no longer answers; but it would do so
      // some time later, and the caller may look at once.
      try {
        const result = await work(session);
        await session.query("COMMIT");
        return result;
      } catch (error) {
        await session.query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  /**
   * Runs one statement whose values the driver can bind as they are, and gives the driver's answer. This is the way of
   * `callProcedure`: without the driver's promises, which cost a tenth of a call. Where the statement fails or leaves a
   * transaction open, that is rolled back before anybody else gets the session.
   */
  executeBound(sql: string, values: readonly DriverValue[]): Promise<unknown> {
    if (this.#closing !== null) return Promise.reject(this.#closed());
    this.#busy++;
    return new Promise((resolve, reject) => {
      this.#pool.pool.getConnection((refused, connection) => {
        if (refused !== null) {
          this.#settle();
          reject(serverFailure(refused, this.address, "connect"));
          return;
        }
        connection.execute(sql, values as DriverValue[], (error, answer: unknown) => {
          if (error === null && !isInTransaction(answer)) {
            connection.release();
            this.#settle();
            resolve(answer);
            return;
          }
          connection.query("ROLLBACK", (lost) => {
            if (lost === null) connection.release();
            else connection.destroy();
            this.#settle();
            if (error === null) reject(this.#left());
            // MySQL says that the statement was interrupted, and then ends the session.
            else if (error.errno === QUERY_INTERRUPTED && lost !== null) {
              reject(serverFailure(lost, this.address, "statement"));
            } else reject(serverFailure(error, this.address, "statement"));
          });
        });
      });
    });
  }

  /** As {@link executeBound}, for several statements that need one session. */
  async boundSession<T>(
    work: (
      execute: (sql: string, values: readonly DriverValue[]) => Promise<unknown>,
    ) => Promise<T>,
  ): Promise<T> {
    const connection = await this.checkOut();
    let keep = false;
    try {
      const result = await work(async (sql, values) => {
        const [answer] = await connection.execute(sql, [...values]);
        if (isInTransaction(answer)) throw this.#left();
        return answer;
      });
      keep = true;
      return result;
    } catch (error) {
      keep = await connection.query("ROLLBACK").then(
        () => true,
        () => false,
      );
      throw error instanceof TypeError ? error : serverFailure(error, this.address, "statement");
    } finally {
      this.checkIn(connection, keep);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** Takes a session of the driver; give it back with {@link checkIn}, once. */
  async checkOut(): Promise<PoolConnection> {
    if (this.#closing !== null) throw this.#closed();
    this.#busy++;
    try {
      return await this.#pool.getConnection();
    } catch (error) {
      this.#settle();
      throw serverFailure(error, this.address, "connect");
    }
  }

  /** Gives a session back, or closes it. */
  checkIn(connection: PoolConnection, keep: boolean): void {
    if (keep) connection.release();
    else connection.destroy();
    this.#settle();
  }

  #closed(): MysqlError {
    return new MysqlError("POOL_CLOSED", `the pool to ${this.address} is closed`);
  }

  #left(): MysqlError {
    return new MysqlError(
      "OPEN_TRANSACTION",
      `${this.address}: a procedure returned within a transaction, which was rolled back`,
    );
  }

  #settle(): void {
    this.#busy--;
    if (this.#busy === 0) this.#isIdle?.();
  }

  async #end(): Promise<void> {
    // The driver's end() would close sessions between two statements of their work.
    if (this.#busy > 0) {
      await new Promise<void>((resolve) => {
        this.#isIdle = resolve;
      });
    }
    // A session that the server has already closed cannot be told so; there is nothing left to close then.
    await this.#pool.end().catch(() => undefined);
  }
}

/** One statement that the server refused leaves nothing behind in its session. */
function isHarmless(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    (error instanceof Error && "code" in error && error.code !== "CONNECTION_LOST")
  );
}

class DriverSession implements MysqlConnection {
  readonly #connection: PoolConnection;
  readonly #address: string;

  constructor(connection: PoolConnection, address: string) {
    this.#connection = connection;
    this.#address = address;
  }

  async execute<R = Row>(
    sql: string,
    values: readonly BoundValue[] = [],
  ): Promise<StatementResult<R>> {
    const bound = driverValues(values);
    try {
      const [result] = await this.#connection.execute(sql, bound);
      return statementResult<R>(result);
    } catch (error) {
      throw serverFailure(error, this.#address, "statement");
    }
  }

  async query<R = Row>(sql: string): Promise<StatementResult<R>> {
    try {
      const [result] = await this.#connection.query(sql);
      return statementResult<R>(result);
    } catch (error) {
      throw serverFailure(error, this.#address, "statement");
    }
  }
}
