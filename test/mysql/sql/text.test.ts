import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits } from "../../../src/mysql/sql/edits.ts";
import { quoteIdentifier, unquoteIdentifier } from "../../../src/mysql/sql/identifier.ts";
import { splitScript } from "../../../src/mysql/sql/split-script.ts";
import { parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";
import { readString, writeString } from "../../../src/mysql/sql/string-literal.ts";
import { tokenize } from "../../../src/mysql/sql/tokenize.ts";

describe("quoteIdentifier", () => {
  it("makes one name token of any name, which reads back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
        fc.pre(!name.includes("\0"));
        const quoted = quoteIdentifier(name);
        expect(tokenize(quoted, parseSqlMode("")).map(({ kind }) => kind)).toEqual(["name"]);
        expect(unquoteIdentifier(quoted)).toBe(name);
      }),
    );
  });

  it("refuses names that no server holds", () => {
    expect(() => quoteIdentifier("")).toThrow(RangeError);
    expect(() => quoteIdentifier("a\0b")).toThrow(RangeError);
  });
});

describe("writeString", () => {
  it.each(["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"])("reads back under %j", (text) => {
    const mode = parseSqlMode(text);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        fc.pre(!(mode.noBackslashEscapes && value.includes("\0")));
        const written = writeString(value, mode);
        expect(tokenize(written, mode).map(({ kind }) => kind)).toEqual(["string"]);
        expect(readString(written, mode)).toBe(value);
      }),
    );
  });
});

describe("applyEdits", () => {
  it("changes the spans and nothing else, in any order", () => {
    const edits = [
      { start: 4, end: 7, text: "two" },
      { start: 0, end: 0, text: ">" },
      { start: 7, end: 7, text: "!" },
      { start: 7, end: 7, text: "?" },
    ];
    expect(applyEdits("one 222 three", edits)).toBe(">one two!? three");
  });

  it("refuses overlaps and spans outside of the text", () => {
    const overlap = [
      { start: 0, end: 3, text: "" },
      { start: 2, end: 4, text: "" },
    ];
    expect(() => applyEdits("abcdef", overlap)).toThrow(RangeError);
    expect(() => applyEdits("abc", [{ start: 2, end: 4, text: "" }])).toThrow(RangeError);
  });
});

describe("splitScript", () => {
  const texts = (source: string): string[] => splitScript(source).map(({ text }) => text);

  it("splits at semicolons that stand in no string, name or comment", () => {
    expect(texts("SELECT ';'; -- a;\n# b;\n/* ; */ SELECT `;` ;\n")).toEqual([
      "SELECT ';'",
      "SELECT `;`",
    ]);
  });

  it("follows DELIMITER lines in any case, also without a statement between them", () => {
    const source =
      "delimiter $$\nDELIMITER //\r\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\nSELECT 2;SELECT 3";
    expect(texts(source)).toEqual([
      "CREATE PROCEDURE p() BEGIN SELECT 1; END",
      "SELECT 2",
      "SELECT 3",
    ]);
  });

  it("takes a DELIMITER line behind comments", () => {
    expect(texts("-- first\n/* second */\nDELIMITER //\nSELECT 1; x//")).toEqual(["SELECT 1; x"]);
  });

  it("gives offsets into the source", () => {
    const source = "a;  b ;";
    expect(splitScript(source).map(({ start, end }) => source.slice(start, end))).toEqual([
      "a",
      "b",
    ]);
  });

  it("refuses what does not end, and says where", () => {
    expect(() => splitScript("SELECT 1;\nSELECT 'x; y")).toThrow(
      /line 2, column 8: .*does not end/,
    );
    expect(() => splitScript("DELIMITER\nSELECT 1;")).toThrow(/names no delimiter/);
  });
});
