import { type FixOptions, fixPrograms, planFix, type ShardFix } from "../cure/fix-programs.ts";
import { STRATEGIES } from "../cure/strategy.ts";
import { unifiedDiff } from "../cure/unified-diff.ts";
import type { ProgramState } from "../deployment/program-state.ts";
import type { Command, CommandOutput } from "./command.ts";
import { type CommandInput, withShards } from "./connection-options.ts";
import { choice, DEPLOY_OPTIONS, deployOptions, requireYes } from "./deploy-options.ts";

/**
 * `orderly-mysql procedures fix --dry-run | --yes [--strategy collate|using|schema] [--collation …] [--canary id]
 * [--canary-only] [--trial write|read|none] [--journal database]`.
 *
 * Exit code 1: with `--dry-run` there is something to change; with `--yes` something remains that the strategy refuses.
 */
export const fixCommand: Command = (args, output) =>
  withShards(args, { ...DEPLOY_OPTIONS, strategy: TEXT, collation: TEXT, trial: TEXT }, (input) =>
    fix(input, output),
  );

const TEXT = { type: "string" } as const;

async function fix(input: CommandInput, output: CommandOutput): Promise<number> {
  const { values, shards, json } = input;
  const { collation } = values;
  const options: FixOptions = {
    ...deployOptions(input, output),
    strategy: choice("strategy", values["strategy"], STRATEGIES, "collate"),
    trial: choice("trial", values["trial"], ["write", "read", "none"] as const, "write"),
    ...(typeof collation === "string" ? { collation } : {}),
    // Without --database each shard has its own.
    ...(values["database"] === undefined ? {} : { databases: input.databases }),
  };
  if (values["dry-run"] === true) {
    const plans = await planFix(shards, options);
    output.out(json ? `${JSON.stringify(plans.map(summaryOf), null, 2)}\n` : describe(plans));
    return plans.some(({ changes }) => changes.length > 0) || isLeft(plans) ? 1 : 0;
  }
  requireYes(input, "--dry-run shows what would change");
  const result = await fixPrograms(shards, options);
  const { run, isComplete, hasContinued, shards: plans } = result;
  if (json) {
    const report = { run, isComplete, hasContinued, shards: plans.map(summaryOf) };
    output.out(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    if (hasContinued) output.out("an interrupted run was finished first\n");
    output.out(describe(plans));
    const end = isComplete ? "done" : "the canary is done; run the command again for the rest";
    output.out(run === null ? "nothing to change\n" : `${end} (run ${run})\n`);
  }
  return isLeft(plans) ? 1 : 0;
}

function isLeft(plans: readonly ShardFix[]): boolean {
  return plans.some(({ programs }) => programs.some(({ refusals }) => refusals.length > 0));
}

interface Summary {
  readonly shard: string;
  readonly changes: readonly {
    readonly name: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
  readonly notes: readonly { readonly program: string; readonly text: string }[];
  readonly refusals: readonly {
    readonly program: string;
    readonly line: number;
    readonly reason: string;
  }[];
}

function summaryOf({ shard, changes, programs }: ShardFix): Summary {
  const named = programs.map((own) => ({
    ...own,
    name: `${own.program.kind} ${own.program.schema}.${own.program.name}`,
  }));
  return {
    shard,
    changes: changes.map(({ name, before, after }) => ({ name, before, after })),
    notes: named.flatMap(({ name, notes }) => notes.map((text) => ({ program: name, text }))),
    refusals: named.flatMap(({ name, refusals }) =>
      refusals.map((own) => ({ program: name, ...own })),
    ),
  };
}

/** Shards that change in the same way are told once. */
function describe(plans: readonly ShardFix[]): string {
  const groups = new Map<string, string[]>();
  for (const plan of plans) {
    const text = describeShard(plan);
    groups.set(text, [...(groups.get(text) ?? []), plan.shard]);
  }
  return [...groups].map(([text, shards]) => `# shard ${shards.join(", ")}\n${text}`).join("\n");
}

function describeShard(plan: ShardFix): string {
  const { notes, refusals } = summaryOf(plan);
  const lines = [
    ...notes.map(({ program, text }) => `note: ${program}: ${text}\n`),
    ...refusals.map(
      ({ program, line, reason }) => `remains: ${program}, line ${line}: ${reason}\n`,
    ),
  ];
  return [...plan.changes.map(describeChange), ...lines].join("");
}

function describeChange({ kind, name, before, after }: ShardFix["changes"][number]): string {
  if (kind === "program") {
    const [old, now] = [before as ProgramState, after as ProgramState];
    const diff = unifiedDiff(name, old.ddl, now.ddl);
    if (old.databaseCollation === now.databaseCollation) return diff;
    return `${name}: created again under ${now.databaseCollation} instead of ${old.databaseCollation}\n${diff}`;
  }
  const [old, now] = [before as { collation: string }, after as { collation: string }];
  return old.collation === now.collation
    ? `${name}: its columns become ${now.collation}\n`
    : `${name}: ${old.collation} becomes ${now.collation}\n`;
}
