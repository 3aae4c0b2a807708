import type { Catalog } from "../catalog/read-catalog.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import { MysqlError } from "../mysql-error.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { Routine, RoutineKind } from "../sql/routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import { analyseProgram } from "./analyse-program.ts";
import type { Finding } from "./finding.ts";
import { valueOfType } from "./type-value.ts";
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

/** The programs of a server, each read once. */
class Directory {
  readonly #catalog: Catalog;
  readonly #programs = new Map<string, StoredProgram>();
  readonly #read = new Map<StoredProgram, Routine | MysqlError>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    for (const program of catalog.programs) {
      this.#programs.set(keyOf(program.kind, program.schema, program.name), program);
    }
  }

  read(program: StoredProgram): Routine | MysqlError {
    const known = this.#read.get(program);
    if (known !== undefined) return known;
    let routine: Routine | MysqlError;
    try {
      routine = parseRoutine(program.ddl, parseSqlMode(program.sqlMode));
    } catch (error) {
      if (!(error instanceof MysqlError)) throw error;
      routine = error;
    }
    this.#read.set(program, routine);
    return routine;
  }

  signature(
    kind: "function" | "procedure",
    schema: string,
    name: string,
    flavour: World["flavour"],
  ): RoutineSignature | null {
    const program = this.#programs.get(keyOf(kind, schema, name));
    const routine = program === undefined ? null : this.read(program);
    if (program === undefined || routine === null || routine instanceof MysqlError) return null;
    const { server } = this.#catalog;
    const declared = (type: Routine["parameters"][number]["type"]) =>
      valueOfType(type, program.databaseCollation, server, flavour);
    return {
      returns: routine.returns === null ? null : declared(routine.returns),
      outs: routine.parameters.map(({ mode, type }) => (mode === "IN" ? null : declared(type))),
    };
  }
}

function keyOf(kind: string, schema: string, name: string): string {
  return `${kind}\0${schema.toLowerCase()}\0${name.toLowerCase()}`;
}
