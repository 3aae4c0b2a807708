import { createHash } from "node:crypto";
import type { StoredProgram } from "../catalog/stored-program.ts";

const HASH_LENGTH = 10;

/**
 * A beginning for the names of handles and user variables that no other routine has: both live in the session, and a routine
 * that is called from within another must not take the other's.
 */
export function uniquePrefix({ schema, kind, name }: StoredProgram): string {
  const identity = [schema, kind, name.toLowerCase()].join("\0");
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, HASH_LENGTH);
  return `orderly_${hash}`;
}

/** A number for names that the text does not hold yet, so that a routine which was cured once can be cured again. */
export function freeIndex(ddl: string, prefix: string): number {
  let index = 1;
  while (ddl.includes(`${prefix}_${index}`)) index += 1;
  return index;
}
