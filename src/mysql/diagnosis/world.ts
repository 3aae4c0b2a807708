import type { TableCatalog } from "../catalog/read-tables.ts";
import type { ServerInfo } from "../catalog/server-info.ts";
import type { Flavour } from "./collated.ts";
import type { Value } from "./value.ts";

/** The columns of something that can stand in FROM, by name in lower case, in order. Null where they are not known. */
export type Columns = ReadonlyMap<string, Value> | null;

/** What a routine's call gives back. */
export interface RoutineSignature {
  /** What a function returns; null for procedures. */
  readonly returns: Value | null;
  /** A parameter's value once the call is over, for OUT and INOUT; null for IN. In order. */
  readonly outs: readonly (Value | null)[];
  /** Whether it is declared DETERMINISTIC. */
  readonly isDeterministic: boolean;
}

/** Everything outside of a program that decides what happens in it. */
export interface World {
  /** The server. */
  readonly server: ServerInfo;
  /** By whose rules it is judged: the server's own, or the other one's. */
  readonly flavour: Flavour;
  /** The program's database. */
  readonly schema: string;
  /** The connection's collation, recorded with the program. */
  readonly collationConnection: string;
  /** The database's collation, recorded with the program. */
  readonly databaseCollation: string;
  /** Tables of the server. */
  readonly tables: TableCatalog;
  /** Tables that the program makes, by name in lower case; null where it makes one of that name in ways that differ. */
  readonly made: Map<string, Columns>;
  /** The signature of a routine; null where there is none of that name. */
  routine(kind: "function" | "procedure", schema: string, name: string): RoutineSignature | null;
}
