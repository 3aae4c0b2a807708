import { QuoteState } from "../diagnosis/dynamic-text.ts";
import { functionRule } from "../diagnosis/functions.ts";
import { applyEdits } from "../sql/edits.ts";
import type { Expression } from "../sql/expression.ts";
import type { Routine } from "../sql/routine.ts";
import type { SqlMode } from "../sql/sql-mode.ts";
import type { Carrier, TextPart } from "./text-parts.ts";
import type { TextAssignment } from "./text-paths.ts";
import type { TextTrace } from "./trace-text.ts";

/** How a routine tells, when it executes a text, on which way the text came about: by a sum of what brought values in. */
export interface WayNumbers {
  /** The SQL of the number at the EXECUTE. */
  readonly number: string;
  /** Statements to put in front of others, by the offset of these. */
  readonly sets: readonly { readonly start: number; readonly text: string }[];
  /** The number of a way, by the things that bring values into it. */
  numberOf(carriers: readonly Carrier[]): number;
}

/** They give another value when they are asked again. */
const RESTLESS = new Set(
  (
    "RAND UUID UUID_SHORT SLEEP NOW SYSDATE CURDATE CURTIME CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP " +
    "UTC_DATE UTC_TIME UTC_TIMESTAMP UNIX_TIMESTAMP GET_LOCK RELEASE_LOCK NEXTVAL LASTVAL ROW_COUNT FOUND_ROWS LAST_INSERT_ID"
  ).split(" "),
);

/** More would not fit into an integer with certainty. */
const MAX_BITS = 30;

/**
 * Plans the numbers. A text says why it cannot be told which way was taken.
 *
 * @param carriers - What brings values in on some ways only, in order.
 * @param newName - Gives names of user variables that nothing else has.
 */
export function wayNumbers(
  routine: Routine,
  trace: TextTrace,
  carriers: readonly Carrier[],
  newName: () => string,
): WayNumbers | string {
  if (carriers.length > MAX_BITS) return "too many parts of the text come and go";
  const bits = new Map<Carrier | undefined, number>(
    carriers.map((carrier, index) => [carrier, 2 ** index]),
  );
  const names = new Map<string, string>();
  const codes = new Codes(routine, trace.assignments, bits, (key) => {
    const name = names.get(key) ?? newName();
    names.set(key, name);
    return name;
  });
  const sets: { start: number; text: string }[] = [];
  for (const [key, first] of trace.defaults) {
    if (codes.carries(key)) sets.push({ start: first.start, text: `SET ${codes.name(key)} = 0; ` });
  }
  for (const { at, key, parts } of trace.assignments) {
    if (!codes.carries(key)) continue;
    const code = codes.of(parts);
    if (code !== codes.name(key))
      sets.push({ start: at.statement.start, text: `SET ${codes.name(key)} = ${code}; ` });
  }
  const number = codes.of(trace.parts);
  if (codes.refused !== null) return codes.refused;
  return {
    number,
    sets,
    numberOf: (own) => own.reduce((sum, carrier) => sum + (bits.get(carrier) ?? 0), 0),
  };
}

/** Writes the SQL that gives the number of a text. */
class Codes {
  /** Why a choice cannot be asked twice; null while all can. */
  refused: string | null = null;
  readonly #routine: Routine;
  readonly #assignments: readonly TextAssignment[];
  readonly #bits: ReadonlyMap<Carrier | undefined, number>;
  readonly name: (key: string) => string;

  constructor(
    routine: Routine,
    assignments: readonly TextAssignment[],
    bits: ReadonlyMap<Carrier | undefined, number>,
    name: (key: string) => string,
  ) {
    this.#routine = routine;
    this.#assignments = assignments;
    this.#bits = bits;
    this.name = name;
  }

  /** Whether what a variable holds brings values along on some ways only. */
  carries(key: string, seen: ReadonlySet<string> = new Set()): boolean {
    if (seen.has(key)) return false;
    const inside = new Set([...seen, key]);
    return this.#assignments.some((own) => own.key === key && this.#hasCode(own.parts, inside));
  }

  #hasCode(parts: readonly TextPart[], seen: ReadonlySet<string>): boolean {
    return openParts(parts, this.#routine.mode).some((part) => {
      if (this.#bits.has(part.carrier)) return true;
      if (part.type === "choice")
        return part.options.some(
          ({ carrier, parts: inner }) => this.#bits.has(carrier) || this.#hasCode(inner, seen),
        );
      return part.type === "variable" && this.carries(part.key, seen);
    });
  }

  /** The number of these parts, as SQL. */
  of(parts: readonly TextPart[], carrier: Carrier | undefined = parts[0]?.carrier): string {
    const bit = this.#bits.get(carrier) ?? 0;
    const terms = openParts(parts, this.#routine.mode).flatMap((part) => {
      if (part.type === "choice") return this.#choice(part);
      return part.type === "variable" && this.carries(part.key) ? [this.name(part.key)] : [];
    });
    const all = bit === 0 && terms.length > 0 ? terms : [...terms, `${bit}`];
    return all.join(" + ");
  }

  #choice({ span, expression, options }: TextPart & { type: "choice" }): readonly string[] {
    const edits = options.map(({ parts, carrier, span: own }) => ({
      start: own.start - span.start,
      end: own.end - span.start,
      text: this.of(parts, carrier),
    }));
    if (edits.every(({ text }) => text === "0")) return [];
    if (!conditionsOf(expression).every(isRepeatable)) {
      this.refused = "what a choice in the text asks cannot be asked twice";
    }
    const { source } = this.#routine;
    return [applyEdits(source.slice(span.start, span.end), edits)];
  }
}

/** Parts outside of quotes; within them everything is data. */
function openParts(parts: readonly TextPart[], mode: SqlMode): readonly TextPart[] {
  const quotes = new QuoteState(mode);
  return parts.filter((part) => {
    if (part.type === "constant") quotes.read(part.value);
    return part.type === "constant" || quotes.quote === "";
  });
}

/** What decides a choice. */
function conditionsOf(expression: Expression): readonly Expression[] {
  if (expression.type === "case")
    return [...(expression.operand === null ? [] : [expression.operand]), ...expression.conditions];
  return expression.type === "call" ? expression.args.slice(0, 1) : [];
}

/** Whether an expression gives the same when it is evaluated a moment later. */
function isRepeatable(expression: Expression): boolean {
  switch (expression.type) {
    case "literal":
    case "name":
    case "user-variable":
      return true;
    case "operator":
      return expression.operands.every(isRepeatable);
    case "row":
      return expression.items.every(isRepeatable);
    case "collate":
    case "cast":
    case "convert":
      return isRepeatable(expression.operand);
    case "case":
      return [...conditionsOf(expression), ...expression.results].every(isRepeatable);
    case "call": {
      const { name, schema, args } = expression;
      const isNative = schema === null && functionRule(name, "mysql") !== null;
      return isNative && !RESTLESS.has(name) && args.every(isRepeatable);
    }
    default:
      return false;
  }
}
