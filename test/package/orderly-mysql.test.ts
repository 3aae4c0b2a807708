import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const BIN = fileURLToPath(new URL("../../dist/orderly-mysql.js", import.meta.url));

/** Makes mysql2 look as if it were not installed. */
const HOOKS = `export const resolve = (name, context, next) => {
  if (!name.startsWith("mysql2")) return next(name, context);
  const error = new Error("Cannot find package 'mysql2' imported from " + context.parentURL);
  throw Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
};`;
const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const WITHOUT_MYSQL2 = dataUrl(
  `import { register } from "node:module"; register(${JSON.stringify(dataUrl(HOOKS))});`,
);

it("orderly-mysql says in one line that mysql2 is missing", () => {
  const args = ["--no-warnings", "--import", WITHOUT_MYSQL2, BIN, "--help"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect([status, stdout, stderr]).toEqual([
    2,
    "",
    "orderly-mysql: needs the package mysql2: npm install mysql2\n",
  ]);
});

it("orderly-mysql prints its help where it is there", () => {
  const args = ["--no-warnings", BIN, "--help"];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect([status, stdout.includes("orderly-mysql")]).toEqual([0, true]);
});
