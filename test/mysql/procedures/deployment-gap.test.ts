import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { openPool } from "../../../src/mysql/mysql-pool.ts";
import type { ParameterValue } from "../../../src/mysql/procedures/call-result.ts";
import {
  type CallTarget,
  ProcedureCaller,
  type ProcedureCallerOptions,
} from "../../../src/mysql/procedures/procedure-caller.ts";
import { withServer } from "../support/server.ts";

const server = withServer();
let pool: MysqlPool;
let shard: CallTarget;
/** What the caller under test takes for the time; waiting moves it on, after running what a test put here. */
let now = 0;
let whileWaiting: () => Promise<unknown> = () => Promise.resolve();

beforeAll(async () => {
  const database = await server.freshDatabase();
  pool = server.pool(database);
  shard = { database, pool };
  await pool.query("CREATE TABLE log (word VARCHAR(40)) ENGINE=InnoDB");
});

beforeEach(async () => {
  now = 0;
  whileWaiting = () => Promise.resolve();
  await pool.query("DELETE FROM log");
});

function caller(options: ProcedureCallerOptions = {}): ProcedureCaller {
  return new ProcedureCaller({
    nowMs: () => now,
    sleep: async (ms) => {
      await whileWaiting();
      now += ms;
    },
    ...options,
  });
}

async function create(name: string, text: string): Promise<void> {
  await pool.query(`DROP PROCEDURE IF EXISTS ${name}`);
  await pool.query(`CREATE PROCEDURE ${name}${text}`);
}

const words = async (): Promise<unknown[]> =>
  (await pool.execute<{ word: string }>("SELECT word FROM log")).rows.map(({ word }) => word);

describe("callProcedure across a deployment", () => {
  it("gets a reordered list of the same length right once the recheck is due, though no error tells of it", async () => {
    const calls = caller({ recheckMs: 2_000 });
    const read = async (): Promise<unknown> =>
      (await calls.call(shard, "pair", { price: "1.5", amount: "2.5" })).rows;
    await create("pair", "(price DECIMAL(19,6), amount DECIMAL(19,6)) SELECT price, amount");
    const right = [{ price: "1.500000", amount: "2.500000" }];
    expect(await read()).toEqual(right);
    await create("pair", "(amount DECIMAL(19,6), price DECIMAL(19,6)) SELECT price, amount");
    now = 1_999;
    expect(await read()).toEqual([{ price: "2.500000", amount: "1.500000" }]);
    now = 2_000;
    expect(await read()).toEqual(right);
  });

  it("reads the parameters again at 1318, and calls with the new ones", async () => {
    const calls = caller();
    await create("grows", "(a INT) SELECT a");
    await calls.call(shard, "grows", { a: 1 });
    await create("grows", "(b INT, a INT) SELECT a, b");
    // The names are those of the new version, so that the old one would refuse them; with the old names:
    await expect(calls.call(shard, "grows", { a: 1 })).rejects.toThrow("parameter b is missing");
    expect((await calls.call(shard, "grows", { a: 1, b: 2 })).rows).toEqual([{ a: 1, b: 2 }]);
  });

  it("takes the names of a new version before the recheck is due", async () => {
    const calls = caller();
    await create("renamed", "(old_name INT) SELECT old_name AS v");
    await calls.call(shard, "renamed", { old_name: 1 });
    await create("renamed", "(new_name INT) SELECT new_name AS v");
    expect((await calls.call(shard, "renamed", { new_name: 2 })).rows).toEqual([{ v: 2 }]);
  });

  it("converts to the new types after a change of types, in sessions that called the old one too", async () => {
    const one: CallTarget = { ...shard, pool: server.pool(shard.database, { maxConnections: 1 }) };
    await create("retyped", "(v DOUBLE) SELECT CAST(v AS CHAR) AS seen");
    const calls = caller({ recheckMs: 0 });
    expect((await calls.call(one, "retyped", { v: 1 })).rows).toEqual([{ seen: "1" }]);
    await create("retyped", "(v VARCHAR(30)) SELECT CAST(v AS CHAR) AS seen");
    const { rows } = await calls.call(one, "retyped", { v: 18446744073709551615n });
    expect(rows).toEqual([{ seen: "18446744073709551615" }]);
  });

  it("waits through the gap between DROP and CREATE", async () => {
    const calls = caller();
    await create("gap", "(a INT) SELECT a");
    await calls.call(shard, "gap", { a: 1 });
    await pool.query("DROP PROCEDURE gap");
    let waits = 0;
    whileWaiting = async () => {
      waits++;
      if (waits === 3) await create("gap", "(a INT) SELECT a + 1 AS a");
    };
    const { rows } = await calls.call(shard, "gap", { a: 1 });
    expect([String(rows[0]?.["a"]), waits]).toEqual(["2", 3]);
  });

  it("says UNKNOWN_PROCEDURE, and what the server said, of one that does not come back", async () => {
    const calls = caller({ gapMs: 0 });
    await create("gone", "(a INT) SELECT a");
    await calls.call(shard, "gone", { a: 1 });
    await pool.query("DROP PROCEDURE gone");
    await expect(calls.call(shard, "gone", { a: 1 })).rejects.toMatchObject({
      code: "UNKNOWN_PROCEDURE",
      cause: { errno: 1305 },
    });
  });

  it("waits by a timer where nothing else is given", async () => {
    const lookups: number[] = [];
    const nowMs = (): number => lookups.push(now);
    const calls = new ProcedureCaller({ nowMs, gapMs: 3 });
    await expect(calls.call(shard, "never_there", {})).rejects.toMatchObject({
      code: "UNKNOWN_PROCEDURE",
    });
    expect(lookups.length).toBeGreaterThan(3);
  });

  it("repeats 1615, which may come from within the procedure, only where it was asked to repeat", async () => {
    const calls = caller();
    await create(
      "prepared",
      "() BEGIN INSERT INTO log VALUES ('effect'); SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1615; END",
    );
    await expect(calls.call(shard, "prepared", {})).rejects.toMatchObject({ errno: 1615 });
    expect(await words()).toEqual(["effect"]);
    const repeated = calls.call(shard, "prepared", {}, { idempotent: true, retries: 2 });
    await expect(repeated).rejects.toMatchObject({ errno: 1615 });
    expect(await words()).toHaveLength(4);
  });

  it("waits through the gap also as a user whose grant went with the procedure", async () => {
    const name = `app_${shard.database.slice(-8)}`;
    await create("granted", "(a INT) SELECT a");
    await pool.query(`CREATE USER '${name}'@'%'`);
    const grant = `GRANT EXECUTE ON PROCEDURE ${shard.database}.granted TO '${name}'@'%'`;
    await pool.query(grant);
    const url = new URL(server.urlOf(shard.database));
    url.username = name;
    const app = openPool({ url: url.href, maxConnections: 1 });
    const calls = caller();
    const target = { ...shard, pool: app };
    await calls.call(target, "granted", { a: 1 });
    await pool.query("DROP PROCEDURE granted");
    const steps = [() => create("granted", "(a INT) SELECT a"), () => pool.query(grant)];
    whileWaiting = async () => steps.shift()?.();
    const { rows } = await calls.call(target, "granted", { a: 7 });
    expect(String(rows[0]?.["a"])).toBe("7");
    await app.close();
    await pool.query(`DROP USER '${name}'@'%'`);
  });

  it("gives up on a procedure that stays away, after gapMs", async () => {
    const failing = caller({ gapMs: 500 }).call(shard, "never_there", {});
    await expect(failing).rejects.toMatchObject({ code: "UNKNOWN_PROCEDURE" });
    expect(now).toBeGreaterThanOrEqual(500);
    expect(now).toBeLessThan(1_000);
  });

  it("does not repeat a procedure that had effects before it called a missing one", async () => {
    await create("outer_one", "() BEGIN INSERT INTO log VALUES ('ran'); CALL not_there(); END");
    const failing = caller().call(shard, "outer_one", {});
    await expect(failing).rejects.toMatchObject({ code: "STATEMENT", errno: 1305 });
    expect(await words()).toEqual(["ran"]);
  });
});

