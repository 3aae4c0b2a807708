/** How strongly a text holds to its collation; the servers' COERCIBILITY(). A smaller number is stronger. */
export const DERIVATION = {
  /** COLLATE is written. */
  explicit: 0,
  /** Texts of two collations were joined. */
  none: 1,
  /** A column, parameter, local or user variable. */
  implicit: 2,
  /** USER(), DATABASE(), VERSION(). */
  system: 3,
  /** A literal, or what a stored function returns. */
  coercible: 4,
  /** A number or time. */
  numeric: 5,
  /** NULL. */
  ignorable: 6,
  /** What MySQL makes of `none`: weaker than everything, so that comparing it never fails. */
  weakest: 7,
} as const;

/** A collation, and how strongly a value holds to it. */
export interface Collated {
  /** Such as `utf8mb4_unicode_ci`; `binary` of binary strings. */
  readonly collation: string;
  /** The servers' COERCIBILITY(): 0 for COLLATE, 2 for columns and variables, 4 for literals; a smaller number is stronger. */
  readonly derivation: number;
  /** Whether only ASCII can occur, so that any character set can take it. */
  readonly isAscii: boolean;
  /**
   * Whether a coercible text differs from row to row: MariaDB converts constants to a character set that cannot hold every text,
   * and refuses the rest. Absent of what is constant.
   */
  readonly isVarying?: true;
}

/** What putting texts together gives. */
export interface Aggregate {
  /** What the result has. */
  readonly collated: Collated;
  /** Whether the server refuses it as an illegal mix: always of a comparison, of joined texts where no character set holds both. */
  readonly isIllegal: boolean;
}

/** Whether the servers differ in what they make of a conflict that they do not refuse. */
export type Flavour = "mysql" | "mariadb";

interface UnicodeRange {
  readonly hasSupplement: boolean;
  readonly maxBytes: number;
}

const UNICODE: ReadonlyMap<string, UnicodeRange> = new Map([
  ["utf8mb3", { hasSupplement: false, maxBytes: 3 }],
  ["utf8mb4", { hasSupplement: true, maxBytes: 4 }],
  ["ucs2", { hasSupplement: false, maxBytes: 2 }],
  ["utf16", { hasSupplement: true, maxBytes: 4 }],
  ["utf16le", { hasSupplement: true, maxBytes: 4 }],
  ["utf32", { hasSupplement: true, maxBytes: 4 }],
]);

/** The character set that a collation belongs to: its name says so. */
export function charsetOf(collation: string): string {
  const charset = collation.split("_", 1)[0] ?? "";
  return charset === "utf8" ? "utf8mb3" : charset;
}

/** Whether a collation compares code by code. */
function isBinarySort(collation: string): boolean {
  return collation === "binary" || collation.endsWith("_bin");
}

/**
 * Finds the collation of texts that are compared with each other, as both servers do: `DTCollation::aggregate`, measured on
 * MySQL 9.7 and MariaDB 10.11.
 */
export function aggregateCompared(parts: readonly Collated[], flavour: Flavour): Aggregate {
  const { collated, hasConflict, isInconvertible } = aggregate(parts, flavour);
  const { derivation } = collated;
  if (isInconvertible && derivation === DERIVATION.none) return { collated, isIllegal: true };
  const isNone = derivation === DERIVATION.none || derivation === DERIVATION.weakest;
  const isExplicit = derivation === DERIVATION.explicit;
  return { collated, isIllegal: (hasConflict && !isExplicit) || isNone };
}

/** Finds the collation of a text that is made of others: CONCAT, IF, COALESCE. */
export function aggregateJoined(parts: readonly Collated[], flavour: Flavour): Aggregate {
  const { collated, hasConflict, isInconvertible } = aggregate(parts, flavour);
  const isExplicit = collated.derivation === DERIVATION.explicit;
  if (isInconvertible && !isExplicit) return { collated, isIllegal: true };
  if (!hasConflict || isExplicit) return { collated, isIllegal: false };
  const derivation = flavour === "mysql" ? DERIVATION.weakest : DERIVATION.none;
  return { collated: { ...collated, derivation }, isIllegal: false };
}

interface Aggregated {
  readonly collated: Collated;
  readonly hasConflict: boolean;
  readonly isInconvertible: boolean;
}

