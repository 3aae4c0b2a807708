import type { LiteralExpression } from "../sql/expression.ts";
import type { Span } from "../sql/token.ts";
import { charsetOf, DERIVATION } from "./collated.ts";
import type { UserVariables } from "./scope.ts";
import { defaultCollation } from "./type-value.ts";
import { NULL_VALUE, NUMBER, TEMPORAL, text, unknown, type Value, withOrigin } from "./value.ts";
import type { World } from "./world.ts";

/** What a variable holds once a value was given to it: a literal's collation is then as firm as a column's. */
export function heldValue(value: Value): Value {
  if (value.kind === "json")
    return { ...text("utf8mb4_bin", DERIVATION.implicit), origins: value.origins };
  if (value.kind === "null" || value.kind === "number" || value.kind === "temporal") {
    return { ...value, isBare: false };
  }
  if (value.collated === null) return value;
  return {
    ...value,
    collated: { ...value.collated, derivation: DERIVATION.implicit, isAscii: false },
  };
}

/** What is known of a constant. */
export function literalValue(expression: LiteralExpression, world: World): Value {
  switch (expression.kind) {
    case "number":
    case "boolean":
      return NUMBER;
    case "temporal":
      return TEMPORAL;
    case "null":
      return NULL_VALUE;
    case "hex":
    case "bit":
      return text("binary", DERIVATION.coercible);
    case "string": {
      const isAscii = !/[^\0-\x7f]/.test(expression.value);
      const collation =
        expression.introducer === null
          ? world.collationConnection
          : defaultCollation(world.server, expression.introducer);
      return text(collation, DERIVATION.coercible, isAscii);
    }
  }
}

/** What is known of a user variable, from the values that the program may have given it. */
export function userVariableValue(users: UserVariables, name: string, { start, end }: Span): Value {
  const values = users.of(name);
  const origin = {
    type: "user-variable",
    name: `@${name}`,
    isIndexed: false,
    declaration: null,
    span: { start, end },
  } as const;
  const [first] = values;
  if (first === undefined) return unknown(`@${name} is given its value elsewhere`, [origin]);
  const kinds = new Set(values.map((value) => `${value.kind} ${value.collated?.collation ?? ""}`));
  if (kinds.size === 1) return withOrigin(first, origin);
  const texts = values.filter(({ kind }) => kind === "text" || kind === "unknown");
  const collations = new Set(texts.map(({ collated }) => collated?.collation));
  const [only] = texts;
  // A number, a time or NULL never conflicts: what remains decides.
  if (only !== undefined && collations.size === 1 && only.kind === "text") {
    const isSometimesNoText = values.some(({ kind }) => kind !== "text" && kind !== "null");
    return withOrigin(only, isSometimesNoText ? { ...origin, isSometimesNoText } : origin);
  }
  if (texts.length === 0) return withOrigin(first, origin);
  const reason = `@${name} may hold texts of several collations`;
  const isText = ({ kind, collated }: Value): boolean =>
    kind === "text" && collated !== null && !/^binary$|_bin$/.test(collated.collation);
  const charsets = new Set(values.map(({ collated }) => charsetOf(collated?.collation ?? "")));
  if (!values.every(isText) || charsets.size > 1) return unknown(reason, [origin]);
  return {
    ...unknown(reason, [origin]),
    candidates: values.map((value) => withOrigin(value, origin)),
  };
}
