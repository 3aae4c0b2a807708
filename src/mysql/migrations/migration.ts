import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { withWords } from "../deployment/failure.ts";
import { MysqlError } from "../mysql-error.ts";
import { splitScript } from "../sql/split-script.ts";

/** One version of a schema. */
export interface Migration {
  /** 1 to 190 of letters, digits, `_`, `.` and `-`. Migrations run in the order of their names: begin them with a number. */
  readonly name: string;
  /**
   * A script, with DELIMITER lines where it creates routines; or its statements. One that was under way when its process or
   * server was killed is run again unless a transaction held it: a statement on a table without transactions (MyISAM,
   * Aria, MEMORY), what a CALL commits, or DDL that can be done again must be written to bear that.
   */
  readonly up: string | readonly string[];
  /**
   * Takes it back; also from halfway, so that its statements say IF EXISTS. One of several statements needs it, since MySQL
   * commits each DDL statement and a failure midway would otherwise leave a part.
   */
  readonly down?: string | readonly string[];
}

/** A migration whose statements are told apart. */
export interface ReadMigration {
  /** As given. */
  readonly name: string;
  /** At least one. */
  readonly up: readonly string[];
  /** Null where it cannot be taken back. */
  readonly down: readonly string[] | null;
  /** SHA-256 of its statements, hexadecimal: tells an edit of a migration that has run. */
  readonly checksum: string;
}

/**
 * Splits and orders migrations.
 *
 * @throws TypeError for a name that is none, or there twice; for a migration without statements, or of several without
 *   `down`. {@link MysqlError} `DDL_UNREADABLE` for a script that does not end.
 */
export function readMigrations(migrations: readonly Migration[]): readonly ReadMigration[] {
  const read = migrations.map(readMigration);
  const ordered = read.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const [index, { name }] of ordered.entries()) {
    if (ordered[index + 1]?.name === name)
      throw new TypeError(`the migration ${name} is there twice`);
  }
  return ordered;
}

function readMigration({ name, up, down }: Migration): ReadMigration {
  if (!/^[A-Za-z0-9_.-]{1,190}$/.test(name)) {
    throw new TypeError(
      `a migration's name is 1 to 190 letters, digits, "_", "." or "-", got "${name}"`,
    );
  }
  const statements = statementsOf(name, up);
  if (statements.length === 0) throw new TypeError(`the migration ${name} has no statements`);
  const back = down === undefined ? null : statementsOf(name, down);
  if (statements.length > 1 && back === null) {
    throw new TypeError(
      `the migration ${name} has ${statements.length} statements and no way down: a failure between them would leave a part`,
    );
  }
  const checksum = createHash("sha256").update(JSON.stringify(statements)).digest("hex");
  return { name, up: statements, down: back, checksum };
}

function statementsOf(name: string, script: string | readonly string[]): readonly string[] {
  if (typeof script !== "string") return script;
  try {
    return splitScript(script).map(({ text }) => text);
  } catch (error) {
    throw withWords(error, (text) => `the migration ${name}: ${text}`);
  }
}

const DOWN = ".down.sql";

/**
 * Reads a folder of migrations: `0001_name.sql`, and `0001_name.down.sql` beside it. Other files are left alone.
 *
 * @throws {@link MysqlError} `USAGE` where the folder or a file cannot be read, or there is a way down without a way up.
 */
export async function migrationsFrom(folder: string): Promise<readonly Migration[]> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((file) => file.endsWith(".sql")).toSorted();
  } catch (cause) {
    throw noFolder(folder, cause);
  }
  const ups = new Set(names.filter((file) => !file.endsWith(DOWN)));
  for (const file of names) {
    if (file.endsWith(DOWN) && !ups.has(file.replace(DOWN, ".sql"))) {
      throw new MysqlError("USAGE", `${file} in ${folder} takes back what is not there`);
    }
  }
  return await Promise.all(
    [...ups].map(async (file) => {
      const name = file.slice(0, -".sql".length);
      const up = await readScript(folder, file);
      const downFile = `${name}${DOWN}`;
      if (!names.includes(downFile)) return { name, up };
      return { name, up, down: await readScript(folder, downFile) };
    }),
  );
}

async function readScript(folder: string, file: string): Promise<string> {
  const path = join(folder, file);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new MysqlError("USAGE", `the file ${path} cannot be read`, { cause });
  });
  // Editors of some systems put a mark in front, which is no SQL.
  return text.replace(/^\uFEFF/, "");
}

function noFolder(folder: string, cause: unknown): MysqlError {
  return new MysqlError("USAGE", `the folder ${folder} cannot be read`, { cause });
}
