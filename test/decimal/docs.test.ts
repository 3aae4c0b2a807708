import { readFile } from "node:fs/promises";
import {
  DECIMAL_19_6,
  DECIMAL_38_6,
  DECIMAL_ERROR_CODES,
  type DecimalError,
  ROUNDING_MODES,
} from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";

const guide = await readFile(new URL("../../docs/decimal.md", import.meta.url), "utf8");

/** The first two cells of each row of the table under a heading, without their code marks. */
function table(heading: string): [string, string][] {
  const section = guide.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => {
    const [, first = "", second = ""] = row
      .split("|")
      .map((cell) => cell.trim().replace(/^`|`$/g, ""));
    return [first, second];
  });
}

describe("docs/decimal.md", () => {
  it("documents every error code, and no others", () => {
    const documented = table("Errors").map(([code]) => code);
    expect(documented.toSorted()).toEqual(DECIMAL_ERROR_CODES.toSorted());
  });

  it("documents every rounding mode, and no others", () => {
    expect(table("Rounding").map(([mode]) => mode)).toEqual(ROUNDING_MODES);
  });

  it.each(table("Accepted spellings"))("tells truly what %s gives: %s", (text, expected) => {
    let result: string;
    try {
      result = DECIMAL_19_6.parse(text).toString();
    } catch (error) {
      result = (error as DecimalError).code;
    }
    expect(result).toBe(expected);
  });

  it("names the ends of the two types", () => {
    for (const type of [DECIMAL_19_6, DECIMAL_38_6]) {
      expect(guide).toContain(type.max.format("en-US"));
    }
  });
});
