import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import type { Change } from "./change.ts";
import { flushesEachCommit } from "./durability.ts";

/**
 * Where a run stands on a shard.
 *
 * - `preparing`: its changes are being written down; nothing has changed on any shard.
 * - `applying`: every shard has its changes written down; any of them may have been made.
 * - `done`: made and verified. `undoing`: a rollback has begun. `undone`: everything is as before.
 * - `dropped`: ended before anything changed.
 */
export type RunState = "preparing" | "applying" | "done" | "undoing" | "undone" | "dropped";

/** One run of a deployment, as one shard's journal has it. */
export interface RunRecord {
  /** 32 hexadecimal digits; the same on every shard that takes part. Later runs compare greater. */
  readonly run: string;
  /** What was deployed, such as `procedures`; see `Deployment.kind`. */
  readonly kind: string;
  /** One line for people. */
  readonly summary: string;
  /** Where it stands. */
  readonly state: RunState;
  /** Shards that take part. */
  readonly shardCount: number;
  /** When it began, UTC, by the shard's clock, `YYYY-MM-DD hh:mm:ss`. */
  readonly startedAt: string;
}

/** A change in the journal. */
export interface JournaledChange {
  /** Its place in the order of the run on this shard, from 0. */
  readonly position: number;
  /** What was written down. */
  readonly change: Change;
  /** What was last known to have been done: where the process ended, more may have been. */
  readonly state: "planned" | "applied" | "undone";
}

/** The database that holds the journal on each server, unless another is named. */
export const JOURNAL_DATABASE = "orderly_journal";

/**
 * The journal of one shard: two tables in a database of their own on the shard's own server.
 *
 * There because whoever continues or undoes a run, on whatever machine, has a connection to the shard and nothing else;
 * because a shard can be brought back while another is down; and because a backup or a replica of the server carries it
 * along. A file would be lost with the machine that wrote it. The rows belong to a server and a database, not to an id of
 * a configuration, which may change.
 */
export class Journal {
  readonly #session: MysqlConnection;
  readonly #database: string;
  readonly #shard: string;

  /**
   * @param shard - The shard's database.
   * @param database - The journal's database.
   */
  constructor(session: MysqlConnection, shard: string, database: string = JOURNAL_DATABASE) {
    this.#session = session;
    this.#database = database;
    this.#shard = shard;
  }

