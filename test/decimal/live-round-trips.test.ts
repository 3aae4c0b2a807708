import { Redis } from "ioredis";
import {
  DECIMAL_19_6,
  DECIMAL_38_6,
  type Decimal,
  decimal,
  describeColumn,
  reviver,
} from "orderly-ws/decimal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisServer, startRedisServer } from "../support/servers/redis-server.ts";
import { type LiveDatabase, openLiveDatabase, readRows } from "./support/live-database.ts";
import { SeededRandom } from "./support/random-values.ts";

const SEED = BigInt(process.env["DECIMAL_SEED"] ?? Date.now());
const VALUES = 10_000;
const ROWS_A_STATEMENT = 1_000;
const TYPES = [DECIMAL_19_6, DECIMAL_38_6];

let database: LiveDatabase;
let redisServer: RedisServer;
let redis: Redis;

beforeAll(async () => {
  [database, redisServer] = await Promise.all([openLiveDatabase(), startRedisServer()]);
  redis = new Redis(redisServer.url);
}, 120_000);

afterAll(async () => {
  redis?.disconnect();
  await Promise.all([database?.close(), redisServer?.stop()]);
});

describe.each(TYPES)(`${VALUES} random values of %s, seed ${SEED}`, (type) => {
  const random = new SeededRandom(SEED);
  const values = Array.from({ length: VALUES }, (_, index): Decimal => {
    if (index < 3) return [type.min, type.zero, type.max][index] as Decimal;
    return type.parse(random.text(type.precision - type.scale, type.scale));
  });

  it("come back from JSON as they were", () => {
    const text = JSON.stringify(values.map((price) => ({ price })));
    const back = JSON.parse(text, reviver({ price: type })) as { price: Decimal }[];
    expect(back.map(({ price }) => price)).toEqual(values);
  });

  it.each(["query", "execute"] as const)(
    "come back from a column through %s() as they were",
    async (protocol) => {
      const { connection } = database;
      const table = `values_${type.precision}_${protocol}`;
      await connection.query(
        `CREATE TABLE ${table} (id INT PRIMARY KEY, v ${describeColumn(type)})`,
      );
      for (let from = 0; from < VALUES; from += ROWS_A_STATEMENT) {
        const rows = values.slice(from, from + ROWS_A_STATEMENT);
        const insert = `INSERT INTO ${table} VALUES ${rows.map(() => "(?, ?)").join(", ")}`;
        const bound = rows.flatMap((value, index) => [from + index, value.toSql()]);
        if (protocol === "query") await connection.query(insert, bound);
        else await connection.execute(insert, bound);
      }
      const back = await readRows(connection, protocol, `SELECT v FROM ${table} ORDER BY id`);
      expect(back.map(([text]) => type.parse(text as string))).toEqual(values);
      const [sum] = await readRows(
        connection,
        protocol,
        `SELECT CAST(SUM(v) AS DECIMAL(65,6)) FROM ${table}`,
      );
      expect(sum).toEqual([decimal(65, 6).sum(values).toString()]);
    },
  );

  it("come back from Redis as they were, and in numeric order", async () => {
    const key = `keys:${type.precision}`;
    await redis.del(key);
    await redis.zadd(key, ...values.flatMap((value) => [0, value.toSortKey()]));
    const members = await redis.zrange(key, "-", "+", "BYLEX");
    const ordered = [...new Map(values.map((value) => [value.units, value])).values()].sort(
      (a, b) => a.compare(b),
    );
    expect(members.map((member) => type.fromSortKey(member))).toEqual(ordered);

    const positive = await redis.zrange(key, `(${type.zero.toSortKey()}`, "+", "BYLEX");
    expect(positive).toHaveLength(ordered.filter((value) => value.sign() > 0).length);
    await redis.del(key);
  });
});
