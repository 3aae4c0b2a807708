import { describeGrants, type RoutineGrant } from "../catalog/read-grants.ts";
import type { StoredProgram } from "../catalog/stored-program.ts";
import { MysqlError } from "../mysql-error.ts";
import { parseRoutine } from "../sql/parse-routine.ts";
import type { RoutineKind } from "../sql/routine.ts";
import { parseSqlMode } from "../sql/sql-mode.ts";
import { describeTexts } from "./describe-texts.ts";
import type { ShardPrograms } from "./shard-programs.ts";

/**
 * What shards can differ in.
 *
 * - `missing`: the program is not on every shard. Nothing else is said of it but for the shards that have it.
 * - `parameters`: names, types, order, or what a function returns. `body`: what it does, comments included.
 * - `characteristics`: DETERMINISTIC, a trigger's timing, an event's schedule, and the like.
 * - `sql-mode`: the modes stored with it. `collation`: the client's character set, the connection's and the database's collation
 *   stored with it.
 * - `definer`, `security`, `comment`: as they are called. `grants`: rights to this one routine.
 */
export const DRIFTS = [
  "missing",
  "parameters",
  "body",
  "characteristics",
  "sql-mode",
  "collation",
  "definer",
  "security",
  "comment",
  "grants",
] as const;

/** One of {@link DRIFTS}. */
export type Drift = (typeof DRIFTS)[number];

/** Shards that agree with each other. */
export interface DriftVariant {
  /** Their ids, in the order of the configuration. */
  readonly shards: readonly string[];
  /** What they have, on one line: the value, or for texts how it differs from the first variant's. */
  readonly value: string;
}

/** A program that is not the same on every shard. */
export interface DriftFinding {
  /** What it is. */
  readonly kind: RoutineKind;
  /** Its database, or null for each shard's own. */
  readonly schema: string | null;
  /** Its name. */
  readonly name: string;
  /** In what the shards differ. */
  readonly drift: Drift;
  /** Two or more: what most shards have first. */
  readonly variants: readonly DriftVariant[];
}

/** A program of one shard with its rights as text. */
interface Instance {
  readonly shard: string;
  readonly program: StoredProgram;
  readonly grants: string;
}

/** A program of any shards. */
interface Compared extends Pick<StoredProgram, "schema" | "kind" | "name"> {
  /** Empty for each shard's own database. */
  readonly schema: string;
  readonly instances: Instance[];
}

/**
 * Compares the programs of shards, byte for byte.
 *
 * @returns In order of database, kind, name and {@link DRIFTS}; empty where all shards are the same, and for a single one.
 */
export function findDrift(shards: readonly ShardPrograms[]): DriftFinding[] {
  const byName = new Map<string, Compared>();
  for (const { shard, database, programs, grants } of shards) {
    const rights = new Map<string, RoutineGrant[]>();
    for (const grant of grants) {
      const key = [grant.schema, grant.kind, grant.name].join("\0");
      rights.set(key, [...(rights.get(key) ?? []), grant]);
    }
    for (const program of programs) {
      const schema = program.schema === database ? "" : program.schema;
      // Triggers of one database may tell capitals apart; that two names differ in nothing else is drift of its own then.
      const name = program.kind === "trigger" ? program.name : program.name.toLowerCase();
      const key = [schema, program.kind, name].join("\0");
      const held = rights.get([program.schema, program.kind, name].join("\0")) ?? [];
      const known = byName.get(key) ?? {
        schema,
        kind: program.kind,
        name: program.name,
        instances: [],
      };
      known.instances.push({ shard, program, grants: describeGrants(held) });
      byName.set(key, known);
    }
  }
  const ids = shards.map(({ shard }) => shard);
  return [...byName.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, compared]) => compare(compared, ids));
}

function compare(
  { schema, kind, name, instances }: Compared,
  shards: readonly string[],
): DriftFinding[] {
  const found: DriftFinding[] = [];
  const finding = (drift: Drift, variants: readonly DriftVariant[]): void => {
    const finding = { kind, schema: schema === "" ? null : schema, name, drift };
    if (variants.length > 1) found.push({ ...finding, variants: bySize(variants) });
  };
  const having = instances.map(({ shard }) => shard);
  const without = shards.filter((shard) => !having.includes(shard));
  if (without.length > 0) {
    finding("missing", [
      { shards: having, value: "there" },
      { shards: without, value: "missing" },
    ]);
  }
  const values = (drift: Drift, textOf: (instance: Instance) => string): void => {
    finding(drift, group(instances, textOf));
  };
  for (const [drift, texts] of textDrifts(instances)) {
    finding(drift, describeTexts(bySize(group(instances, (own) => texts.get(own) ?? ""))));
  }
  values("sql-mode", ({ program }) => program.sqlMode);
  values("collation", ({ program }) =>
    [program.characterSetClient, program.collationConnection, program.databaseCollation].join("/"),
  );
  values("definer", ({ program }) => program.definer);
  values("security", ({ program }) => program.security);
  values("comment", ({ program }) => program.comment);
  values("grants", ({ grants }) => grants);
  return found;
}

/** The parts of the texts that are compared each for itself; the text as a whole where one of them cannot be read. */
function textDrifts(
  instances: readonly Instance[],
): readonly (readonly [Drift, ReadonlyMap<Instance, string>])[] {
  const whole = new Map(instances.map((own) => [own, own.program.ddl]));
  if (new Set(whole.values()).size === 1) return [];
  const parameters = new Map<Instance, string>();
  const characteristics = new Map<Instance, string>();
  const body = new Map<Instance, string>();
  for (const own of instances) {
    const { ddl, sqlMode, comment } = own.program;
    try {
      const routine = parseRoutine(ddl, parseSqlMode(sqlMode));
      const { start, end } = routine.characteristics;
      parameters.set(own, ddl.slice(routine.nameSpan.end, start));
      characteristics.set(own, withoutOwn(ddl.slice(start, end), comment, own.program.security));
      body.set(own, ddl.slice(end));
    } catch (error) {
      if (!(error instanceof MysqlError) || error.code !== "DDL_UNREADABLE") throw error;
      return [["body", whole]];
    }
  }
  return [
    ["parameters", parameters],
    ["body", body],
    ["characteristics", characteristics],
  ];
}

/** What is reported under a name of its own is not said twice. */
function withoutOwn(text: string, comment: string, security: string): string {
  const at = comment === "" ? -1 : text.search(/\bCOMMENT\s/);
  const rest = at === -1 ? text : text.slice(0, at);
  return rest.replace(`SQL SECURITY ${security}`, "").trim().replace(/\s+/g, " ");
}

function group(
  instances: readonly Instance[],
  textOf: (instance: Instance) => string,
): DriftVariant[] {
  const groups = new Map<string, string[]>();
  for (const instance of instances) {
    const value = textOf(instance);
    groups.set(value, [...(groups.get(value) ?? []), instance.shard]);
  }
  return [...groups].map(([value, shards]) => ({ shards, value }));
}

function bySize(variants: readonly DriftVariant[]): readonly DriftVariant[] {
  return variants.toSorted((a, b) => b.shards.length - a.shards.length);
}
