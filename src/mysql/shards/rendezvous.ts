import { createHash } from "node:crypto";

/**
 * Chooses the shard of a new key: the one whose SHA-256 of `key NUL id` is the greatest (rendezvous hashing).
 *
 * It depends on nothing but its arguments, whatever the order of the ids, so that all processes agree; and where a shard
 * comes or goes, only new keys notice.
 *
 * @param ids - Not empty, each once.
 */
export function chooseShard(key: string, ids: readonly string[]): string {
  let best: string | null = null;
  let bestScore = "";
  for (const id of ids) {
    const score = createHash("sha256").update(`${key}\0${id}`).digest("hex");
    if (best === null || score > bestScore) {
      best = id;
      bestScore = score;
    }
  }
  if (best === null) throw new Error("bug: chooseShard was asked to choose among none");
  return best;
}
