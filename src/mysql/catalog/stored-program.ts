import type { RoutineKind } from "../sql/routine.ts";

/** A stored program as one server has it. */
export interface StoredProgram {
  /** What it is. */
  readonly kind: RoutineKind;
  /** Its database. */
  readonly schema: string;
  /** Its name. Names of procedures and functions do not tell capitals apart, those of triggers may. */
  readonly name: string;
  /** What SHOW CREATE gives, byte for byte. */
  readonly ddl: string;
  /** The modes in force when it was created, by which it is read and runs. */
  readonly sqlMode: string;
  /** The client's character set at creation. */
  readonly characterSetClient: string;
  /** The connection's collation at creation: that of its string literals. */
  readonly collationConnection: string;
  /** The database's collation at creation: that of its parameters and locals which declare none. */
  readonly databaseCollation: string;
  /** `user@host`. */
  readonly definer: string;
  /** `DEFINER` or `INVOKER`; triggers and events always run as their definer. */
  readonly security: "DEFINER" | "INVOKER";
  /** Its COMMENT; empty for none and for triggers. */
  readonly comment: string;
  /** When it was last altered, `YYYY-MM-DD hh:mm:ss` in the session's time zone; null where the server does not say (triggers of MariaDB below 10.11). */
  readonly lastAltered: string | null;
}
