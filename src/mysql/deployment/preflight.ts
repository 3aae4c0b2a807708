import { MysqlError } from "../mysql-error.ts";
import { type Change, type ChangeKinds, kindOf } from "./change.ts";
import type { LockedShard } from "./shard-sessions.ts";

/**
 * Asks every kind on every shard what stands in the way.
 *
 * @throws {@link MysqlError} `PREFLIGHT_FAILED` with everything found, on one line.
 */
export async function checkObstacles(
  planned: readonly { readonly at: LockedShard; readonly changes: readonly Change[] }[],
  kinds: ChangeKinds,
): Promise<void> {
  const found: string[] = [];
  for (const { at, changes } of planned) {
    for (const kind of new Set(changes.map((change) => kindOf(kinds, change)))) {
      const own = changes.filter((change) => change.kind === kind.kind);
      const obstacles = (await kind.obstacles?.(at, own)) ?? [];
      found.push(...obstacles.map((text) => `shard ${at.shard.id}: ${text}`));
    }
  }
  if (found.length > 0) {
    throw new MysqlError("PREFLIGHT_FAILED", `nothing was changed: ${found.join("; ")}`);
  }
}
