import type { Catalog } from "../catalog/read-catalog.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import type { Finding } from "../diagnosis/finding.ts";

/** What a strategy is given: one program, and what was found in it. */
export interface CureInput {
  /** The program. Its `ddl` is the text to edit; offsets of findings are into it. */
  readonly program: StoredProgram;
  /** The server that it is on. */
  readonly catalog: Catalog;
  /** What was found in this text. */
  readonly findings: readonly Finding[];
}

/** What a strategy does not cure, and why. */
export interface CureRefusal {
  /** Line in the program's text, from 1. */
  readonly line: number;
  /** One clause, such as `"the column's charset latin1 cannot hold every value of p"`. */
  readonly reason: string;
}

/** What a strategy makes of one program. */
export interface CureResult {
  /** The whole new text, made by edits of the old one; the same text where there was nothing to do. */
  readonly ddl: string;
  /** Changes of meaning that a person should know of, each one sentence. */
  readonly notes: readonly string[];
  /** Findings that remain. */
  readonly refusals: readonly CureRefusal[];
}

/** Cures one program. Pure: reads nothing but its input, and gives the same for its own result. */
export type ProgramCure = (input: CureInput) => CureResult;
