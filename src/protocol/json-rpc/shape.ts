/** Members of a JSON object, of any kind. */
export type Fields = Readonly<Record<string, unknown>>;

/** Says whether a value off the wire is of the kind that a member must be. */
export type Check<T> = (value: unknown) => value is T;

/** Tells a JSON object from everything else. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Tells an integer from 0 up that a number holds exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Tells true and false. */
export function isFlag(value: unknown): value is boolean {
  return typeof value === "boolean";
}

/**
 * Reads a JSON object by the checks of its members. Members that have no check are left behind: what goes on
 * from here holds nothing that was not asked for.
 *
 * @returns The checked members alone, or undefined where one fails.
 */
export function readShape<T extends object>(
  value: unknown,
  checks: { readonly [Key in keyof T]: Check<T[Key]> },
): T | undefined {
  if (!isFields(value)) return undefined;
  const shape: Partial<T> = {};
  for (const key in checks) {
    const member = value[key];
    if (!checks[key](member)) return undefined;
    shape[key] = member;
  }
  return shape as T;
}
