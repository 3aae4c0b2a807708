import { bindDynamicSql } from "./bind-dynamic.ts";
import { cureByCollate } from "./collate.ts";
import { cureByUsing } from "./cure-by-using.ts";
import type { ProgramCure } from "./program-cure.ts";

/**
 * How to cure.
 *
 * - `collate`: collations are written where they are missing. Nothing else changes; the default.
 * - `using`: the statement is prepared, and values are bound to it.
 * - `schema`: the database, its tables and everything created in it get one collation.
 */
export const STRATEGIES = ["collate", "using", "schema"] as const;

/** One of {@link STRATEGIES}. */
export type Strategy = (typeof STRATEGIES)[number];

/** What each strategy does to a program, in order. */
export const CURES: Readonly<Record<Strategy, readonly ProgramCure[]>> = {
  collate: [cureByCollate, bindDynamicSql],
  using: [cureByUsing, bindDynamicSql],
  schema: [cureByCollate, bindDynamicSql],
};
