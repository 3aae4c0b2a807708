import type { DriftFinding } from "../drift/find-drift.ts";
import type { Finding } from "./finding.ts";
import { isActionable, type ScanReport } from "./scan-programs.ts";

/** Findings that are the same on several shards, told once. */
interface Told {
  readonly finding: Finding;
  readonly shards: string[];
}

/** Writes a report for people: one line for each finding, shards that agree together, and a count of everything. */
export function renderScan(report: ScanReport): string {
  const told = gather(report);
  const rows = told.map(({ finding, shards }) => [
    shards.length === report.shards.length ? "all" : shards.join(","),
    finding.class + (finding.injectable === null ? "" : ` (${finding.injectable})`),
    `${finding.kind} ${finding.schema}.${finding.name}:${finding.line}`,
    `${finding.code}  --  ${finding.message}`,
  ]);
  const table =
    rows.length === 0 ? [] : alignedTable([["shard", "class", "where", "what"], ...rows]);
  const unread = report.shards.flatMap(({ shard, unread: programs }) =>
    programs.map(
      ({ kind, schema, name, reason }) =>
        `not read on shard ${shard}: ${kind} ${schema}.${name}: ${reason}`,
    ),
  );
  return `${[...table, ...report.drift.map(renderDrift), ...unread, summary(report, told)].join("\n")}\n`;
}

function gather({ shards }: ScanReport): Told[] {
  const told = new Map<string, Told>();
  for (const { shard, findings } of shards) {
    for (const finding of findings) {
      // Shards may call their databases differently; what is said is the same only where the name is too.
      const { schema, kind, name, span, message } = finding;
      const key = [schema, kind, name, span.start, span.end, finding.class, message].join("\0");
      const known = told.get(key);
      if (known === undefined) told.set(key, { finding, shards: [shard] });
      else known.shards.push(shard);
    }
  }
  return [...told.values()];
}

function renderDrift({ kind, schema, name, drift, variants }: DriftFinding): string {
  const where = schema === null ? name : `${schema}.${name}`;
  const sides = variants.map(({ shards, value }) => `${shards.join(",")}: ${value}`);
  return `drift of ${drift}: ${kind} ${where}: ${sides.join(" | ")}`;
}

function summary({ shards, drift }: ScanReport, told: readonly Told[]): string {
  const count = (number: number, noun: string): string =>
    `${number} ${noun}${number === 1 ? "" : "s"}`;
  const classes = new Map<string, number>();
  for (const { finding } of told) classes.set(finding.class, (classes.get(finding.class) ?? 0) + 1);
  const list = [...classes].map(([name, number]) => `${number} ${name}`);
  const programs = shards.reduce((sum, scan) => sum + scan.programs, 0);
  const safe = told.filter(({ finding }) => !isActionable(finding)).length;
  const parts = [
    `${count(programs, "program")} on ${count(shards.length, "shard")}`,
    list.length === 0 ? "nothing found" : list.join(", "),
    ...(safe > 0 ? [`${safe} of these safe`] : []),
    ...(shards.length > 1 ? [`${drift.length} drifted`] : []),
  ];
  return parts.join("; ");
}

/** The last column is not padded. */
function alignedTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, { length }] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  "),
  );
}
