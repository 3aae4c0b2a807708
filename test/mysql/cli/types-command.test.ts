import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DECIMAL_19_6 } from "../../../src/decimal/index.ts";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { orderlyMysql } from "../support/command-line.ts";
import { withServer } from "../support/server.ts";

const server = withServer();
const root = fileURLToPath(new URL("../../../", import.meta.url));
const entry = join(root, "src/mysql/index.ts");
let database = "";
let pool: MysqlPool;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orderly-types-"));
  await writeFile(join(folder, "package.json"), '{"type": "module"}');
  // MariaDB's own default is latin1, which has no Hangul.
  database = await server.freshDatabase("CHARACTER SET utf8mb4");
  pool = server.pool(database);
  await pool.query(`CREATE PROCEDURE place_order(
      IN p_user BIGINT UNSIGNED, IN p_price DECIMAL(19,6), IN p_at DATETIME(6), IN p_note TEXT,
      IN p_flag BOOLEAN, IN p_raw VARBINARY(4), INOUT p_count INT, OUT p_total DECIMAL(38,6), OUT p_id BIGINT)
    COMMENT 'Places */ one.'
    BEGIN SET p_total = p_price * p_count; SET p_id = p_user; SET p_count = p_count + 1; SELECT p_note AS note; END`);
  await pool.query("CREATE PROCEDURE `delete`() SELECT 'deleted' AS word");
  await pool.query("CREATE PROCEDURE `a``b 1`(`strange name` INT) SELECT `strange name` AS n");
  await pool.query(
    "CREATE PROCEDURE `place_order!`(p_json JSON, p_weight DOUBLE) SELECT p_weight AS w",
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** What the compiler says of a file, with the project's own strictness. Takes a minute on a busy machine. */
function compile(path: string): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.check.json"), (name) =>
    ts.sys.readFile(name),
  ) as {
    config: { extends: string; compilerOptions: object };
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([path], {
    ...options,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("orderly-mysql types", () => {
  it("writes a module that compiles, calls, and refuses at compile time what a call would refuse", async () => {
    const file = join(folder, "procedures.ts");
    const ran = await orderlyMysql(
      "types",
      "--url",
      server.urlOf(database),
      "--out",
      file,
      "--import",
      entry,
    );
    expect(ran).toEqual({ code: 0, out: "", err: "" });
    const use = join(folder, "use.ts");
    await writeFile(
      use,
      `import { placeOrder } from "./procedures.ts";
       declare const shard: Parameters<typeof placeOrder>[0];
       const all = { p_user: 1n, p_price: "1.5", p_at: new Date(), p_note: null, p_flag: true, p_raw: null, p_count: 2 };
       const { out } = await placeOrder(shard, all);
       export const total: string | null = out.p_total;
       export const count: number | null = out.p_count;
       // @ts-expect-error A price is no number.
       await placeOrder(shard, { ...all, p_price: 1.5 });
       const { p_note: _, ...without } = all;
       // @ts-expect-error p_note is missing.
       await placeOrder(shard, without);
       // @ts-expect-error OUT parameters come out only.
       export const wrong: number = out.p_id;`,
    );
    expect(compile(use)).toEqual([]);

    const module = (await import(file)) as Record<string, (...args: unknown[]) => Promise<unknown>>;
    expect(Object.keys(module).toSorted()).toEqual([
      "aB1",
      "callDelete",
      "placeOrder",
      "placeOrder2",
    ]);
    const shard = { database, pool };
    const params = {
      p_user: 18446744073709n,
      p_price: DECIMAL_19_6.parse("0.1"),
      p_at: new Date(),
      p_note: "한",
      p_flag: true,
      p_raw: Buffer.from("x"),
      p_count: 3,
    };
    expect(await module["placeOrder"]?.(shard, params)).toMatchObject({
      rows: [{ note: "한" }],
      out: { p_total: "0.300000", p_count: 4, p_id: "18446744073709" },
    });
    expect(await module["callDelete"]?.(shard)).toMatchObject({ rows: [{ word: "deleted" }] });
    expect(await module["aB1"]?.(shard, { "strange name": 5 })).toMatchObject({ rows: [{ n: 5 }] });
  }, 120_000);

  it("prints the same module each time, and --check tells when a committed one is out of date", async () => {
    const url = server.urlOf(database);
    const printed = await orderlyMysql("types", "--url", url);
    expect(printed.out).toContain('from "orderly-ws/mysql"');
    const file = join(folder, "committed.ts");
    expect((await orderlyMysql("types", "--url", url, "--out", file, "--check")).code).toBe(1);
    await orderlyMysql("types", "--url", url, "--out", file);
    expect(await readFile(file, "utf8")).toBe(printed.out);
    expect((await orderlyMysql("types", "--url", url, "--out", file, "--check")).code).toBe(0);
    await writeFile(file, "// edited\n");
    expect((await orderlyMysql("types", "--url", url, "--out", file, "--check")).code).toBe(1);
    expect(await readFile(file, "utf8")).toBe("// edited\n");
  });

  it("refuses shards whose procedures differ", async () => {
    const other = await server.freshDatabase();
    const ran = await orderlyMysql(
      "types",
      "--url",
      server.urlOf(database),
      "--url",
      server.urlOf(other),
    );
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain("shard 2 has other procedures or parameters than shard 1");
  });

  it("writes an empty module for a database without procedures", async () => {
    const empty = await server.freshDatabase();
    expect((await orderlyMysql("types", "--url", server.urlOf(empty))).out).toMatch(
      /export \{\};\n$/,
    );
  });
});
