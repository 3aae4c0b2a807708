import { QuoteState } from "../diagnosis/dynamic-text.ts";
import { itemsWithoutTable } from "../diagnosis/walk-statement.ts";
import { MysqlError } from "../mysql-error.ts";
import type { Expression } from "../sql/expression.ts";
import { userVariableName } from "../sql/identifier.ts";
import type { PlainSql } from "../sql/plain-sql.ts";
import { readExpression, readPlain } from "../sql/read-plain.ts";
import type { Routine } from "../sql/routine.ts";
import type {
  Branch,
  PlainStatement,
  RoutineStatement,
  TokenRange,
} from "../sql/routine-statement.ts";
import { testedEmptiness } from "./emptiness.ts";
import type { PlacedStatement } from "./scope-at.ts";
import { keyOf, type TextPart, textPartsOf } from "./text-parts.ts";

/** In how many ways a text may come about, at most: each is looked at, and each set of values needs an EXECUTE of its own. */
export const MAX_PATHS = 64;

/** What a variable holds on one way through a routine: a text that the routine made, or why nobody knows. */
export type Held = HeldText | string;

/** A text that the routine made. */
interface HeldText {
  /** What the last assignment put together. */
  readonly parts: readonly TextPart[];
  /** What the variables in it held then. */
  readonly held: Path;
}

/** What variables hold on one way through a routine. */
export type Path = ReadonlyMap<string, Held>;

/** An assignment that makes a text. */
export interface TextAssignment {
  /** The statement. */
  readonly at: PlacedStatement;
  /** The variable. */
  readonly key: string;
  /** What it gets. */
  readonly parts: readonly TextPart[];
}

/** Every way from a routine's beginning to one of its statements, as far as texts are concerned. */
export class TextPaths {
  /** Assignments that were met, each once. */
  readonly assignments: TextAssignment[] = [];
  /** Locals whose DEFAULT began a text, with the first statement behind their declaration. */
  readonly defaults: Map<string, RoutineStatement> = new Map<string, RoutineStatement>();
  readonly #routine: Routine;
  readonly #target: PlainStatement;
  readonly #placed: ReadonlyMap<PlainStatement, PlacedStatement>;
  readonly #keys: ReadonlySet<string>;
  #reached: readonly Path[] = [];

  /** @param keys - The variables that matter. */
  constructor(
    routine: Routine,
    target: PlainStatement,
    placed: readonly PlacedStatement[],
    keys: ReadonlySet<string>,
  ) {
    this.#routine = routine;
    this.#target = target;
    this.#placed = new Map(placed.map((own) => [own.statement, own]));
    this.#keys = keys;
  }

  /** What variables hold where the statement is reached, or why that cannot be told. */
  find(): readonly Path[] | string {
    const left = this.#run([this.#routine.body], [new Map()]);
    return typeof left === "string" ? left : this.#reached;
  }

