import { run } from "../../../src/mysql/cli/run.ts";

/** What a command left behind. */
export interface Ran {
  /** Its exit code. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

/** Runs `orderly-mysql` in this process. */
export async function orderlyMysql(...args: readonly string[]): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}
