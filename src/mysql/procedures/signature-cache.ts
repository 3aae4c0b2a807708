import type { MysqlPool } from "../connection.ts";
import { readSignature, type Signature } from "./signature.ts";

interface Entry {
  readonly signature: Signature;
  readonly readAtMs: number;
}

/**
 * Signatures by pool and name. Each is read again after `recheckMs`: a list of parameters that was reordered raises no
 * error, and LAST_ALTERED, which counts whole seconds, does not tell two versions of one second apart. Reading all of it
 * costs what reading LAST_ALTERED would.
 */
export class SignatureCache {
  readonly #recheckMs: number;
  readonly #nowMs: () => number;
  readonly #entries = new WeakMap<MysqlPool, Map<string, Entry>>();
  readonly #reading = new WeakMap<MysqlPool, Map<string, Promise<Signature | null>>>();

  constructor(recheckMs: number, nowMs: () => number) {
    this.#recheckMs = recheckMs;
    this.#nowMs = nowMs;
  }

  /** The signature where it was read lately, else undefined. */
  fresh(pool: MysqlPool, key: string): Signature | undefined {
    const entry = this.#entries.get(pool)?.get(key);
    if (entry === undefined || this.#nowMs() - entry.readAtMs >= this.#recheckMs) return undefined;
    return entry.signature;
  }

  /** Whether the procedure was there when it was last looked at. */
  isKnown(pool: MysqlPool, key: string): boolean {
    return this.#entries.get(pool)?.has(key) === true;
  }

  /** Reads it; those who ask meanwhile share the answer. Null where there is no such procedure. */
  read(pool: MysqlPool, database: string, name: string, key: string): Promise<Signature | null> {
    const reading = inner(this.#reading, pool);
    let promise = reading.get(key);
    if (promise === undefined) {
      // Taken before the server is asked: what it answers may be that old.
      const readAtMs = this.#nowMs();
      promise = readSignature(pool, database, name)
        .then((signature) => {
          // An entry that is out of date stays: that the procedure was there once is worth knowing in the gap.
          if (signature !== null) inner(this.#entries, pool).set(key, { signature, readAtMs });
          return signature;
        })
        .finally(() => reading.delete(key));
      reading.set(key, promise);
    }
    return promise;
  }
}

function inner<V>(outer: WeakMap<MysqlPool, Map<string, V>>, pool: MysqlPool): Map<string, V> {
  let map = outer.get(pool);
  if (map === undefined) {
    map = new Map();
    outer.set(pool, map);
  }
  return map;
}
