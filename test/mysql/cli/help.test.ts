import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/mysql/cli/commands.ts";
import { HELP, helpOn } from "../../../src/mysql/cli/help.ts";
import { orderlyMysql } from "../support/command-line.ts";

const COMMAND_NAMES = [...COMMANDS.keys()];

describe("orderly-mysql --help", () => {
  it("lists every command, and no others", async () => {
    expect([...HELP.keys()]).toEqual(COMMAND_NAMES);
    for (const words of ["--help", "-h", "help"]) {
      expect(await orderlyMysql(words)).toEqual({ code: 0, out: helpOn(""), err: "" });
    }
    for (const name of COMMAND_NAMES) expect(helpOn("")).toContain(`  ${name} `);
  });

  it.each(COMMAND_NAMES)("of %s names options that it takes", async (name) => {
    const { code, out } = await orderlyMysql(...name.split(" "), "--help");
    expect(code).toBe(0);
    const options = [...out.matchAll(/^ {2}(--[a-z-]+)( [A-Z]+)?/gm)];
    expect(options.map(([, option]) => option)).toContain("--url");
    for (const [, option = "", value] of options) {
      if (option === "--url" || option === "--shards") continue;
      const args = value === undefined ? [option] : [option, "x"];
      // Every option is known, so what is missing is the servers.
      const { err } = await orderlyMysql(...name.split(" "), ...args);
      expect(err).toContain("give the servers with --url");
    }
  });

  it("names --yes for every command that changes something, and none of these does without it", async () => {
    const changing = COMMAND_NAMES.filter((name) => helpOn(name).includes("  --yes "));
    expect(changing).toEqual([
      "procedures fix",
      "procedures rollback",
      "decimals apply",
      "decimals rollback",
      "migrate",
      "migrate rollback",
    ]);
    for (const name of changing) {
      const folder = name.startsWith("migrate") ? ["--folder", "."] : [];
      // No server listens there: it is not asked.
      const { code, out, err } = await orderlyMysql(
        ...[...name.split(" "), ...folder, "--url", "mysql://root@127.0.0.1:1/x"],
      );
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/^orderly-mysql: USAGE: nothing is changed without --yes; [^\n]+\n$/);
    }
  });

  it.each(COMMAND_NAMES)("%s refuses an argument too many, and does nothing", async (name) => {
    const { code, err } = await orderlyMysql(...name.split(" "), "statsu", "--url", "mysql://h/d");
    expect({ code, err }).toEqual({
      code: 2,
      err: "orderly-mysql: USAGE: unexpected argument statsu\n",
    });
  });
});
