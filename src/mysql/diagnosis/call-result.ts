import type { CallExpression, Expression } from "../sql/expression.ts";
import type { Analysis } from "./analysis.ts";
import { aggregateJoined, DERIVATION } from "./collated.ts";
import type { FunctionRule } from "./functions.ts";
import {
  collatedOf,
  JSON_VALUE,
  NULL_VALUE,
  NUMBER,
  type Origin,
  TEMPORAL,
  text,
  unknown,
  type Value,
} from "./value.ts";
import type { World } from "./world.ts";

/** What a native function gives, by its rule. */
export function callResult(
  analysis: Analysis,
  rule: FunctionRule,
  call: CallExpression,
  args: readonly Value[],
): Value {
  const { world } = analysis;
  const [first = NULL_VALUE] = args;
  const origins = args.flatMap((arg) => arg.origins);
  switch (rule.result) {
    case "number":
      return NUMBER;
    case "temporal":
      return TEMPORAL;
    case "connection":
      return text(world.collationConnection, DERIVATION.coercible, true);
    case "wide":
      return {
        ...text(world.collationConnection, DERIVATION.coercible),
        origins: [returnedBy(call)],
      };
    case "binary":
      return { ...text("binary", DERIVATION.coercible), origins };
    case "system":
      return text("utf8mb3_general_ci", DERIVATION.system, true);
    case "json-text":
      return {
        ...text("utf8mb4_bin", DERIVATION.coercible, call.name === "JSON_UNQUOTE"),
        origins,
      };
    case "json": {
      if (world.flavour === "mysql") return { ...JSON_VALUE, origins };
      return joinedValue(
        analysis,
        call.name === "JSON_EXTRACT" || call.name === "JSON_QUERY" ? args.slice(0, 1) : args,
        call,
        call.name,
        false,
      );
    }
    case "first":
      return { ...first, isBare: false };
    case "shifted":
      return shiftedValue(world, first);
    case "formatted": {
      const [, format] = args;
      if (call.name === "FROM_UNIXTIME" && format === undefined) return TEMPORAL;
      const derivation = format?.collated?.derivation ?? DERIVATION.coercible;
      return { ...text(world.collationConnection, derivation), origins: format?.origins ?? [] };
    }
    case "extreme":
      if (args.some(({ kind }) => kind === "number")) return NUMBER;
      if (args.some(({ kind }) => kind === "temporal")) return TEMPORAL;
      return joinedValue(analysis, args, call, call.name, false);
    case "joined":
    case "mixed": {
      const parts = rule.of === undefined ? args : rule.of.flatMap((place) => args[place] ?? []);
      return joinedValue(analysis, parts, call, call.name, rule.result === "mixed");
    }
  }
}

/** A function's result, as something that stands in the text. */
export function returnedBy({ name, start, end }: CallExpression): Origin {
  return {
    ...{ type: "returned", name: `${name}()`, isIndexed: false, declaration: null },
    span: { start, end },
  };
}

/** A date that is moved stays a date; a text that is moved becomes a text of the connection. */
export function shiftedValue(world: World, value: Value): Value {
  if (value.kind === "temporal") return TEMPORAL;
  return {
    ...text(world.collationConnection, DERIVATION.coercible, true),
    origins: [],
  };
}

/** The value that several make together. */
export function joinedValue(
  analysis: Analysis,
  parts: readonly Value[],
  { start, end }: Expression,
  operator: string,
  isMixed: boolean,
): Value {
  const { world, conflicts } = analysis;
  const origins = parts.flatMap((part) => part.origins);
  if (isMixed) {
    const kinds = new Set(parts.map(({ kind }) => kind).filter((kind) => kind !== "null"));
    const [only] = kinds;
    if (kinds.size === 0) return NULL_VALUE;
    if (kinds.size === 1 && (only === "number" || only === "temporal" || only === "json")) {
      return only === "number" ? NUMBER : only === "temporal" ? TEMPORAL : JSON_VALUE;
    }
  }
  if (parts.length > 0 && parts.every(({ kind }) => kind === "null"))
    return text(world.collationConnection, DERIVATION.ignorable, true);
  const collated = parts.flatMap((part) => collatedOf(part) ?? []);
  const { collated: result, isIllegal } = aggregateJoined(collated, world.flavour);
  const unsure = parts.find(({ kind }) => kind === "unknown");
  if (unsure !== undefined && result.derivation !== DERIVATION.explicit) {
    return unknown(unsure.reason, origins);
  }
  if (isIllegal) {
    const span = { start, end };
    conflicts.push({
      outcome: "error",
      operands: parts,
      span,
      operator,
      count: parts.length,
      reason: "",
    });
  }
  if (result.derivation >= DERIVATION.numeric && result.derivation !== DERIVATION.weakest) {
    return { ...text(world.collationConnection, DERIVATION.coercible, true), origins };
  }
  return {
    ...text(result.collation, result.derivation, result.isAscii),
    collated: result,
    origins,
  };
}
