import type { Shard } from "./shard.ts";

/** What one shard made of the work of `forEachShard`. */
export type ShardOutcome<T> =
  | {
      /** Where the work ran. */
      readonly shard: Shard;
      /** It resolved. */
      readonly ok: true;
      /** With what. */
      readonly value: T;
    }
  | {
      /** Where the work ran. */
      readonly shard: Shard;
      /** It rejected; the other shards went on. */
      readonly ok: false;
      /** With what. */
      readonly error: unknown;
    };

/** Runs `work` for every shard, at most `concurrency` at a time. Never rejects; outcomes are in the order of `shards`. */
export async function eachShard<T>(
  shards: readonly Shard[],
  work: (shard: Shard) => Promise<T>,
  concurrency: number,
): Promise<readonly ShardOutcome<T>[]> {
  const outcomes: ShardOutcome<T>[] = [];
  const waiting = shards.entries();
  const worker = async (): Promise<void> => {
    for (const [index, shard] of waiting) {
      try {
        outcomes[index] = { shard, ok: true, value: await work(shard) };
      } catch (error) {
        outcomes[index] = { shard, ok: false, error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, shards.length) }, worker));
  return outcomes;
}
