import { enumMembers } from "../sql/enum-members.ts";
import { bareName, type Expression } from "../sql/expression.ts";
import type { SqlMode } from "../sql/sql-mode.ts";
import type { Span } from "../sql/token.ts";
import type { PlacedStatement } from "./scope-at.ts";

/** What brings parts into a text together: a statement, or one of the things that an expression in it chooses from. */
export interface Carrier {
  /** The statement; null of a local's DEFAULT, which is a constant. */
  readonly at: PlacedStatement | null;
}

/** One of the things that a choice may give. */
interface TextOption {
  /** Where it is written. */
  readonly span: Span;
  /** What brings it in. */
  readonly carrier: Carrier;
  /** In order. */
  readonly parts: readonly TextPart[];
}

/** A part of an expression that makes a text. */
export type TextPart =
  | {
      /** Tells parts apart. */
      readonly type: "constant";
      /** Where it is written. */
      readonly span: Span;
      /** Its characters. */
      readonly value: string;
      /** Whether it is a literal, which can be written anew. */
      readonly isLiteral: boolean;
      /** Whether a text with it need not be readable: an ENUM's value that is no member of it. */
      readonly isOdd: boolean;
      /** What brings it in. */
      readonly carrier: Carrier;
    }
  | {
      /** Tells parts apart. */
      readonly type: "data";
      /** Where it is written. */
      readonly span: Span;
      /** What gives it. */
      readonly expression: Expression;
      /** What brings it in. */
      readonly carrier: Carrier;
    }
  | {
      /** Tells parts apart: it may hold a text that the routine made, or data. */
      readonly type: "variable";
      /** Which one, as of {@link keyOf}. */
      readonly key: string;
      /** Where it is written. */
      readonly span: Span;
      /** What gives it. */
      readonly expression: Expression;
      /** What brings it in. */
      readonly carrier: Carrier;
    }
  | {
      /** Tells parts apart. */
      readonly type: "choice";
      /** Where it is written. */
      readonly span: Span;
      /** All of it. */
      readonly expression: Expression;
      /** What it chooses from. */
      readonly options: readonly TextOption[];
      /** What brings it in. */
      readonly carrier: Carrier;
    };

/** How a variable is told: `@name`, or the name of a local, in lower case. Null for anything else. */
export function keyOf(expression: Expression): string | null {
  return expression.type === "user-variable" ? `@${expression.name}` : bareName(expression);
}

/** Cuts an expression that makes a text into its parts. */
export function textPartsOf(
  expression: Expression,
  carrier: Carrier,
  mode: SqlMode,
): readonly TextPart[] {
  const { start, end } = expression;
  const span = { start, end };
  if (expression.type === "literal") {
    const { kind, value } = expression;
    if (kind === "string" || kind === "number")
      return [
        { type: "constant", span, value, isLiteral: kind === "string", isOdd: false, carrier },
      ];
  }
  if (expression.type === "call" && expression.schema === null && expression.name === "CONCAT")
    return expression.args.flatMap((arg) => textPartsOf(arg, carrier, mode));
  const chosen = chosenFrom(expression);
  if (chosen !== null) {
    const options = chosen.map((option): TextOption => {
      const own: Carrier = { at: carrier.at };
      return { span: option, carrier: own, parts: textPartsOf(option, own, mode) };
    });
    return [{ type: "choice", span, expression, options, carrier }];
  }
  const key = keyOf(expression);
  const type = key === null ? undefined : carrier.at?.variables.get(key);
  if (type?.name === "ENUM") {
    // A closed set: every member is tried as the constant that it is, and so is the empty text of a value that is none of them.
    const members = ["", ...enumMembers(type.length ?? "", mode)];
    const options = members.map((value): TextOption => {
      const own: Carrier = { at: carrier.at };
      return {
        span,
        carrier: own,
        parts: [
          { type: "constant", span, value, isLiteral: false, isOdd: value === "", carrier: own },
        ],
      };
    });
    return [{ type: "choice", span, expression, options, carrier }];
  }
  // A number's or time's type says that it is data.
  const isText = type === undefined ? key?.startsWith("@") : type.isCharacter;
  return key !== null && isText === true
    ? [{ type: "variable", key, span, expression, carrier }]
    : [{ type: "data", span, expression, carrier }];
}

/** What an expression chooses from; null where it is no choice, or where NULL decides. */
function chosenFrom(expression: Expression): readonly Expression[] | null {
  if (expression.type === "case") return expression.results;
  if (expression.type !== "call" || expression.schema !== null) return null;
  if (expression.name === "IF" || expression.name === "ELT") return expression.args.slice(1);
  return null;
}
