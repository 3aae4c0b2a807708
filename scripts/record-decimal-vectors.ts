/**
 * Asks a MySQL server for arithmetic on decimals and writes its answers to test/decimal/mysql-vectors.json:
 *
 *   ORDERLY_MYSQLD="$(scripts/newer-servers.sh)/mysqld" npx tsx --tsconfig tsconfig.check.json scripts/record-decimal-vectors.ts
 */
import { writeFile } from "node:fs/promises";
import { openLiveDatabase, readRows } from "../test/decimal/support/live-database.ts";
import { SeededRandom } from "../test/decimal/support/random-values.ts";
import {
  EXACT_DIVISION,
  OPERATIONS,
  randomPair,
  statement,
  TYPES,
} from "../test/decimal/support/server-arithmetic.ts";

const PAIRS = 60;
const SEED = 20_230_125n;

const database = await openLiveDatabase();
try {
  await database.connection.query(EXACT_DIVISION);
  const [versions] = await readRows(database.connection, "query", "SELECT VERSION()");
  const tables = [];
  for (const type of TYPES) {
    const random = new SeededRandom(SEED);
    const pairs = Array.from({ length: PAIRS }, () => randomPair(random, type).texts);
    const query = statement(type, PAIRS);
    const answers = await readRows(database.connection, "execute", query, pairs.flat());
    tables.push({
      precision: type.precision,
      scale: type.scale,
      query: statement(type, 1),
      rows: pairs.map((texts, index) => [...texts, ...(answers[index] ?? [])].join(" ")),
    });
  }
  const vectors = {
    server: versions?.[0],
    session: EXACT_DIVISION,
    columns: ["a", "b", ...OPERATIONS.map(({ name }) => name)].join(", "),
    tables,
  };
  const file = new URL("../test/decimal/mysql-vectors.json", import.meta.url);
  await writeFile(file, `${JSON.stringify(vectors, null, 2)}\n`);
} finally {
  await database.close();
}
