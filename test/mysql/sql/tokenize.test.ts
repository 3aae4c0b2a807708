import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSqlMode } from "../../../src/mysql/sql/sql-mode.ts";
import { tokenize } from "../../../src/mysql/sql/tokenize.ts";

const MODES = ["", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"];

function kinds(source: string, mode = ""): string[] {
  return tokenize(source, parseSqlMode(mode))
    .filter(({ kind }) => kind !== "space")
    .map(({ kind, text }) => `${kind} ${text}`);
}

describe("tokenize", () => {
  const pieces = fc.constantFrom(
    ..."' '' \" ` `` \\ -- --\n # /* */ /*! /*M!100 @ @@ @' n' x' b' 0x 1e5 1. .. . _utf8mb4 = <=> ; \n SELECT é 한 😀 \0".split(
      " ",
    ),
    " ",
    "-- ",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
  );

  it.each(MODES)("joins to the source again, whatever the text, under the mode %j", (mode) => {
    fc.assert(
      fc.property(texts, (source) => {
        const tokens = tokenize(source, parseSqlMode(mode));
        expect(tokens.map(({ text }) => text).join("")).toBe(source);
        let at = 0;
        for (const token of tokens) {
          expect(token.start).toBe(at);
          expect(token.end).toBeGreaterThan(at);
          at = token.end;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads double quotes as a string, and under ANSI_QUOTES as a name", () => {
    expect(kinds('"a""b"')).toEqual(['string "a""b"']);
    expect(kinds('"a""b"', "ANSI_QUOTES")).toEqual(['name "a""b"']);
    expect(kinds('"a"', "ANSI")).toEqual(['name "a"']);
  });

  it("lets a backslash escape a quote, and not under NO_BACKSLASH_ESCAPES, nor in a name", () => {
    expect(kinds("'a\\'b'")).toEqual(["string 'a\\'b'"]);
    expect(kinds("'a\\'b", "NO_BACKSLASH_ESCAPES")).toEqual(["string 'a\\'", "word b"]);
    expect(kinds("`a\\`b")).toEqual(["name `a\\`", "word b"]);
    expect(kinds('"a\\"b', "ANSI_QUOTES")).toEqual(['name "a\\"', "word b"]);
  });

  it("takes two dashes for a comment only before space or the end", () => {
    expect(kinds("5--1")).toEqual(["number 5", "symbol -", "symbol -", "number 1"]);
    expect(kinds("5-- 1\n2")).toEqual(["number 5", "comment -- 1", "number 2"]);
    expect(kinds("--\n2")).toEqual(["comment --", "number 2"]);
    expect(kinds("# it's\n2")).toEqual(["comment # it's", "number 2"]);
  });

  it("shows what stands in a version comment, and that it is one", () => {
    expect(kinds("/*!50003 a*//*M!100 b */ /* c */ 2*/3")).toEqual([
      "version-open /*!50003",
      "word a",
      "version-close */",
      "version-open /*M!100",
      "word b",
      "version-close */",
      "comment /* c */",
      "number 2",
      "symbol *",
      "symbol /",
      "number 3",
    ]);
  });

  it("tells numbers, hex and bit literals from names", () => {
    expect(kinds("1e5 1.5e-3 .5 12 1abc 1e 0xFF 0xFG x'4D' b'01' 0b01 0b02 t.1 1..10")).toEqual([
      ..."number 1e5,number 1.5e-3,number .5,number 12,word 1abc,word 1e,hex 0xFF,word 0xFG".split(
        ",",
      ),
      ..."hex x'4D',bit b'01',bit 0b01,word 0b02,word t,symbol .,word 1".split(","),
      ..."number 1,symbol ..,number 10".split(","),
    ]);
  });

  it("reads variables, accounts, introducers and national strings", () => {
    expect(kinds("@v @`a``b` @'c' @@session.sql_mode root@localhost _latin1'x' N'y'")).toEqual([
      ..."user-variable @v,user-variable @`a``b`,user-variable @'c'".split(","),
      ..."system-variable @@session.sql_mode,word root,user-variable @localhost".split(","),
      ..."word _latin1,string 'x',string N'y'".split(","),
    ]);
  });

  it.each(["'a", "`a", "/* a", "@'a", "@@", "\\", "\0"])("leaves %j unplaced", (text) => {
    expect(tokenize(`x ${text}`, parseSqlMode("")).at(-1)?.kind).toBe("unplaced");
  });
});
