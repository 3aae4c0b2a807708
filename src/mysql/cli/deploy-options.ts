import type { DeployOptions } from "../deployment/deploy.ts";
import { MysqlError } from "../mysql-error.ts";
import type { CommandOutput } from "./command.ts";
import type { CommandInput, OptionSpec, OptionValue } from "./connection-options.ts";

/** The option of every command that changes something. */
export const YES: { readonly yes: { readonly type: "boolean" } } = { yes: { type: "boolean" } };

/** The options of every command that deploys. */
export const DEPLOY_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  ...YES,
  "dry-run": { type: "boolean" },
  canary: { type: "string" },
  "canary-only": { type: "boolean" },
  journal: { type: "string" },
  verbose: { type: "boolean" },
};

/**
 * Reads them. With `--verbose` the steps are told on standard error, which else is for what goes wrong.
 *
 * @throws {@link MysqlError} `USAGE` for a canary that is none of the shards.
 */
export function deployOptions(
  { values, shards }: CommandInput,
  { err }: CommandOutput,
): DeployOptions {
  const { canary, journal } = values;
  if (typeof canary === "string" && !shards.some(({ id }) => id === canary)) {
    const known = shards.map(({ id }) => id).join(", ");
    throw new MysqlError("USAGE", `--canary ${canary} is none of the shards ${known}`);
  }
  return {
    ...(typeof canary === "string" ? { canary } : {}),
    ...(typeof journal === "string" ? { journalDatabase: journal } : {}),
    canaryOnly: values["canary-only"] === true,
    ...(values["verbose"] === true
      ? {
          onProgress: ({ step, shard, name }) =>
            err(`shard ${shard}: ${step}${name === null ? "" : ` ${name}`}\n`),
        }
      : {}),
  };
}

/**
 * Refuses to change anything without `--yes`.
 *
 * @param preview - What shows the change beforehand, such as `--dry-run`, and what it does.
 * @throws {@link MysqlError} `USAGE`.
 */
export function requireYes({ values }: CommandInput, preview: string): void {
  if (values["yes"] === true) return;
  throw new MysqlError("USAGE", `nothing is changed without --yes; ${preview}`);
}

/** Reads an option that takes one of some words. */
export function choice<T extends string>(
  name: string,
  value: OptionValue,
  words: readonly T[],
  usual: T,
): T {
  if (value === undefined) return usual;
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new MysqlError(
    "USAGE",
    `--${name} must be one of ${words.join(", ")}, got ${String(value)}`,
  );
}
