import { readFileSync } from "node:fs";
import { TRIED } from "./tried.ts";

/** A program of `tried-programs.sql`. */
export interface TriedProgram {
  /** What is special about it. */
  readonly why: string;
  /** Its body. */
  readonly sql: string;
  /** `0`, an error's number, `unknown` or `-`. */
  readonly mariadb: string;
  /** The same. */
  readonly mysql: string;
}

const FILE = new URL("../diagnosis/tried-programs.sql", import.meta.url);
/** All of them. */
export const PROGRAMS: readonly TriedProgram[] = [
  ...readFileSync(FILE, "utf8").matchAll(/^-- (.+) \| (\S+) (\S+)\n((?:(?!--).+\n)+)/gm),
].map(([, why = "", mariadb = "", mysql = "", sql = ""]) => ({ why, sql, mariadb, mysql }));

/** The CREATE of a program, to be called as {@link TRIED_CALL}. */
export function bodyOf({ sql }: TriedProgram, schema: string): string {
  return `CREATE PROCEDURE tried(p VARCHAR(9), q VARCHAR(9) CHARACTER SET utf8mb4 COLLATE ${TRIED.tables}, k INT, day DATE) BEGIN ${sql.replaceAll("{db}", schema)} END`;
}

/** Calls a tried program with what each of them takes. */
export const TRIED_CALL = "CALL tried('1', 'x', 1, '2030-01-01')";
