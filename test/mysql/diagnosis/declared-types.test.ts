import { beforeAll, describe, expect, it } from "vitest";
import { readTables } from "../../../src/mysql/catalog/read-tables.ts";
import { readServerInfo, type ServerInfo } from "../../../src/mysql/catalog/server-info.ts";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import {
  defaultCollation,
  valueOfColumn,
  valueOfType,
} from "../../../src/mysql/diagnosis/type-value.ts";
import { collatedOf } from "../../../src/mysql/diagnosis/value.ts";
import { parseRoutine } from "../../../src/mysql/sql/parse-routine.ts";
import { DEFAULT_SQL_MODE } from "../../../src/mysql/sql/sql-mode.ts";
import { withServer } from "../support/server.ts";

/** The database's collation, which a type without one inherits. */
const INHERITED = "utf8mb4_unicode_ci";

/** Every spelling of a character type, with what decides its character set: the server says what each means. */
const TEXTS = [
  ...["CHAR", "CHAR(3)", "CHARACTER(3)", "VARCHAR(3)", "CHAR VARYING(3)", "CHARACTER VARYING(3)"],
  ...["VARCHARACTER(3)", "TINYTEXT", "TEXT", "TEXT(9)", "MEDIUMTEXT", "LONGTEXT"],
  ...["LONG", "LONG VARCHAR", "LONG CHAR VARYING", "LONG VARCHAR CHARACTER SET latin1"],
  ...[
    "LONG CHARACTER SET latin1",
    "LONG CHARACTER VARYING",
    "LONG VARCHARACTER",
    "LONG CHAR SET ucs2",
  ],
  ...["ENUM('a', 'b)')", "SET('a', 'b')", "ENUM('a') CHARACTER SET latin1", "SET('a') BINARY"],
  ...["NATIONAL CHAR(3)", "NATIONAL CHARACTER(3)", "NATIONAL VARCHAR(3)", "NCHAR(3)"],
  ...["NATIONAL CHAR VARYING(3)", "NATIONAL CHARACTER VARYING(3)", "NATIONAL VARCHARACTER(3)"],
  ...[
    "NCHAR VARCHAR(3)",
    "NCHAR VARYING(3)",
    "NCHAR VARCHARACTER(3)",
    "NVARCHAR(3)",
    "NCHAR(3) BINARY",
  ],
  ...["CHAR(3) ASCII", "CHAR(3) UNICODE", "CHAR(3) BYTE", "TEXT ASCII", "CHAR(3) BINARY"],
  ...["VARCHAR(3) BINARY", "CHAR(3) CHARACTER SET latin1 BINARY", "CHAR(3) BINARY ASCII"],
  ...["CHAR(3) CHARSET latin1", "CHAR(3) CHAR SET latin1", "CHAR(3) CHARACTER SET 'latin1'"],
  ...["CHAR(3) CHARACTER SET utf8", "TEXT CHARACTER SET utf8mb3", "VARCHAR(3) CHARACTER SET ucs2"],
  ...["CHAR(3) CHARACTER SET binary", "VARCHAR(3) CHARSET binary", "TEXT CHARACTER SET binary"],
  "CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
  "CHAR(3) CHARACTER SET latin1 COLLATE `latin1_german1_ci`",
  "CHAR(3) CHARACTER SET latin1 COLLATE 'latin1_german1_ci'",
];
const OTHERS = [
  ...["INT", "INT UNSIGNED", "INTEGER(5) ZEROFILL", "TINYINT(1)", "BIGINT SIGNED", "MIDDLEINT"],
  ...["DECIMAL(19,6)", "DEC(5)", "NUMERIC", "FIXED(5,2)", "FLOAT", "DOUBLE", "DOUBLE PRECISION"],
  ...["REAL", "FLOAT8", "BOOL", "BOOLEAN", "YEAR", "DATE", "TIME(3)", "DATETIME(6)"],
  ...["TIMESTAMP", "BINARY(3)", "VARBINARY(3)", "TINYBLOB", "BLOB", "LONGBLOB", "LONG VARBINARY"],
  ...["JSON", "POINT", "GEOMETRY"],
];
/** What one of the servers has alone. */
const OF_MARIADB = ["VARCHAR(3) COLLATE utf8mb4_bin"];

