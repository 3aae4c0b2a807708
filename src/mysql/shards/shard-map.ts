import type { MysqlPool } from "../connection.ts";
import { MysqlError } from "../mysql-error.ts";
import { chooseShard } from "./rendezvous.ts";

/** Which shard a key has, as `orderly_shard_map` of the global database says; remembered here, since it never changes. */
export class ShardMap {
  readonly #global: MysqlPool;
  readonly #maxRemembered: number;
  /** The least recently asked first, so that the first is the one to forget. */
  readonly #remembered = new Map<string, string>();

  constructor(global: MysqlPool, maxRemembered: number) {
    this.#global = global;
    this.#maxRemembered = maxRemembered;
  }

  /**
   * The id of the key's shard, assigned now where it has none.
   *
   * @param active - The ids that a new key may get; the choice depends on nothing else.
   */
  async idOf(key: string, active: readonly string[]): Promise<string> {
    const remembered = this.#remembered.get(key);
    const id = remembered ?? (await this.#read(key)) ?? (await this.#assign(key, active));
    this.#remember(key, id);
    return id;
  }

  /** Forgets what was read, so that a key that an operator moved is read again. */
  forget(): void {
    this.#remembered.clear();
  }

  async #read(key: string): Promise<string | null> {
    const { rows } = await this.#global.execute<{ shard_id: string }>(
      "SELECT shard_id FROM orderly_shard_map WHERE shard_key = ?",
      [Buffer.from(key)],
    );
    return rows[0]?.shard_id ?? null;
  }

  async #assign(key: string, active: readonly string[]): Promise<string> {
    if (active.length === 0) {
      throw new MysqlError("NO_ACTIVE_SHARD", "a new key needs a shard, and none is active");
    }
    // Two processes may see different active shards: the primary key lets one of them win, and both read the winner's.
    await this.#global.execute(
      `INSERT INTO orderly_shard_map (shard_key, shard_id) VALUES (?, ?)
       ON DUPLICATE KEY UPDATE shard_id = shard_id`,
      [Buffer.from(key), chooseShard(key, active)],
    );
    const id = await this.#read(key);
    if (id === null) throw new MysqlError("UNKNOWN_SHARD", "a key just assigned was removed");
    return id;
  }

  #remember(key: string, id: string): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, id);
    if (this.#remembered.size <= this.#maxRemembered) return;
    const oldest = this.#remembered.keys().next();
    if (oldest.done !== true) this.#remembered.delete(oldest.value);
  }
}
