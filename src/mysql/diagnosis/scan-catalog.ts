import type { Catalog } from "../catalog/read-catalog.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import { MysqlError } from "../mysql-error.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { Routine, RoutineKind } from "../sql/routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import { analyseProgram } from "./analyse-program.ts";
import type { Finding } from "./finding.ts";
import { valueOfType } from "./type-value.ts";
import type { Value } from "./value.ts";
import type { RoutineSignature, World } from "./world.ts";

/** A program whose text could not be read. */
export interface UnreadProgram {
  /** What it is. */
  readonly kind: RoutineKind;
  /** Its database. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** Why, with line and column. */
  readonly reason: string;
}

/** What a scan of one server found. */
export interface CatalogScan {
  /** In order of database, kind, name and place. */
  readonly findings: readonly Finding[];
  /** Programs that hold something which cannot be placed: nothing is said about these. */
  readonly unread: readonly UnreadProgram[];
}

/** How to scan. */
export interface CatalogScanOptions {
  /** Whether to report every plain comparison of a column with a parameter or local, whatever the types. Default false. */
  readonly allTypes?: boolean;
}

/** Judges every program of a catalog. Asks the server nothing. */
export function scanCatalog(catalog: Catalog, options: CatalogScanOptions = {}): CatalogScan {
  const directory = new Directory(catalog);
  const findings: Finding[] = [];
  const unread: UnreadProgram[] = [];
  for (const program of catalog.programs) {
    const routine = directory.read(program);
    if (routine instanceof MysqlError) {
      const { kind, schema, name } = program;
      unread.push({ kind, schema, name, reason: routine.message });
      continue;
    }
    const worldOf = (flavour: World["flavour"]): World => ({
      server: catalog.server,
      flavour,
      schema: program.schema,
      collationConnection: program.collationConnection,
      databaseCollation: program.databaseCollation,
      tables: catalog.tables,
      made: new Map(),
      routine: (kind, schema, name) => directory.signature(kind, schema, name, flavour),
    });
    findings.push(...analyseProgram(program, routine, worldOf, options.allTypes === true));
  }
  return { findings, unread };
}

/** The programs of a server. */
class Directory {
  readonly #catalog: Catalog;
  readonly #programs = new Map<string, StoredProgram>();
  readonly #signatures = new Map<string, RoutineSignature | null>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    for (const program of catalog.programs) {
      this.#programs.set(keyOf(program.kind, program.schema, program.name), program);
    }
  }

  /** Reads a program's text. Not kept: the trees of ten thousand programs are more than a heap likes. */
  read(program: StoredProgram): Routine | MysqlError {
    try {
      return parseRoutine(program.ddl, parseSqlMode(program.sqlMode));
    } catch (error) {
      if (!(error instanceof MysqlError)) throw error;
      return error;
    }
  }

  signature(
    kind: "function" | "procedure",
    schema: string,
    name: string,
    flavour: World["flavour"],
  ): RoutineSignature | null {
    const key = `${keyOf(kind, schema, name)}\0${flavour}`;
    const known = this.#signatures.get(key);
    if (known !== undefined) return known;
    const program = this.#programs.get(keyOf(kind, schema, name));
    const routine = program === undefined ? null : this.read(program);
    const signature =
      program === undefined || routine === null || routine instanceof MysqlError
        ? null
        : signatureOf(routine, program, this.#catalog, flavour);
    this.#signatures.set(key, signature);
    return signature;
  }
}

function signatureOf(
  { returns, parameters, tokens, characteristics }: Routine,
  { databaseCollation }: StoredProgram,
  { server }: Catalog,
  flavour: World["flavour"],
): RoutineSignature {
  const declared = (type: Routine["parameters"][number]["type"]): Value =>
    valueOfType(type, databaseCollation, server, flavour);
  return {
    returns: returns === null ? null : declared(returns),
    outs: parameters.map(({ mode, type }) => (mode === "IN" ? null : declared(type))),
    isDeterministic: tokens.some(
      ({ word, start, end }, index) =>
        word === "DETERMINISTIC" &&
        tokens[index - 1]?.word !== "NOT" &&
        characteristics.start <= start &&
        end <= characteristics.end,
    ),
  };
}

function keyOf(kind: string, schema: string, name: string): string {
  return `${kind}\0${schema.toLowerCase()}\0${name.toLowerCase()}`;
}