  /** Creates database and tables where they are missing. */
  async create(): Promise<void> {
    // Checked first: where they exist, no right to create anything is needed.
    if (await this.exists()) return;
    const run = "run CHAR(32) NOT NULL, shard VARCHAR(64) NOT NULL";
    const options = "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    await this.#session.query(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(this.#database)}`);
    await this.#session.query(
      `CREATE TABLE IF NOT EXISTS ${this.#changes} (${run}, position INT NOT NULL, kind VARCHAR(32) NOT NULL,
        schema_name VARCHAR(64) NOT NULL, name VARCHAR(512) NOT NULL, state VARCHAR(16) NOT NULL,
        before_state LONGTEXT NOT NULL, after_state LONGTEXT NOT NULL, PRIMARY KEY (run, shard, position)) ${options}`,
    );
    await this.#session.query(
      `CREATE TABLE IF NOT EXISTS ${this.#runs} (${run}, kind VARCHAR(32) NOT NULL, summary TEXT NOT NULL,
        state VARCHAR(16) NOT NULL, shard_count INT NOT NULL, started_at DATETIME NOT NULL,
        PRIMARY KEY (run, shard)) ${options}`,
    );
  }

  /** Whether the journal has its tables here. */
  async exists(): Promise<boolean> {
    const { rows } = await this.#session.execute<{ n: string }>(
      "SELECT CAST(COUNT(*) AS CHAR) AS n FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME IN ('runs', 'changes')",
      [this.#database],
    );
    return rows[0]?.n === "2";
  }

  /** Writes a run down, `preparing`, with its changes in order. Durable when it resolves. */
  async write(
    run: Pick<RunRecord, "run" | "kind" | "summary" | "shardCount">,
    changes: readonly Change[],
  ): Promise<void> {
    await this.#session.query("START TRANSACTION");
    try {
      await this.#session.execute(
        `INSERT INTO ${this.#runs} (run, shard, kind, summary, state, shard_count, started_at)
          VALUES (?, ?, ?, ?, 'preparing', ?, UTC_TIMESTAMP())`,
        [run.run, this.#shard, run.kind, run.summary, run.shardCount],
      );
      for (const [position, change] of changes.entries()) {
        await this.#session.execute(
          `INSERT INTO ${this.#changes} (run, shard, position, kind, schema_name, name, state, before_state, after_state)
            VALUES (?, ?, ?, ?, ?, ?, 'planned', ?, ?)`,
          [
            run.run,
            this.#shard,
            position,
            change.kind,
            change.schema,
            change.name,
            JSON.stringify(change.before),
            JSON.stringify(change.after),
          ],
        );
      }
      await this.#session.query("COMMIT");
    } catch (error) {
      await this.#session.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
    await this.#makeDurable();
  }

  /** Notes where a run stands. Durable when it resolves. */
  async setState(run: string, state: RunState): Promise<void> {
    await this.#session.execute(`UPDATE ${this.#runs} SET state = ? WHERE run = ? AND shard = ?`, [
      state,
      run,
      this.#shard,
    ]);
    await this.#makeDurable();
  }

  /** Notes that a change was made or undone. For people who ask; nothing depends on it. */
  async setChangeState(
    run: string,
    position: number,
    state: JournaledChange["state"],
  ): Promise<void> {
    await this.#session.execute(
      `UPDATE ${this.#changes} SET state = ? WHERE run = ? AND shard = ? AND position = ?`,
      [state, run, this.#shard, position],
    );
  }

  /** Every run of the shard, the latest first. */
  async runs(): Promise<readonly RunRecord[]> {
    if (!(await this.exists())) return [];
    const { rows } = await this.#session.execute<RunRecord>(
      `SELECT run, kind, summary, state, shard_count AS shardCount,
          DATE_FORMAT(started_at, '%Y-%m-%d %H:%i:%s') AS startedAt
        FROM ${this.#runs} WHERE shard = ? ORDER BY run DESC`,
      [this.#shard],
    );
    return rows;
  }

  /** The changes of a run on this shard, in order. */
  async changes(run: string): Promise<readonly JournaledChange[]> {
    interface ChangeRow {
      readonly position: number;
      readonly kind: string;
      readonly schema_name: string;
      readonly name: string;
      readonly state: JournaledChange["state"];
      readonly before_state: string;
      readonly after_state: string;
    }
    const { rows } = await this.#session.execute<ChangeRow>(
      `SELECT position, kind, schema_name, name, state, before_state, after_state
        FROM ${this.#changes} WHERE run = ? AND shard = ? ORDER BY position`,
      [run, this.#shard],
    );
    return rows.map((row) => ({
      position: row.position,
      state: row.state,
      change: {
        kind: row.kind,
        schema: row.schema_name,
        name: row.name,
        before: JSON.parse(row.before_state) as unknown,
        after: JSON.parse(row.after_state) as unknown,
      },
    }));
  }

  /** Brings what was committed to the disk. */
  async #makeDurable(): Promise<void> {
    if (await flushesEachCommit(this.#session)) return;
    const table = `${quoteIdentifier(this.#database)}.flushed`;
    await this.#session.query(`DROP TABLE IF EXISTS ${table}`);
    // Two shards of one server may do this at once; then the other's table was made after our COMMIT too.
    await this.#session.query(
      `CREATE TABLE IF NOT EXISTS ${table} (nothing INT PRIMARY KEY) ENGINE = InnoDB`,
    );
  }

  get #runs(): string {
    return `${quoteIdentifier(this.#database)}.runs`;
  }

  get #changes(): string {
    return `${quoteIdentifier(this.#database)}.changes`;
  }
}
