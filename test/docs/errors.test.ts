import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { BACKPLANE_ERROR_CODES } from "../../src/backplane/index.ts";
import { MYSQL_ERROR_CODES } from "../../src/mysql/index.ts";
import { SERVER_ERROR_CODES } from "../../src/server/server-error.ts";
import { SESSION_ERROR_CODES, SESSION_ERRORS } from "../../src/session/tokens/errors.ts";

const text = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");
const protocol = await readFile(new URL("../../PROTOCOL.md", import.meta.url), "utf8");

/** The rows of the table under a heading, cells without backticks. */
function tableUnder(heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
}

describe("docs/errors.md", () => {
  it("has a row for every code of a session, with its outcome, in the order of the code, and no others", () => {
    const rows = tableUnder("SessionError").map(([code, outcome]) => [code, outcome]);
    expect(rows).toEqual(SESSION_ERROR_CODES.map((code) => [code, SESSION_ERRORS[code] ?? "–"]));
  });

  it("has a row for every code of a server, and no others", () => {
    expect(tableUnder("ServerError").map(([code]) => code)).toEqual([...SERVER_ERROR_CODES]);
  });

  it("has a row for every code of a backplane, and no others", () => {
    expect(tableUnder("BackplaneError").map(([code]) => code)).toEqual([...BACKPLANE_ERROR_CODES]);
  });

  it("has a row for every code of MySQL, and no others", () => {
    expect(tableUnder("MysqlError").map(([code]) => code)).toEqual([...MYSQL_ERROR_CODES]);
  });

  it("says of each code when it happens, and what state is left", () => {
    for (const row of [
      ...tableUnder("SessionError"),
      ...tableUnder("ServerError"),
      ...tableUnder("BackplaneError"),
      ...tableUnder("MysqlError"),
    ]) {
      for (const cell of row) expect(cell, row[0]).not.toBe("");
    }
  });

  it("links to headings that PROTOCOL.md has", () => {
    const anchors = [...text.matchAll(/PROTOCOL\.md#([a-z0-9-]+)/g)].map((match) => match[1]);
    const headings = [...protocol.matchAll(/^## (.+)$/gm)].map((match) =>
      (match[1] ?? "").toLowerCase().replaceAll(" ", "-"),
    );
    expect(anchors).toHaveLength(2);
    expect(headings).toEqual(expect.arrayContaining(anchors));
  });
});
