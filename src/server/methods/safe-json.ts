/** Arrays and objects within one another, at most, in a message. */
const MAX_NESTING = 256;

/** A parsed message, or which rule it broke. */
export interface SafeJson {
  /** The parsed message; undefined where it could not be parsed. */
  readonly value: unknown;
  /** The rule it broke, or null. With `proto`, `value` is there but must not be handed on. */
  readonly fault: "syntax" | "nesting" | "proto" | null;
}

/**
 * Parses a peer's JSON and refuses what harms those who handle it later: nesting that overflows the
 * stack of a recursive function, and `__proto__` keys, which turn a careless merge into prototype
 * pollution.
 */
export function parseSafely(text: string): SafeJson {
  // Each level takes two characters, so short texts need no look at their brackets.
  if (text.length > 2 * MAX_NESTING && nestsDeeper(text, MAX_NESTING)) {
    return { value: undefined, fault: "nesting" };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { value: undefined, fault: "syntax" };
  }
  // A key may be written with escapes; both searches are far cheaper than a look at every key.
  if ((text.includes("__proto__") || text.includes("\\u")) && hasProtoKey(value)) {
    return { value, fault: "proto" };
  }
  return { value, fault: null };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function nestsDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === BACKSLASH) at += 1;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) {
      inString = true;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1;
      if (depth > limit) return true;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return false;
}

/** Recursion is safe here: the nesting was checked before. */
function hasProtoKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasProtoKey);
  if (Object.hasOwn(value, "__proto__")) return true;
  return Object.values(value).some(hasProtoKey);
}