function aggregate(parts: readonly Collated[], flavour: Flavour): Aggregated {
  let [result = { collation: "binary", derivation: DERIVATION.ignorable, isAscii: true }] = parts;
  let hasConflict = false;
  let isInconvertible = false;
  /** How firm the parts in conflict are: on MySQL a firmer one settles it, on MariaDB COLLATE alone. */
  let level: number = DERIVATION.explicit;
  for (const part of parts.slice(1)) {
    if (hasConflict && flavour === "mysql" && part.derivation < level) {
      hasConflict = false;
      isInconvertible = false;
      result = part;
      continue;
    }
    // What MySQL joins of two collations gets the _bin one, and does not mix with that very
    // collation on its right.
    const clashes =
      result.collation === part.collation &&
      result.derivation === DERIVATION.weakest &&
      part.derivation !== DERIVATION.weakest;
    const step = clashes ? "conflict" : aggregateTwo(result, part);
    if (step === "conflict") {
      const isExplicit = result.derivation === DERIVATION.explicit;
      // Two COLLATE clauses that differ: no third one can decide.
      if (isExplicit && part.derivation === DERIVATION.explicit) isInconvertible = true;
      if (!hasConflict) level = Math.min(part.derivation, result.derivation);
      hasConflict = true;
      if (charsetOf(result.collation) !== charsetOf(part.collation)) isInconvertible = true;
      result = {
        collation: `${charsetOf(result.collation)}_bin`,
        derivation: DERIVATION.none,
        isAscii: false,
      };
    } else {
      const isVarying = result.isVarying === true || part.isVarying === true;
      const { collation, derivation } = step;
      const isAscii = result.isAscii && part.isAscii;
      result = { collation, derivation, isAscii, ...(isVarying ? { isVarying } : {}) };
    }
  }
  if (!hasConflict && flavour === "mariadb" && parts.some((part) => isStuck(part, result))) {
    hasConflict = true;
    isInconvertible = true;
    result = { ...result, derivation: DERIVATION.none };
  }
  return { collated: result, hasConflict, isInconvertible };
}

/** Which of two collations a pair gets, or `conflict`. */
function aggregateTwo(a: Collated, b: Collated): Collated | "conflict" {
  if (a.collation === b.collation) return a.derivation <= b.derivation ? a : b;
  if (a.collation === "binary") return a.derivation <= b.derivation ? a : b;
  if (b.collation === "binary") return b.derivation <= a.derivation ? b : a;
  if (charsetOf(a.collation) !== charsetOf(b.collation)) {
    if (holds(a, b)) return a;
    if (holds(b, a)) return b;
    // A constant is converted when the statement is prepared, or refused then.
    if (a.derivation < b.derivation && b.derivation >= DERIVATION.system) return a;
    if (b.derivation < a.derivation && a.derivation >= DERIVATION.system) return b;
    return "conflict";
  }
  if (a.derivation !== b.derivation) return a.derivation < b.derivation ? a : b;
  if (a.derivation === DERIVATION.explicit) return "conflict";
  if (isBinarySort(a.collation)) return a;
  if (isBinarySort(b.collation)) return b;
  return "conflict";
}

/** Whether MariaDB would have to convert a text anew for each row, to a character set that may not hold it. */
function isStuck({ collation, isAscii, isVarying }: Collated, result: Collated): boolean {
  if (isVarying !== true || isAscii || collation === "binary") return false;
  const charset = charsetOf(result.collation);
  return charset !== charsetOf(collation) && charset !== "binary" && !UNICODE.has(charset);
}

/** Whether the character set of `a` can take every text of `b`. */
function holds(a: Collated, b: Collated): boolean {
  const isStronger = a.derivation < b.derivation;
  const isEqual = a.derivation === b.derivation;
  const left = UNICODE.get(charsetOf(a.collation));
  const right = UNICODE.get(charsetOf(b.collation));
  if (left !== undefined) {
    const isWider =
      right === undefined ||
      (left.hasSupplement && !right.hasSupplement && left.maxBytes > right.maxBytes);
    if (isStronger || (isEqual && isWider)) return true;
  }
  return b.isAscii && (isStronger || (isEqual && !a.isAscii));
}
