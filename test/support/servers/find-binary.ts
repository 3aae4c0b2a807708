import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A server's program, and what it needs in order to run where it lies. */
export interface ServerBinary {
  /** Absolute path of the program. */
  readonly path: string;
  /** Extra environment: fetched packages bring their own shared libraries. */
  readonly env: Readonly<Record<string, string>>;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds a server's program: the one that an environment variable names, else the first on PATH.
 *
 * @param names - File names, the preferred first.
 * @param variable - Name of the environment variable that overrules PATH, such as `ORDERLY_MYSQLD`.
 * @returns Null where PATH has none.
 * @throws Error if the variable names no program: a typing error must not run other servers silently.
 */
export function findBinary(
  names: readonly string[],
  variable: string,
  environment: NodeJS.ProcessEnv = process.env,
): ServerBinary | null {
  const named = environment[variable];
  if (named !== undefined && named !== "") {
    if (!isExecutable(named)) throw new Error(`${variable} names no program: ${named}`);
    return { path: named, env: {} };
  }
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    const folder = folders.find((candidate) => isExecutable(join(candidate, name)));
    if (folder !== undefined) return { path: join(folder, name), env: {} };
  }
  return null;
}
