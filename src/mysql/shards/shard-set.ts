import type { MysqlPool } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { openPool } from "../mysql-pool.ts";
import type { PoolSettings } from "../pool-settings.ts";
import { SHARD_STATUSES, type Shard, type ShardSettings, type ShardStatus } from "./shard.ts";
import { type ShardHealth, shardHealth } from "./shard-health.ts";
import { ShardMap } from "./shard-map.ts";
import { eachShard, type ShardOutcome } from "./shard-outcome.ts";

/** What a {@link ShardSet} is made of. */
export interface ShardSetOptions {
  /** The shards, or how to read them from the global database, such as `shardsFromTable()`. */
  readonly shards:
    | readonly ShardSettings[]
    | ((global: MysqlPool) => Promise<readonly ShardSettings[]>);
  /** The database that holds `orderly_shard_map` (see `createShardTables`). `shardFor` needs it. */
  readonly global?: PoolSettings;
  /** Milliseconds for which shards read from the global database count as known. @defaultValue 5000 */
  readonly refreshMs?: number;
  /** Keys whose shard is remembered in memory. @defaultValue 100000 */
  readonly maxRememberedKeys?: number;
}

/** Which shards {@link ShardSet.forEachShard} visits, and how many at a time. */
export interface ForEachShardOptions {
  /** @defaultValue `["active"]` */
  readonly statuses?: readonly ShardStatus[];
  /** Shards worked on at the same time. @defaultValue 4 */
  readonly concurrency?: number;
}

/** One shard of the set; its status and pool follow the configuration. */
class OpenShard implements Shard {
  settings: ShardSettings;
  readonly pool: MysqlPool;
  readonly database: string;

  constructor(settings: ShardSettings) {
    const { id } = settings;
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(id)) {
      throw new TypeError(`a shard's id is 1 to 64 letters, digits, "_", "." or "-", got "${id}"`);
    }
    this.settings = settings;
    this.pool = openPool(settings);
    if (this.pool.database === null) {
      throw new TypeError(`shard ${id} names no database, and there is none to fall back on`);
    }
    this.database = this.pool.database;
  }

  get id(): string {
    return this.settings.id;
  }

  get status(): ShardStatus {
    return this.settings.status ?? "active";
  }
}

/**
 * Many databases of one schema, each with a bounded pool of its own.
 *
 * A key (a user, an account) stays with the shard that it first got. Where that shard cannot be had, the call fails: it
 * never goes to another database.
 */
export class ShardSet {
  readonly #load: ((global: MysqlPool) => Promise<readonly ShardSettings[]>) | null;
  readonly #global: MysqlPool | null;
  readonly #map: ShardMap | null;
  readonly #refreshMs: number;
  #shards: ReadonlyMap<string, OpenShard> = new Map();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  private constructor(options: ShardSetOptions) {
    this.#refreshMs = options.refreshMs ?? 5_000;
    if (!(this.#refreshMs >= 0)) {
      throw new RangeError(`refreshMs must be 0 or more, got ${options.refreshMs}`);
    }
    const maxRemembered = options.maxRememberedKeys ?? 100_000;
    if (!Number.isSafeInteger(maxRemembered) || maxRemembered < 0) {
      throw new RangeError(`maxRememberedKeys must be an integer from 0 up, got ${maxRemembered}`);
    }
    this.#load = typeof options.shards === "function" ? options.shards : null;
    this.#global = options.global === undefined ? null : openPool(options.global);
    this.#map = this.#global === null ? null : new ShardMap(this.#global, maxRemembered);
    if (this.#load !== null && this.#global === null) {
      throw new TypeError("shards are to be read from a global database, and `global` is missing");
    }
  }

  /**
   * Opens the set. Pools connect at their first statement, but shards of a global database are read now.
   *
   * @throws TypeError or RangeError where the configuration is wrong: a repeated id, a missing database, `decimalNumbers`.
   *   Rejects with {@link MysqlError} where the global database cannot be read. Nothing stays open then.
   */
  static async open(options: ShardSetOptions): Promise<ShardSet> {
    const set = new ShardSet(options);
    try {
      if (typeof options.shards === "function") await set.reload();
      else set.#adopt(options.shards);
    } catch (error) {
      await set.close();
      throw error;
    }
    return set;
  }