describe("the types of parameters and columns", () => {
  const server = withServer(["--sql-mode="]);
  let schema = "";
  let pool: MysqlPool;
  let info: ServerInfo;

  beforeAll(async () => {
    schema = await server.freshDatabase(`CHARACTER SET utf8mb4 COLLATE ${INHERITED}`);
    pool = server.pool(schema);
    info = await readServerInfo(pool);
  });

  const typesHere = (): string[] => [
    ...TEXTS,
    ...OTHERS,
    ...(server.flavour === "mariadb" ? OF_MARIADB : []),
  ];

  it("have the collation, as firmly, that the server gives to a parameter of that type", async () => {
    const wrong: string[] = [];
    for (const type of typesHere()) {
      const ddl = `CREATE PROCEDURE tried(p ${type}) SELECT COLLATION(p) AS collation, COERCIBILITY(p) AS derivation`;
      await pool.query("DROP PROCEDURE IF EXISTS tried");
      await pool.query(ddl);
      const { sets } = await pool.query("CALL tried(NULL)");
      const said = sets[0]?.[0] as { collation: string; derivation: number } | undefined;
      const [parameter] = parseRoutine(ddl, DEFAULT_SQL_MODE).parameters;
      if (parameter === undefined) throw new Error("no parameter was read");
      const told = collatedOf(valueOfType(parameter.type, INHERITED, info));
      const tell = (collation = "", derivation: number | string = ""): string =>
        `${type}: ${collation} ${derivation}`;
      const own = tell(told?.collation, told?.derivation);
      if (own !== tell(said?.collation, said?.derivation)) {
        wrong.push(`told ${own}, is ${said?.collation} ${said?.derivation}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("have the collation that the server gives to a column of that type", async () => {
    const columns = typesHere().map((type, index) => `c${index} ${type} NULL`);
    await pool.query(`CREATE TABLE typed (${columns.join(", ")})`);
    await pool.query("INSERT INTO typed () VALUES ()");
    const tables = await readTables(pool, [schema]);
    const table = tables.find(schema, "typed");
    const wrong: string[] = [];
    for (const [index, type] of typesHere().entries()) {
      // MySQL calls a JSON column binary and joins it as utf8mb4_bin.
      if (type === "JSON" && server.flavour === "mysql") continue;
      const column = table?.columns.get(`c${index}`);
      if (column === undefined) throw new Error(`${type} is no column`);
      const told = collatedOf(valueOfColumn(column));
      const { rows } = await pool.query<{ collation: string; derivation: number }>(
        `SELECT COLLATION(c${index}) AS collation, COERCIBILITY(c${index}) AS derivation FROM typed`,
      );
      const [said] = rows;
      if (told?.collation !== said?.collation || told?.derivation !== Number(said?.derivation)) {
        wrong.push(
          `${type}: told ${told?.collation} ${told?.derivation}, is ${said?.collation} ${said?.derivation}`,
        );
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has the default collation of each of the server's character sets", async () => {
    const { rows } = await pool.query<{ charset: string; collation: string }>(
      "SELECT CHARACTER_SET_NAME AS charset, DEFAULT_COLLATE_NAME AS collation FROM information_schema.CHARACTER_SETS",
    );
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.map(({ charset }) => defaultCollation(info, charset))).toEqual(
      rows.map(({ collation }) => collation),
    );
    const without = { ...info, collations: new Map() };
    expect(defaultCollation(without, "binary")).toBe("binary");
    expect(defaultCollation(without, "utf8")).toBe("utf8mb3_general_ci");
  });
});
