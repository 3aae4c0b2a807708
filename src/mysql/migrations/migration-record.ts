import type { MysqlConnection } from "../connection.ts";
import { flushesEachCommit } from "../deployment/durability.ts";
import { MysqlError } from "../mysql-error.ts";
import { quoteQualified } from "../sql/identifier.ts";

/** What a shard says of a migration that it has, or has begun. */
export interface MigrationRecord {
  /** The migration's. */
  readonly name: string;
  /** Of what was run; see `ReadMigration.checksum`. */
  readonly checksum: string;
  /** How many statements it has. */
  readonly steps: number;
  /** How many of them have run. */
  readonly stepsDone: number;
  /** 1 where the next one was begun, and nobody wrote down how it ended. */
  readonly isRunning: 0 | 1;
}

/** In each shard's own database, so that a copy of the database carries it along. */
export const MIGRATIONS_TABLE = "orderly_migrations";

/** ER_NO_SUCH_TABLE. */
const NO_TABLE = 1146;

/** The table of one shard that says which migrations it has. */
export class MigrationRecords {
  readonly #session: MysqlConnection;
  readonly #table: string;

  constructor(session: MysqlConnection, database: string) {
    this.#session = session;
    this.#table = quoteQualified(database, MIGRATIONS_TABLE);
  }

  /** Creates the table where it is missing. */
  async create(): Promise<void> {
    await this.#session.query(`CREATE TABLE IF NOT EXISTS ${this.#table} (
      name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      steps INT NOT NULL, steps_done INT NOT NULL, is_running TINYINT NOT NULL,
      begun_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
    ) ENGINE = InnoDB`);
  }

  /** Every record, in the order of the names. */
  async all(): Promise<readonly MigrationRecord[]> {
    try {
      const { rows } = await this.#session.execute<MigrationRecord>(
        `SELECT name, checksum, steps, steps_done AS stepsDone, is_running AS isRunning
          FROM ${this.#table} ORDER BY name`,
      );
      return rows;
    } catch (error) {
      if (error instanceof MysqlError && error.errno === NO_TABLE) return [];
      throw error;
    }
  }

  /** The record of one migration, or null. */
  async of(name: string): Promise<MigrationRecord | null> {
    return (await this.all()).find((record) => record.name === name) ?? null;
  }

  /** Writes down that a migration begins. */
  async begin(name: string, checksum: string, steps: number): Promise<void> {
    await this.#session.execute(
      `INSERT INTO ${this.#table} (name, checksum, steps, steps_done, is_running) VALUES (?, ?, ?, 0, 0)`,
      [name, checksum, steps],
    );
  }

  /** Writes down how far a migration is. That the next statement begins is durable when it resolves. */
  async note(name: string, stepsDone: number, isRunning: boolean): Promise<void> {
    await this.#session.execute(
      `UPDATE ${this.#table} SET steps_done = ?, is_running = ? WHERE name = ?`,
      [stepsDone, isRunning ? 1 : 0, name],
    );
    if (!isRunning || (await flushesEachCommit(this.#session))) return;
    // Else whoever comes after the server was killed takes a statement that ran for one that did not.
    await this.#session.query(`ALTER TABLE ${this.#table} FORCE`);
  }

  /** Forgets a migration that was taken back. */
  async remove(name: string): Promise<void> {
    await this.#session.execute(`DELETE FROM ${this.#table} WHERE name = ?`, [name]);
  }
}
