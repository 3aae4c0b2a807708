import { readCatalog } from "../catalog/read-catalog.ts";
import { type RoutineGrant, readRoutineGrants } from "../catalog/read-grants.ts";
import { type DriftFinding, findDrift } from "../drift/find-drift.ts";
import type { ShardPrograms } from "../drift/shard-programs.ts";
import type { Shard } from "../shards/shard.ts";
import type { Finding } from "./finding.ts";
import { type CatalogScanOptions, scanCatalog, type UnreadProgram } from "./scan-catalog.ts";

/** How to scan shards. */
export interface ScanOptions extends CatalogScanOptions {
  /** Databases of every shard whose programs are scanned. @defaultValue Each shard's own */
  readonly databases?: readonly string[];
}

/** What was found on one shard. */
export interface ShardScan {
  /** The shard's id. */
  readonly shard: string;
  /** How many programs it has. */
  readonly programs: number;
  /** In order of database, kind, name and place. */
  readonly findings: readonly Finding[];
  /** Programs that could not be read. */
  readonly unread: readonly UnreadProgram[];
}

/** What was found on all shards. */
export interface ScanReport {
  /** In the order of the shards. */
  readonly shards: readonly ShardScan[];
  /** Where shards differ from each other; empty of a single one. */
  readonly drift: readonly DriftFinding[];
}

/**
 * Looks at the stored programs of every shard: collations that do not mix, SQL joined from data, drift. Writes nothing.
 *
 * @throws {@link MysqlError} `UNREACHABLE`, `ACCESS_DENIED`, `UNKNOWN_DATABASE` or `DEFINITION_HIDDEN` of any shard: a scan of
 *   some of them would say less than it seems to.
 */
export async function scanPrograms(
  shards: readonly Shard[],
  options: ScanOptions = {},
): Promise<ScanReport> {
  const scans: ShardScan[] = [];
  const compared: ShardPrograms[] = [];
  for (const { id, database, pool } of shards) {
    const { databases = [database] } = options;
    const catalog = await readCatalog(pool, databases);
    const { findings, unread } = scanCatalog(catalog, options);
    const { programs } = catalog;
    scans.push({ shard: id, programs: programs.length, findings, unread });
    if (shards.length === 1) continue;
    const grants: RoutineGrant[] = [];
    for (const schema of databases) grants.push(...(await readRoutineGrants(pool, schema)));
    compared.push({ shard: id, database, programs, grants });
  }
  return { shards: scans, drift: findDrift(compared) };
}

/** Whether a finding asks for something to be done; safe dynamic SQL is told for the sake of completeness. */
export function isActionable({ class: kind, injectable }: Finding): boolean {
  return kind !== "dynamic-sql" || injectable !== "no";
}