  /** Every shard, whatever its status, in the order of the configuration. */
  get shards(): readonly Shard[] {
    return [...this.#shards.values()];
  }

  /**
   * The shard with this id, whatever its status.
   *
   * @throws {@link MysqlError} `UNKNOWN_SHARD`.
   */
  shard(id: string): Shard {
    const shard = this.#shards.get(id);
    if (shard !== undefined) return shard;
    throw new MysqlError("UNKNOWN_SHARD", `there is no shard ${id}`);
  }

  /**
   * The shard of a key. The first time, one of the active shards is chosen by a stable hash of the key and written to
   * `orderly_shard_map`; of two processes that race, both get the one that was written.
   *
   * @param key - 1 to 255 bytes of UTF-8, compared byte by byte; 7, 7n and "7" are one key.
   * @throws {@link MysqlError} `SHARD_UNAVAILABLE` in maintenance or disabled, `UNKNOWN_SHARD` where the mapped shard is no
   *   longer configured, `NO_ACTIVE_SHARD` for a new key; or as the global database fails.
   */
  async shardFor(key: string | bigint | number): Promise<Shard> {
    const text = keyText(key);
    if (this.#map === null)
      throw new TypeError("shardFor needs the global database: pass `global`");
    await this.#refresh();
    const active = this.shards.filter(({ status }) => status === "active").map(({ id }) => id);
    const shard = this.shard(await this.#map.idOf(text, active));
    if (shard.status === "active") return shard;
    throw new MysqlError("SHARD_UNAVAILABLE", `shard ${shard.id} is ${shard.status}`);
  }

  /** Runs `work` on every shard of the statuses asked for. One that fails does not keep the others from it. */
  async forEachShard<T>(
    work: (shard: Shard) => Promise<T>,
    options: ForEachShardOptions = {},
  ): Promise<readonly ShardOutcome<T>[]> {
    const { statuses = ["active"], concurrency = 4 } = options;
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new RangeError(`concurrency must be an integer from 1 up, got ${concurrency}`);
    }
    await this.#refresh();
    const shards = this.shards.filter(({ status }) => statuses.includes(status));
    return await eachShard(shards, work, concurrency);
  }

  /**
   * Asks every shard that is not disabled whether it answers. Never rejects.
   *
   * @param timeoutMs - After which a shard counts as not healthy. @defaultValue 3000
   */
  async health(timeoutMs = 3_000): Promise<readonly ShardHealth[]> {
    const shards = this.shards.filter(({ status }) => status !== "disabled");
    return await Promise.all(shards.map((shard) => shardHealth(shard, timeoutMs)));
  }

  /**
   * Reads the shards from the global database now, and forgets which key has which shard. Pools whose settings are the
   * same remain; those of shards that changed or went are closed once they are idle. Without a global database it does
   * nothing.
   */
  async reload(): Promise<void> {
    this.#map?.forget();
    await this.#read();
  }

  /** Closes every pool, each when its running work has ended. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= Promise.all([
      this.#global?.close(),
      ...[...this.#shards.values()].map(({ pool }) => pool.close()),
    ]).then(() => undefined);
    return this.#closing;
  }

  async #refresh(): Promise<void> {
    if (this.#closing !== null) throw new MysqlError("POOL_CLOSED", "the set of shards is closed");
    if (performance.now() - this.#readAtMs >= this.#refreshMs) await this.#read();
  }

  /** One reading at a time, shared by all who ask for it. */
  #read(): Promise<void> {
    const load = this.#load;
    const global = this.#global;
    if (load === null || global === null) return Promise.resolve();
    this.#reading ??= (async () => {
      try {
        const list = await load(global);
        if (this.#closing !== null) return;
        this.#adopt(list);
        this.#readAtMs = performance.now();
      } finally {
        this.#reading = null;
      }
    })();
    return this.#reading;
  }

  #adopt(list: readonly ShardSettings[]): void {
    const next = new Map<string, OpenShard>();
    const opened: OpenShard[] = [];
    try {
      for (const settings of list) {
        if (next.has(settings.id)) throw new TypeError(`the shard id ${settings.id} is repeated`);
        if (!SHARD_STATUSES.includes(settings.status ?? "active")) {
          throw new TypeError(
            `shard ${settings.id}: status is one of ${SHARD_STATUSES.join(", ")}`,
          );
        }
        const known = this.#shards.get(settings.id);
        if (known !== undefined && sameServer(known.settings, settings)) {
          next.set(settings.id, known);
        } else {
          const shard = new OpenShard(settings);
          opened.push(shard);
          next.set(settings.id, shard);
        }
      }
    } catch (error) {
      for (const { pool } of opened) void pool.close();
      throw error;
    }
    const left = [...this.#shards.values()].filter((shard) => next.get(shard.id) !== shard);
    this.#shards = next;
    for (const settings of list) {
      const shard = next.get(settings.id);
      if (shard !== undefined) shard.settings = settings;
    }
    for (const { pool } of left) void pool.close().catch(() => undefined);
  }
}

/** Whether two settings differ in the status at most, which needs no other pool. */
function sameServer(a: ShardSettings, b: ShardSettings): boolean {
  const { status: _a, ...ofA } = a;
  const { status: _b, ...ofB } = b;
  return JSON.stringify(ofA) === JSON.stringify(ofB);
}

function keyText(key: string | bigint | number): string {
  if (typeof key === "number" && !Number.isSafeInteger(key)) {
    throw new TypeError("a key that is a number must be a safe integer: pass a bigint or a text");
  }
  const text = String(key);
  const bytes = Buffer.byteLength(text);
  if (bytes >= 1 && bytes <= 255) return text;
  throw new RangeError(`a key has 1 to 255 bytes, got ${bytes}`);
}