describe("callProcedure, retries", () => {
  const params: Record<string, ParameterValue> = {};

  /** A procedure that writes a word, then fails as a deadlock does until it has been called `failures` times. */
  async function conflicting(failures: number): Promise<void> {
    await create(
      "conflicting",
      `() BEGIN
        INSERT INTO log VALUES ('try');
        IF (SELECT COUNT(*) FROM log) <= ${failures} THEN
          SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found';
        END IF;
      END`,
    );
  }

  it("repeat a deadlock of a call that is declared idempotent", async () => {
    await conflicting(2);
    await caller().call(shard, "conflicting", params, { idempotent: true });
    expect(await words()).toEqual(["try", "try", "try"]);
  });

  it("end after as many as asked for", async () => {
    await conflicting(9);
    const failing = caller().call(shard, "conflicting", params, { idempotent: true, retries: 1 });
    await expect(failing).rejects.toMatchObject({ errno: 1213 });
    expect(await words()).toEqual(["try", "try"]);
  });

  it("do not repeat a call that is not declared so", async () => {
    await conflicting(1);
    await expect(caller().call(shard, "conflicting", params)).rejects.toMatchObject({
      errno: 1213,
    });
    expect(await words()).toEqual(["try"]);
  });

  it("repeat a lost session only of an idempotent call", async () => {
    const { rows } = await pool.execute("SHOW VARIABLES LIKE 'version_comment'");
    expect(rows).toHaveLength(1);
    await create(
      "killed",
      `() BEGIN
        INSERT INTO log VALUES ('try');
        IF (SELECT COUNT(*) FROM log) <= 1 THEN KILL CONNECTION CONNECTION_ID(); END IF;
        SELECT 'done' AS word;
      END`,
    );
    await expect(caller().call(shard, "killed", params)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
    expect(await words()).toEqual(["try"]);
    await pool.query("DELETE FROM log");
    const result = await caller().call(shard, "killed", params, { idempotent: true });
    expect(result.rows).toEqual([{ word: "done" }]);
  });
});

describe("ProcedureCaller", () => {
  it("asks for the parameters of a procedure once, however many calls begin together", async () => {
    await create("shared", "(a INT) SELECT a");
    const counted = server.pool(shard.database, { maxConnections: 4 });
    let statements = 0;
    const execute = counted.execute.bind(counted);
    counted.execute = (...args) => {
      statements++;
      return execute(...args) as never;
    };
    const calls = caller();
    await Promise.all(
      Array.from({ length: 20 }, (_, a) =>
        calls.call({ ...shard, pool: counted }, "shared", { a }),
      ),
    );
    expect(statements).toBe(1);
  });

  it("refuses a negative recheckMs", () => {
    expect(() => new ProcedureCaller({ recheckMs: -1 })).toThrow(
      "recheckMs must be 0 or more, got -1",
    );
  });
});
