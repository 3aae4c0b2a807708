import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MysqlError } from "../mysql-error.ts";
import { splitScript } from "../sql/split-script.ts";

/** One version of a schema. */
export interface Migration {
  /** 1 to 190 of letters, digits, `_`, `.` and `-`. Migrations run in the order of their names: begin them with a number. */
  readonly name: string;
  /** A script, with DELIMITER lines where it creates routines; or its statements. */
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
  const statements = statementsOf(up);
  if (statements.length === 0) throw new TypeError(`the migration ${name} has no statements`);
  const back = down === undefined ? null : statementsOf(down);
  if (statements.length > 1 && back === null) {
    throw new TypeError(
      `the migration ${name} has ${statements.length} statements and no way down: a failure between them would leave a part`,
    );
  }
  const checksum = createHash("sha256").update(JSON.stringify(statements)).digest("hex");
  return { name, up: statements, down: back, checksum };
}

function statementsOf(script: string | readonly string[]): readonly string[] {
  return typeof script === "string" ? splitScript(script).map(({ text }) => text) : script;
}

const DOWN = ".down.sql";

/**
 * Reads a folder of migrations: `0001_name.sql`, and `0001_name.down.sql` beside it. Other files are left alone.
 *
 * @throws {@link MysqlError} `USAGE` where the folder cannot be read, or has a way down without a way up.
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
      const up = await readFile(join(folder, file), "utf8");
      const downFile = `${name}${DOWN}`;
      if (!names.includes(downFile)) return { name, up };
      return { name, up, down: await readFile(join(folder, downFile), "utf8") };
    }),
  );
}

function noFolder(folder: string, cause: unknown): MysqlError {
  return new MysqlError("USAGE", `the folder ${folder} cannot be read`, { cause });
}
