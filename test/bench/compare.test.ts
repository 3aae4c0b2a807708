import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CASES } from "../../bench/compare/catalogue.ts";
import { OUR_CASES } from "../../bench/compare/ours/cases.ts";
import { pinnedVersions } from "../../bench/compare/peers.ts";
import {
  type CompareResult,
  placeTable,
  toJsonLine,
  toTable,
  toText,
} from "../../bench/compare/table.ts";

const root = new URL("../../", import.meta.url);
const document = readFileSync(new URL("docs/comparison.md", root), "utf8");

const result: CompareResult = {
  case: { id: "R0", package: "a-package", script: "r0", scenario: "this | that" },
  version: "1.2.3",
  peer: { seen: "lost" },
  ours: { seen: "kept", holds: true },
};

describe("npm run compare, our side on sockets", () => {
  it.concurrent.each(Object.entries(OUR_CASES))("%s keeps its promise", async (_id, run) => {
    const { seen, holds } = await run();
    expect(holds, seen).toBe(true);
  });
});

describe("the catalogue of npm run compare", () => {
  it("has our side of every case, and no other", () => {
    expect(Object.keys(OUR_CASES)).toEqual(CASES.map(({ id }) => id));
  });

  it("has a script of the peer's for every case", () => {
    for (const { script } of CASES) {
      expect(existsSync(new URL(`bench/compare/peers/cases/${script}.js`, root)), script).toBe(
        true,
      );
    }
  });

  it("compares with exactly one version of each package", () => {
    const versions = pinnedVersions();
    for (const { package: name } of CASES) {
      expect(versions.get(name), name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });
});

describe("docs/comparison.md", () => {
  it("has a row for each case, at the version that is pinned", () => {
    const versions = pinnedVersions();
    const rows = document
      .split("\n")
      .filter((line) => /^\| R\d/.test(line))
      .map((line) => line.split(" | ").slice(0, 2).join(" | "));
    expect(rows).toEqual(
      CASES.map(({ id, package: name }) => `| ${id} | ${name} ${versions.get(name)}`),
    );
  });

  it("is dated", () => {
    expect(document).toMatch(/^Seen on \d{4}-\d\d-\d\d, Node \d+\.\d+, loopback\.$/m);
  });
});

describe("placeTable", () => {
  it("replaces what stands between the marks, and nothing else", () => {
    const table = toTable([result], "2026-11-22");
    const once = placeTable(document, table);
    expect(placeTable(once, table)).toBe(once);
    expect(once).toContain("| R0 | a-package 1.2.3 | this \\| that | lost | – | kept |");
    expect(once.split("<!-- end -->")[1]).toBe(document.split("<!-- end -->")[1]);
  });

  it("refuses a document that has no place for it", () => {
    expect(() => placeTable("# Nothing", "| a |")).toThrow("the document lacks");
  });
});

describe("the lines of npm run compare", () => {
  it("hold the case, the package, its version, what was seen and ours", () => {
    expect(JSON.parse(toJsonLine(result))).toEqual({
      case: "R0",
      package: "a-package",
      version: "1.2.3",
      seen: "lost",
      ours: "kept",
      otherwise: null,
      holds: true,
    });
  });

  it("mark for people what of ours does not hold", () => {
    expect(toText(result)).not.toContain("DOES NOT HOLD");
    expect(toText({ ...result, ours: { seen: "lost too", holds: false } })).toContain(
      "lost too  ← DOES NOT HOLD",
    );
  });
});
