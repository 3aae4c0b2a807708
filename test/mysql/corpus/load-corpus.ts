import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { MysqlPool } from "../../../src/mysql/connection.ts";
import { splitScript } from "../../../src/mysql/sql/split-script.ts";
import { parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";

/** The databases of the corpus. */
export const CORPUS_SCHEMAS = ["corpus_ledger", "corpus_shop"] as const;

const FILES: readonly (readonly [file: string, schema: string])[] = [
  ["shop-predicates.sql", "corpus_shop"],
  ["shop-variables.sql", "corpus_shop"],
  ["shop-charsets.sql", "corpus_shop"],
  ["shop-connection.sql", "corpus_shop"],
  ["shop-names.sql", "corpus_shop"],
  ["ledger-dynamic.sql", "corpus_ledger"],
  ["ledger-branches.sql", "corpus_ledger"],
  ["ledger-no-backslash.sql", "corpus_ledger"],
  ["ledger-ansi.sql", "corpus_ledger"],
];

/** The database of {@link loadRefused}. */
export const REFUSED_SCHEMA = "corpus_refused";

/** What the databases' default is where nobody chooses one: not the tables'. */
const DEFAULTS = { mysql: "utf8mb4_0900_ai_ci", mariadb: "utf8mb4_general_ci" } as const;

/** How to load the corpus. */
export interface CorpusOptions {
  /** The default of both databases; by default that of the server, which is the trap. */
  readonly collation?: string;
  /** Leaves out the routines. */
  readonly tablesOnly?: boolean;
}

/** Creates both databases anew, with their tables, rows and routines. */
export async function loadCorpus(
  root: MysqlPool,
  flavour: "mysql" | "mariadb",
  options: CorpusOptions = {},
): Promise<void> {
  const collation = options.collation ?? DEFAULTS[flavour];
  for (const schema of CORPUS_SCHEMAS) {
    await root.query(`DROP DATABASE IF EXISTS ${schema}`);
    await root.query(`CREATE DATABASE ${schema} CHARACTER SET utf8mb4 COLLATE ${collation}`);
  }
  await loadFile(root, "tables.sql", "corpus_shop");
  if (options.tablesOnly === true) return;
  for (const [file, schema] of [...FILES, [`only-${flavour}.sql`, "corpus_shop"] as const]) {
    await loadFile(root, file, schema);
  }
}

/** Creates the part of the corpus that no strategy cures, in a database of its own, beside {@link loadCorpus}'s. */
export async function loadRefused(root: MysqlPool, flavour: "mysql" | "mariadb"): Promise<void> {
  await root.query(`DROP DATABASE IF EXISTS ${REFUSED_SCHEMA}`);
  await root.query(
    `CREATE DATABASE ${REFUSED_SCHEMA} CHARACTER SET utf8mb4 COLLATE ${DEFAULTS[flavour]}`,
  );
  await root.query(`CREATE TABLE ${REFUSED_SCHEMA}.entries LIKE corpus_ledger.entries`);
  await loadFile(root, "refused.sql", REFUSED_SCHEMA);
}

/** Runs one file as its author's client would: with the modes and the collation that its head names. */
async function loadFile(root: MysqlPool, file: string, schema: string): Promise<void> {
  const source = await readFile(fileURLToPath(new URL(file, import.meta.url)), "utf8");
  const mode = /^-- sql_mode: (\S+)$/m.exec(source)?.[1] ?? "STRICT_TRANS_TABLES";
  const connection = /^-- connection: (\S+)$/m.exec(source)?.[1] ?? "utf8mb4_general_ci";
  await root.session(async (session) => {
    await session.query(`USE ${schema}`);
    await session.query(`SET NAMES utf8mb4 COLLATE ${connection}`);
    await session.query(`SET SESSION sql_mode = '${mode}'`);
    for (const { text } of splitScript(source, parseSqlMode(mode))) {
      await session.query(text).catch((error: unknown) => {
        throw new Error(`${file}: ${text.slice(0, 80)}`, { cause: error });
      });
    }
  }, "close");
}
