import { relative, sep } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take longest, the longest first. Started last, one of them would keep one core busy and the rest idle; a
 * fresh machine has no durations of an earlier run to sort by, and the files' sizes say little about them.
 */
export const SLOWEST: readonly string[] = [
  "test/examples/desk.test.ts",
  "test/mysql/deployment/killed-shard.test.ts",
  "test/mysql/migrations/killed-migration.test.ts",
  "test/mysql/cure/killed-schema.test.ts",
  "test/model/mutation.test.ts",
  "test/model/delivery.test.ts",
  "test/session/sockets/seed-race.test.ts",
  "test/model/frames.test.ts",
  "test/model/links.test.ts",
  "test/model/core.test.ts",
  "test/package/exports.test.ts",
  "test/mysql/cure/corpus-command.test.ts",
  "test/decimal/rounding.property.test.ts",
  "test/decimal/big-oracle.property.test.ts",
  "test/model/hostile-peer.test.ts",
  "test/decimal/live-arithmetic.test.ts",
  "test/model/calm.test.ts",
  "test/decimal/allocate.test.ts",
  "test/mysql/migrations/migrate.test.ts",
];

/** Runs the slowest files first, whatever their project, and all others in Vitest's own order. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const path = relative(this.ctx.config.root, moduleId).split(sep).join("/");
      const index = SLOWEST.indexOf(path);
      return index < 0 ? SLOWEST.length : index;
    };
    // A stable sort: files that are not named keep their order.
    return others.toSorted((one, two) => place(one) - place(two));
  }
}
