import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LiveDatabase, openLiveDatabase, readRows } from "./support/live-database.ts";
import { SeededRandom } from "./support/random-values.ts";
import {
  EXACT_DIVISION,
  OPERATIONS,
  type Pair,
  plain,
  randomPair,
  statement,
  TYPES,
} from "./support/server-arithmetic.ts";

const SEED = BigInt(process.env["DECIMAL_SEED"] ?? Date.now());
const PAIRS = 20_000;
const PAIRS_A_STATEMENT = 500;

let database: LiveDatabase;

beforeAll(async () => {
  database = await openLiveDatabase();
  await database.connection.query(EXACT_DIVISION);
}, 120_000);

afterAll(() => database?.close());

describe.each(["query", "execute"] as const)("MySQL's arithmetic through %s()", (protocol) => {
  it.each(TYPES)(
    `is ours on ${PAIRS} pairs of %s, seed ${SEED}`,
    { timeout: 120_000 },
    async (type) => {
      const random = new SeededRandom(SEED);
      const sql = statement(type, PAIRS_A_STATEMENT);
      const differences: string[] = [];
      let compared = 0;
      for (let done = 0; done < PAIRS; done += PAIRS_A_STATEMENT) {
        const pairs = Array.from({ length: PAIRS_A_STATEMENT }, () => randomPair(random, type));
        const bound = pairs.flatMap(({ texts }) => texts);
        const rows = await readRows(database.connection, protocol, sql, bound);
        rows.forEach((row, index) => {
          const pair = pairs[index] as Pair;
          row.forEach((theirs, operation) => {
            compared += 1;
            if (plain(theirs) === pair.results[operation]) return;
            differences.push(
              `${OPERATIONS[operation]?.name} ${pair.texts.join(" ")}: ${theirs}, ours ${pair.results[operation]}`,
            );
          });
        });
      }
      expect(differences).toEqual([]);
      expect(compared).toBe(PAIRS * OPERATIONS.length);
    },
  );
});
