import type { StoredProgram } from "../catalog/stored-program.ts";
import type { Routine } from "../sql/routine.ts";
import type { Analysis, Conflict } from "./analysis.ts";
import type { Flavour } from "./collated.ts";
import { excerpt, type Finding, type FindingOperand, lineOf } from "./finding.ts";
import { UserVariables, Variables } from "./scope.ts";
import type { Origin, Value } from "./value.ts";
import { type DynamicSql, ProgramWalk, ReadCache } from "./walk-program.ts";
import type { World } from "./world.ts";

/** The world of a program, but for what depends on it. */
export type WorldOf = (flavour: Flavour) => World;

/**
 * Finds what is wrong in one program.
 *
 * @param worldOf - Gives a world of its own for each reading.
 * @param allTypes - Whether to report comparisons as {@link Finding} `crash-record` too.
 */
export function analyseProgram(
  program: StoredProgram,
  routine: Routine,
  worldOf: WorldOf,
  allTypes: boolean,
): Finding[] {
  const cache = new ReadCache();
  const { flavour } = worldOf("mysql").server;
  const own = read(program, routine, cache, worldOf, flavour);
  const other = read(program, routine, cache, worldOf, flavour === "mysql" ? "mariadb" : "mysql");
  const finding = (conflict: Conflict, className: Finding["class"]): Finding =>
    describe(program, conflict, className, flavour);

  const known = new Set(own.conflicts.filter(({ outcome }) => outcome !== "index-lost").map(keyOf));
  const findings = [
    ...distinct(own.conflicts).map((conflict) => finding(conflict, conflict.outcome)),
    ...distinct(other.conflicts)
      .filter((conflict) => conflict.outcome === "error" && !known.has(keyOf(conflict)))
      .map((conflict) => finding(conflict, "error-on-other-server")),
    ...own.dynamic.map((dynamic) => describeDynamic(program, dynamic)),
  ];
  if (allTypes) {
    const meetings = own.meetings.map(
      (meeting) => ({ ...meeting, outcome: "unknown", count: 2, reason: "" }) as const,
    );
    findings.push(...distinct(meetings).map((meeting) => finding(meeting, "crash-record")));
  }
  return findings.sort((a, b) => a.span.start - b.span.start);
}

interface Reading {
  readonly conflicts: readonly Conflict[];
  readonly meetings: Analysis["meetings"];
  readonly dynamic: readonly DynamicSql[];
}

function read(
  program: StoredProgram,
  routine: Routine,
  cache: ReadCache,
  worldOf: WorldOf,
  flavour: Flavour,
): Reading {
  const world = worldOf(flavour);
  const walk = (): Reading => {
    const conflicts: Conflict[] = [];
    const meetings: Analysis["meetings"] = [];
    const analysis = {
      world,
      variables: new Variables(),
      users: new UserVariables(),
      conflicts,
      meetings,
    };
    const walked = new ProgramWalk(routine, cache, analysis, program.characterSetClient);
    walked.walk();
    return { conflicts, meetings, dynamic: walked.dynamic };
  };
  const first = walk();
  // A table may be used in front of the statement that makes it: in a loop, or in a handler.
  return world.made.size > 0 ? walk() : first;
}

function keyOf({ span, operator }: Conflict): string {
  return `${span.start} ${span.end} ${operator}`;
}

function distinct(conflicts: readonly Conflict[]): Conflict[] {
  return [
    ...new Map(
      conflicts.map((conflict) => [`${keyOf(conflict)} ${conflict.outcome}`, conflict]),
    ).values(),
  ];
}

function describe(
  program: StoredProgram,
  conflict: Conflict,
  className: Finding["class"],
  flavour: Flavour,
): Finding {
  const { operands, operator, count } = conflict;
  const isError = className === "error" || className === "error-on-other-server";
  const errno = count <= 2 ? 1267 : count === 3 ? 1270 : 1271;
  return {
    ...base(program, conflict.span, className),
    operator,
    errno: isError ? errno : null,
    operands: operands.map(operandOf),
    injectable: null,
    message: messageOf(conflict, className, flavour, errno),
  };
}

function messageOf(
  conflict: Conflict,
  className: Finding["class"],
  flavour: Flavour,
  errno: number,
): string {
  const sides = [...new Set(conflict.operands.map(sideOf).filter((side) => side !== ""))].join(
    " meets ",
  );
  switch (className) {
    case "error":
      return `${sides}: error ${errno}`;
    case "error-on-other-server":
      return `${sides}: works here, error ${errno} on ${flavour === "mysql" ? "MariaDB" : "MySQL"}`;
    case "index-lost":
      return `${sides}: the column is converted, its index is not used`;
    case "crash-record":
      return `${sides}: a comparison as in the public crash records`;
    default:
      return sides === "" ? conflict.reason : `${sides}: ${conflict.reason}`;
  }
}

function describeDynamic(program: StoredProgram, { span, injectable, notes }: DynamicSql): Finding {
  const verdict =
    injectable === "yes"
      ? "can be injected"
      : injectable === "no"
        ? "cannot be injected"
        : "may be injected";
  return {
    ...base(program, span, "dynamic-sql"),
    operator: "",
    errno: null,
    operands: [],
    injectable,
    message: `SQL joined from data, which ${verdict}: ${notes.join("; ")}`,
  };
}

function base(
  program: StoredProgram,
  { start, end }: { readonly start: number; readonly end: number },
  className: Finding["class"],
) {
  const { kind, schema, name, ddl } = program;
  const span = { start, end };
  return {
    class: className,
    kind,
    schema,
    name,
    line: lineOf(ddl, start),
    span,
    code: excerpt(ddl, span),
  };
}

function operandOf({ collated, origins }: Value): FindingOperand {
  return { collated, origins };
}

const NAMES: Readonly<Record<Origin["type"], string>> = {
  column: "column",
  parameter: "parameter",
  local: "local",
  "user-variable": "user variable",
  temporary: "temporary column",
  derived: "derived column",
  "json-table": "JSON_TABLE column",
  returned: "result of",
};

function sideOf({ collated, origins, kind }: Value): string {
  const names = [...new Set(origins.map(({ type, name }) => `${NAMES[type]} ${name}`))].join(", ");
  const collation =
    collated === null ? (kind === "unknown" ? "unknown" : kind) : collated.collation;
  return names === "" && collated === null
    ? ""
    : `${names === "" ? "a constant" : names} (${collation})`;
}
