/** Where a command writes, so that a test can run it in its own process. */
export interface CommandOutput {
  /** Writes to standard output, without adding a newline. */
  out(text: string): void;
  /** Writes to standard error, without adding a newline. */
  err(text: string): void;
}

/**
 * One command of `orderly-mysql`.
 *
 * @param args - What follows the command's name.
 * @returns The exit code: 0 done and nothing found, 1 done and something found, 2 not done (one line on standard error says
 *   why, and nothing is half applied).
 */
export type Command = (args: readonly string[], output: CommandOutput) => Promise<number>;
