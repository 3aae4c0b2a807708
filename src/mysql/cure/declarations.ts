import { locals } from "../deployment/program-obstacles.ts";
import type { DataType } from "../sql/data-type.ts";
import type { Routine } from "../sql/routine.ts";
import type { Span } from "../sql/token.ts";

/** A declaration whose type can be written anew. */
export interface Declaration {
  /** What it declares; of `DECLARE a, b` both. */
  readonly names: readonly string[];
  /** Their type. */
  readonly type: DataType;
  /** All of it. */
  readonly span: Span;
}

/** Parameters and locals that hold texts, in order. */
export function declarationsOf({ parameters, body }: Routine): readonly Declaration[] {
  return [
    ...parameters.map(({ name, type, span }) => ({
      names: [name],
      type,
      span: { start: span.start, end: type.end },
    })),
    ...locals(body).map(({ names, dataType, start, end }) => ({
      names: names.map(({ name }) => name),
      type: dataType,
      span: { start, end },
    })),
  ].filter(({ type }) => type.isCharacter);
}
