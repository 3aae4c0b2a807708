import type { CompareCase } from "./catalogue.ts";
import type { Observation } from "./observation.ts";

/** One case as it was run. */
export interface CompareResult {
  readonly case: CompareCase;
  readonly version: string;
  readonly peer: Observation;
  readonly ours: Observation;
}

/** What stands around the table in the document. */
const BEGIN = "<!-- begin: npm run compare -- --write -->";
const END = "<!-- end -->";

/** Writes one result as a line of JSON. */
export function toJsonLine({ case: { id, ...of }, version, peer, ours }: CompareResult): string {
  return JSON.stringify({
    case: id,
    package: of.package,
    version,
    seen: peer.seen,
    ours: ours.seen,
    otherwise: peer.otherwise ?? null,
    holds: ours.holds === true,
  });
}

/** Writes one result for people. */
export function toText({
  case: { id, scenario, ...of },
  version,
  peer,
  ours,
}: CompareResult): string {
  const lines = [`${id}  ${of.package} ${version}: ${scenario}`, `     seen  ${peer.seen}`];
  if (peer.otherwise !== undefined) lines.push(`     else  ${peer.otherwise}`);
  lines.push(`     ours  ${ours.seen}${ours.holds === true ? "" : "  ← DOES NOT HOLD"}`);
  return lines.join("\n");
}

/** Writes the table of the document. */
export function toTable(results: readonly CompareResult[], machine: string): string {
  const rows = results.map(({ case: each, version, peer, ours }) =>
    row([
      each.id,
      `${each.package} ${version}`,
      each.scenario,
      peer.seen,
      peer.otherwise ?? "–",
      ours.seen,
    ]),
  );
  return [
    `Seen on ${machine}.`,
    "",
    row(["id", "package", "what is done", "seen", "what would change it", "orderly-ws"]),
    row(Array(6).fill("---")),
    ...rows,
  ].join("\n");
}

/**
 * Puts a table in its place in the document.
 *
 * @throws Error when the document has no place for it.
 */
export function placeTable(document: string, table: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`the document lacks ${BEGIN} … ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${document.slice(end)}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
