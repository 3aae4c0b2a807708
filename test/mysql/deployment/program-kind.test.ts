import { beforeEach, describe, expect, it } from "vitest";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import type { ShardSession } from "../../../src/mysql/deployment/change.ts";
import { messageOf } from "../../../src/mysql/deployment/failure.ts";
import { Journal } from "../../../src/mysql/deployment/journal.ts";
import { programChange, programChanges } from "../../../src/mysql/deployment/program-change.ts";
import { locals, programObstacles } from "../../../src/mysql/deployment/program-obstacles.ts";
import { rightsMissing } from "../../../src/mysql/deployment/program-rights.ts";
import {
  type ProgramState,
  readProgramState,
} from "../../../src/mysql/deployment/program-state.ts";
import { repeatedKeys } from "../../../src/mysql/deployment/repeated-keys.ts";
import { refuseReplicasOf } from "../../../src/mysql/deployment/replicas.ts";
import { trialCall } from "../../../src/mysql/deployment/trial-call.ts";
import { MysqlError } from "../../../src/mysql/mysql-error.ts";
import { parseRoutine } from "../../../src/mysql/sql/parse-routine.ts";
import type { RoutineKind } from "../../../src/mysql/sql/routine.ts";
import { parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";
import { withServer } from "../support/server.ts";
import { answering, claimingShard } from "./support/claiming.ts";
import { asShard, createPrograms } from "./support/programs.ts";

const server = withServer();

let pool: MysqlPool;
let database = "";
let at: ShardSession;

beforeEach(async () => {
  const reader = await server.freshAccount("USER");
  database = await server.freshDatabase("CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
  pool = server.pool(database);
  await createPrograms(pool, reader);
  at = { shard: asShard("kr-1", pool), session: pool };
});

async function stateOf(kind: RoutineKind, name: string): Promise<ProgramState> {
  const state = await readProgramState(pool, { kind, schema: database, name });
  if (state === null) throw new Error(`there is no ${name}`);
  return state;
}

describe("programChanges", () => {
  const kind = programChanges();

  it("says each thing that is not as wanted", async () => {
    const state = await stateOf("trigger", "second");
    const change = programChange(state, state.ddl);
    expect(await kind.differences(at, change, "after")).toEqual([]);
    const after = {
      ...state,
      ...{ ddl: `${state.ddl} `, sqlMode: "ANSI", comment: "other", definer: "who@%" },
      ...{ follows: null, timeZone: "SYSTEM" },
    };
    expect(await kind.differences(at, { ...change, after }, "after")).toEqual([
      "its text differs",
      `its sql_mode is ${state.sqlMode} instead of ANSI`,
      `its definer is ${state.definer} instead of who@%`,
      "its comment differs",
      "its time zone is none instead of SYSTEM",
      "its predecessor is first instead of none",
    ]);
  });

  it("says that a program is missing, and takes that for the middle of a change", async () => {
    const state = await stateOf("function", "label_of");
    const change = programChange(state, state.ddl);
    await pool.query("DROP FUNCTION label_of");
    expect(await kind.differences(at, change, "before")).toEqual(["it is missing"]);
    expect(await kind.isBetween?.(at, change)).toBe(true);
  });

  it("sees a default collation of the database that is neither the one before nor after", async () => {
    const state = await stateOf("procedure", "alerts_of");
    const change = programChange(state, state.ddl);
    await pool.query(`ALTER DATABASE \`${database}\` COLLATE utf8mb4_bin`);
    expect(await kind.differences(at, change, "before")).toEqual([
      "the database's default collation is utf8mb4_bin",
    ]);
  });

  it.each([
    [
      "the server's words for the type",
      (ddl: string) => ddl.replace("RETURNS varchar(40)", "RETURNS VARCHAR(40)"),
      [],
    ],
    [
      "another length",
      (ddl: string) => ddl.replace("varchar(40)", "varchar(41)"),
      ["its text differs"],
    ],
    ["another body", (ddl: string) => ddl.replace("'user '", "'User '"), ["its text differs"]],
    [
      "the collation that it has",
      (ddl: string) =>
        ddl.replace(
          /RETURNS varchar\(40\)[^\n]*/,
          "RETURNS varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        ),
      [],
    ],
    [
      "another collation",
      (ddl: string) =>
        ddl.replace(
          /RETURNS varchar\(40\)[^\n]*/,
          "RETURNS varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        ),
      ["its text differs"],
    ],
  ])("compares what a function returns: %s", async (_, edit, differences) => {
    const state = await stateOf("function", "label_of");
    const ddl = edit(state.ddl);
    expect(ddl).not.toBe(state.ddl);
    const change = programChange(state, ddl);
    expect(await kind.differences(at, change, "after")).toEqual(differences);
  });

  it("has no trial where none is wanted", () => {
    expect(programChanges({ trial: "none" }).trial).toBe(undefined);
  });
});

describe("programObstacles", () => {
  it("finds locals in IF, CASE, loops and handlers, and no cursor or condition among them", () => {
    const ddl = `CREATE PROCEDURE p() BEGIN
      DECLARE a INT; DECLARE gone CONDITION FOR 1146; DECLARE c CURSOR FOR SELECT 1;
      DECLARE EXIT HANDLER FOR gone BEGIN DECLARE b INT; END;
      IF a THEN BEGIN DECLARE d INT; END; ELSE BEGIN DECLARE e INT; END; END IF;
      CASE a WHEN 1 THEN BEGIN DECLARE f INT; END; ELSE BEGIN DECLARE g INT; END; END CASE;
      WHILE a DO BEGIN DECLARE h INT; END; END WHILE;
      one: LOOP BEGIN DECLARE i, j INT; END; LEAVE one; END LOOP;
      SELECT a;
    END`;
    const found = locals(parseRoutine(ddl, parseSqlMode("")).body);
    expect(found.flatMap(({ names }) => names.map(({ name }) => name)).join(" ")).toBe(
      "a b d e f g h i j",
    );
  });

  it("says that the default collation changed since it was read", async () => {
    const state = await stateOf("procedure", "alerts_of");
    await pool.query(`ALTER DATABASE \`${database}\` COLLATE utf8mb4_bin`);
    expect(await programObstacles(at, [programChange(state, state.ddl)])).toEqual([
      `the default collation of ${database} changed meanwhile, to utf8mb4_bin`,
    ]);
  });

  it("finds none where the database's new collation is to be adopted", async () => {
    const state = await stateOf("procedure", "alerts_of");
    const change = programChange(state, state.ddl, "utf8mb4_bin");
    expect(await programObstacles(at, [change])).toEqual([]);
  });

  it("says on MySQL's way that a trigger's table cannot be locked", async () => {
    const { shard } = at;
    const state = await stateOf("trigger", "second");
    const found = await claimingShard(shard).pool.session((session) =>
      rightsMissing({ shard, session }, database, [state]),
    );
    expect(found).toEqual([]);
    const user = await server.freshAccount("USER", `SELECT, TRIGGER ON \`${database}\`.*`);
    const weak = claimingShard({ ...shard, pool: server.pool(database, { driver: { user } }) });
    const own = { ...state, definer: `${user}@%` };
    const refused = await weak.pool.session((session) =>
      rightsMissing({ shard: weak, session }, database, [own]),
    );
    expect(refused).toEqual([
      expect.stringContaining(`${database}.alerts cannot be locked while its trigger is replaced`),
    ]);
  });

  it("does not take a lost session for a missing right", async () => {
    const state = await stateOf("procedure", "latin");
    const lost = claimingShard(at.shard, () => {
      throw new MysqlError("CONNECTION_LOST", "lost");
    });
    const missing = lost.pool.session((session) =>
      rightsMissing({ shard: lost, session }, database, [state]),
    );
    await expect(missing).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });
});

describe("trialCall", () => {
  const tried = async (text: string, mode: "write" | "read" = "write") => {
    await pool.query("DROP PROCEDURE IF EXISTS tried");
    await pool.query(`CREATE PROCEDURE tried${text}`);
    return await trialCall(at, await stateOf("procedure", "tried"), mode);
  };
  const INSERT = "INSERT INTO alerts (user_id, body) VALUES (who, 'x')";

  it("runs what a rollback takes back, and takes it back", async () => {
    expect(await tried(`(who VARCHAR(20)) ${INSERT}`)).toMatchObject({ ending: "no error" });
    expect((await pool.query("SELECT * FROM alerts")).rows).toEqual([]);
    // It did run: the server does not give the numbers of rolled-back rows again.
    await pool.query("INSERT INTO alerts (user_id) VALUES ('next')");
    const { rows } = await pool.query("SELECT CAST(id AS CHAR) AS id FROM alerts");
    expect(rows).toEqual([{ id: "2" }]);
  });

  it.each([
    ["asked to read only", `(who VARCHAR(20)) ${INSERT}`, "read"],
    ["of a routine that commits", `(who VARCHAR(20)) BEGIN ${INSERT}; COMMIT; END`, "write"],
    ["of one without arguments", "() DELETE FROM alerts", "write"],
  ] as const)("lets nothing be written %s", async (_, text, mode) => {
    await pool.query("INSERT INTO alerts (user_id) VALUES ('kept')");
    // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION.
    expect(await tried(text, mode)).toEqual({
      ending: "error 1792",
      isGood: false,
      isBroken: false,
    });
    expect((await pool.query("SELECT user_id FROM alerts")).rows).toEqual([{ user_id: "kept" }]);
  });

  it("lets nothing be written where a table keeps what is rolled back", async () => {
    await pool.query("CREATE TABLE kept (id INT) ENGINE=MyISAM");
    expect(await tried(`(who VARCHAR(20)) ${INSERT}`)).toMatchObject({ ending: "error 1792" });
  });

  it.each([
    ["lock wait timeout", 1205],
    ["deadlock", 1213],
    ["interrupted query", 1317],
    ["statement's time limit of MariaDB", 1969],
    ["statement's time limit of MySQL", 3024],
  ])("concludes nothing from a %s", async (_, errno) => {
    const trial = await tried(`() SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${errno}`);
    expect(trial).toEqual({ ending: "a timeout", isGood: true, isBroken: false });
  });

  it("tells what is broken from what NULL does not suit", async () => {
    expect(await tried("() SELECT no_such_column FROM alerts")).toEqual({
      ...{ ending: "error 1054", isGood: false, isBroken: true },
    });
    expect(await tried("() SIGNAL SQLSTATE '45000'")).toEqual({
      ...{ ending: "error 1644", isGood: false, isBroken: false },
    });
  });

  it("says that a routine is missing, and tries no trigger", async () => {
    const state = await stateOf("procedure", "latin");
    await pool.query("DROP PROCEDURE latin");
    expect(await trialCall(at, state, "read")).toMatchObject({ ending: "missing", isBroken: true });
    const trigger = await stateOf("trigger", "first");
    expect(await trialCall(at, trigger, "write")).toMatchObject({ ending: "not tried" });
  });

  it("rejects where the session is lost meanwhile", async () => {
    const shard = claimingShard(at.shard, (sql) => {
      if (sql.startsWith("CALL")) throw new MysqlError("CONNECTION_LOST", "lost");
    });
    const state = await stateOf("procedure", "latin");
    await expect(trialCall({ ...at, shard }, state, "write")).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
  });
});

describe("Journal", () => {
  it("does without a table of its own where the server flushes each commit", async () => {
    await server.root.query("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    try {
      const journal = new Journal(pool, database, database);
      await journal.create();
      await journal.setState("none", "done");
      const { rows } = await pool.query("SHOW TABLES LIKE 'flushed'");
      expect(rows).toEqual([]);
    } finally {
      await server.root.query("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
    }
  });
});

describe("repeatedKeys", () => {
  it("counts what repeats under the new collations, key by key", async () => {
    await pool.query(
      `CREATE TABLE codes (id INT PRIMARY KEY, code VARCHAR(9), market VARCHAR(9), label VARCHAR(20), UNIQUE KEY by_code (code, market),
        UNIQUE KEY by_label (label(3)), UNIQUE KEY by_market (market, id)) COLLATE utf8mb4_bin`,
    );
    await pool.query(
      "INSERT INTO codes VALUES (1, 'a', 'x', 'abcd'), (2, 'A', 'x', 'ABCe'), (3, 'A', 'X', NULL), (4, 'b', NULL, NULL), (5, 'B', NULL, NULL)",
    );
    const repeated = (...columns: readonly string[]): Promise<readonly string[]> => {
      const collations = new Map(columns.map((column) => [column, "utf8mb4_general_ci"]));
      return repeatedKeys(pool, database, "codes", collations);
    };
    expect(await repeated()).toEqual([]);
    expect(await repeated("code")).toEqual([
      "1 values of its unique key by_code (code, market) repeat another under utf8mb4_general_ci",
    ]);
    expect(await repeated("code", "market", "label")).toEqual([
      "2 values of its unique key by_code (code, market) repeat another under utf8mb4_general_ci",
      "1 values of its unique key by_label (label) repeat another under utf8mb4_general_ci",
    ]);
  });
});

describe("refuseReplicasOf", () => {
  const SOURCE = "11111111-aaaa-11ee-8000-000000000001";
  /** What MySQL 9.7 answers a server that copies `source`. */
  const mysql = (id: string, uuid: string, status: readonly string[] | Error): ShardSession =>
    answering(
      { ...at.shard, id },
      {
        "SELECT VERSION()": [{ v: "9.7.0" }],
        "SELECT @@server_uuid": [{ name: uuid }],
        "SHOW REPLICA STATUS":
          status instanceof Error ? status : status.map((name) => ({ Source_UUID: name })),
      },
    );

  it("tells MySQL's replicas by the UUID of their source", async () => {
    const source = mysql("1", SOURCE, []);
    const other = SOURCE.replace(/1$/, "2");
    await expect(refuseReplicasOf([source, mysql("2", other, [SOURCE])])).rejects.toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: expect.stringContaining("shard 2 is a replica of shard 1"),
    });
    await refuseReplicasOf([source, mysql("2", other, [SOURCE.replace(/1$/, "3")])]);
  });

  it("is not told by a server that denies access, and passes on every other failure", async () => {
    const source = mysql("1", SOURCE, []);
    const denied = mysql("2", "b", new MysqlError("ACCESS_DENIED", "no"));
    await refuseReplicasOf([source, denied]);
    const lost = mysql("2", "b", new MysqlError("CONNECTION_LOST", "lost"));
    await expect(refuseReplicasOf([source, lost])).rejects.toThrow("lost");
  });
});

describe("messageOf", () => {
  it("gives the text of whatever was thrown", () => {
    expect([messageOf(new Error("a")), messageOf("b"), messageOf(3)]).toEqual(["a", "b", "3"]);
  });
});