  /** Follows statements. Gives the ways that lead behind them; none behind the target. */
  #run(list: readonly RoutineStatement[], before: readonly Path[]): readonly Path[] | string {
    let paths = before;
    for (const statement of list) {
      const next = this.#step(statement, paths);
      if (typeof next === "string") return next;
      if (next.length > MAX_PATHS) return `the text is made in more than ${MAX_PATHS} ways`;
      paths = next;
    }
    return paths;
  }

  #step(statement: RoutineStatement, paths: readonly Path[]): readonly Path[] | string {
    if (statement === this.#target) {
      this.#reached = paths;
      return [];
    }
    if (statement.type === "plain") return this.#plain(statement, paths);
    const isAround = contains(statement, this.#target);
    const assigned = isAround ? new Set<string>() : this.#assignedIn(statement);
    if (!isAround && assigned.size === 0) return paths;
    switch (statement.type) {
      case "block": {
        for (const declaration of statement.declarations) {
          if (declaration.type !== "handler" || this.#assignedIn(declaration.body).size === 0)
            continue;
          return "a handler makes the text";
        }
        if (!isAround && statement.label !== null && this.#isLeft(statement))
          return "the text is made in a block that LEAVE may end";
        const inner = paths.map((path) => this.#declared(statement, path));
        return this.#run(statement.statements, inner);
      }
      case "loop": {
        const inside = this.#assignedIn(statement);
        const marked = paths.map(
          (path) =>
            new Map([
              ...path,
              ...[...inside].map(
                (key) =>
                  [key, "a loop makes the text: nobody knows how many values are in it"] as const,
              ),
            ]),
        );
        return isAround ? this.#run(statement.statements, marked) : marked;
      }
      default: {
        const ways: Path[] = [];
        let left = paths;
        for (const branch of statement.branches) {
          const { taken, passed } = this.#divide(statement, branch, left);
          left = passed;
          const isTaken = isAround && branch.statements.some((own) => contains(own, this.#target));
          if (isAround && !isTaken) continue;
          const next = this.#run(branch.statements, taken);
          if (typeof next === "string") return next;
          ways.push(...next);
        }
        const hasElse = statement.branches.some(({ condition }) => condition === null);
        return isAround || hasElse ? ways : [...ways, ...left];
      }
    }
  }

  /** The ways that may go into a branch, and those that may pass it by: a test for the empty text decides. */
  #divide(
    statement: RoutineStatement,
    { condition }: Branch,
    paths: readonly Path[],
  ): { readonly taken: readonly Path[]; readonly passed: readonly Path[] } {
    if (condition === null || statement.type !== "if") return { taken: paths, passed: paths };
    const expression = readCondition(this.#routine, condition);
    const told = paths.map((path) =>
      expression === null ? null : testedEmptiness(expression, path),
    );
    return {
      taken: paths.filter((_, index) => told[index] !== false),
      passed: paths.filter((_, index) => told[index] !== true),
    };
  }

  #plain(statement: PlainStatement, paths: readonly Path[]): readonly Path[] | string {
    const given = assignmentsOf(this.#routine, statement, this.#keys);
    if (statement.verb === "CALL") return paths.map(afterCall);
    if (given.length === 0) return paths;
    const at = this.#placed.get(statement);
    if (at === undefined) throw new Error("bug: a statement without a place");
    if (given.length > 1) return "one statement gives several variables of the text";
    const [{ key, value } = { key: "", value: null }] = given;
    if (value === null) {
      const reason = `${key} is given by a statement that cannot be followed`;
      return paths.map((path) => new Map<string, Held>([...path, [key, reason]]));
    }
    const parts = textPartsOf(value, { at }, this.#routine.mode);
    this.assignments.push({ at, key, parts });
    return paths.map((path) => new Map<string, Held>([...path, [key, { parts, held: path }]]));
  }

  /** What a block's locals begin with. */
  #declared(block: RoutineStatement & { type: "block" }, path: Path): Path {
    const next = new Map(path);
    for (const declaration of block.declarations) {
      if (declaration.type !== "local") continue;
      for (const { name } of declaration.names) {
        const key = name.toLowerCase();
        if (!this.#keys.has(key)) continue;
        const initial = constantOf(this.#routine, declaration.initial);
        const [first] = block.statements;
        if (initial === null || first === undefined) {
          next.set(key, `${name} is not begun with a constant`);
        } else {
          this.defaults.set(key, first);
          next.set(key, {
            parts: textPartsOf(initial, { at: null }, this.#routine.mode),
            held: new Map(),
          });
        }
      }
    }
    return next;
  }

  #assignedIn(statement: RoutineStatement): ReadonlySet<string> {
    const found = new Set<string>();
    for (const { statement: own } of this.#placed.values()) {
      if (own.start < statement.start || own.end > statement.end) continue;
      for (const { key } of assignmentsOf(this.#routine, own, this.#keys)) found.add(key);
      if (own.verb !== "CALL") continue;
      for (const key of this.#keys) if (key.startsWith("@")) found.add(key);
    }
    return found;
  }

  #isLeft({ start, end }: RoutineStatement): boolean {
    return this.#routine.tokens.some(
      (token) => token.word === "LEAVE" && token.start >= start && token.end <= end,
    );
  }
}

/** The variables that decide what a text holds: the one that is prepared, those that are joined to it, and so on. */
export function keysOf(
  routine: Routine,
  placed: readonly PlacedStatement[],
  roots: readonly TextPart[],
): ReadonlySet<string> {
  const keys = new Set<string>();
  const all = placed.flatMap((at) =>
    assignmentsOf(routine, at.statement, null).map((given) => ({ ...given, at })),
  );
  const add = (parts: readonly TextPart[]): void => {
    const quotes = new QuoteState(routine.mode);
    for (const part of parts) {
      if (part.type === "constant") quotes.read(part.value);
      // Within quotes it is data, whatever it holds.
      if (quotes.quote !== "") continue;
      if (part.type === "choice") for (const option of part.options) add(option.parts);
      if (part.type !== "variable") continue;
      const { key } = part;
      if (keys.has(key)) continue;
      keys.add(key);
      for (const { key: own, value, at } of all) {
        if (own === key && value !== null) add(textPartsOf(value, { at }, routine.mode));
      }
    }
  };
  add(roots);
  return keys;
}

/** What a statement gives to which variables; the value is null where it cannot be followed. */
export function assignmentsOf(
  routine: Routine,
  statement: PlainStatement,
  keys: ReadonlySet<string> | null,
): readonly { readonly key: string; readonly value: Expression | null }[] {
  const given = givenBy(routine, statement);
  return keys === null ? given : given.filter(({ key }) => keys.has(key));
}

/** Kept: the same statements are looked at for every text of a routine, and on every way through it. */
const GIVEN = new WeakMap<PlainStatement, ReturnType<typeof assignmentsOf>>();

function givenBy(routine: Routine, statement: PlainStatement): ReturnType<typeof assignmentsOf> {
  const known = GIVEN.get(statement);
  if (known !== undefined) return known;
  const found = readGiven(routine, statement);
  GIVEN.set(statement, found);
  return found;
}

function readGiven(routine: Routine, statement: PlainStatement): ReturnType<typeof assignmentsOf> {
  const sql = readStatement(routine, statement);
  const pair = (target: Expression, value: Expression | null) => {
    const key = keyOf(target);
    return key === null ? [] : [{ key, value }];
  };
  if (sql === null) {
    // Whatever is named in it may be changed by it.
    return routine.tokens
      .slice(statement.first, statement.limit)
      .filter(({ kind }) => kind === "user-variable" || kind === "word" || kind === "name")
      .map(({ kind, text }) => ({
        key: kind === "user-variable" ? `@${userVariableName(text)}` : text.toLowerCase(),
        value: null,
      }));
  }
  const inline = assignedInline(routine, statement);
  switch (sql.type) {
    case "set":
      return sql.assignments.flatMap(({ target, value }) => pair(target, value));
    case "query": {
      const targets = sql.query.into ?? [];
      const items = itemsWithoutTable(sql.query);
      return [...inline, ...targets.flatMap((target, index) => pair(target, items[index] ?? null))];
    }
    case "fetch":
      return sql.values.flatMap((target) => pair(target, null));
    case "call":
      return sql.args.flatMap((target) => pair(target, null));
    default:
      return inline;
  }
}

/** `@v := …` within an expression. */
function assignedInline(
  { tokens }: Routine,
  { first, limit }: PlainStatement,
): { readonly key: string; readonly value: null }[] {
  return tokens
    .slice(first, limit)
    .filter(
      ({ kind }, index) => kind === "user-variable" && tokens[first + index + 1]?.word === ":=",
    )
    .map(({ text }) => ({ key: `@${userVariableName(text)}`, value: null }));
}

/** A plain statement, read; null where it cannot be. */
export function readStatement(routine: Routine, statement: PlainStatement): PlainSql | null {
  try {
    return readPlain(routine, statement);
  } catch (error) {
    if (error instanceof MysqlError) return null;
    throw error;
  }
}

/** What is called may change every user variable. */
function afterCall(path: Path): Path {
  const entries = [...path].map(([key, held]): [string, Held] => [
    key,
    key.startsWith("@") ? `${key} may be changed by what is called before it is prepared` : held,
  ]);
  return new Map(entries);
}

function readCondition(routine: Routine, range: TokenRange): Expression | null {
  try {
    return readExpression(routine, range);
  } catch (error) {
    if (error instanceof MysqlError) return null;
    throw error;
  }
}

function constantOf(routine: Routine, initial: TokenRange | null): Expression | null {
  if (initial === null || initial.limit - initial.first !== 1) return null;
  const expression = readExpression(routine, initial);
  return expression.type === "literal" && expression.kind === "string" ? expression : null;
}

function contains(around: RoutineStatement, { start, end }: PlainStatement): boolean {
  return around.start <= start && end <= around.end;
}
