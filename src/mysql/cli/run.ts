import { MysqlError } from "../mysql-error.ts";
import type { CommandOutput } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { helpOn } from "./help.ts";

const HELP_WORDS: ReadonlySet<string> = new Set(["--help", "-h", "help"]);

/**
 * Runs `orderly-mysql` with these arguments.
 *
 * @returns The exit code; see {@link Command}. Every failure is one line on standard error and 2.
 */
export async function run(args: readonly string[], output: CommandOutput): Promise<number> {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(" ");
    const command = COMMANDS.get(name);
    if (command === undefined) continue;
    if (args.includes("--help")) {
      output.out(helpOn(name));
      return 0;
    }
    try {
      return await command(args.slice(words), output);
    } catch (error) {
      output.err(`orderly-mysql: ${oneLine(error)}\n`);
      return 2;
    }
  }
  if (HELP_WORDS.has(args[0] ?? "")) {
    output.out(helpOn(""));
    return 0;
  }
  output.err(
    `usage: orderly-mysql <command> [options]; commands: ${[...COMMANDS.keys()].join(", ")}\n`,
  );
  return 2;
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof MysqlError ? `${error.code}: ` : "";
  return `${code}${text}`.replace(/\s*\n\s*/g, " ");
}
