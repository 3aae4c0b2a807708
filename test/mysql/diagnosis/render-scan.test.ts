import { describe, expect, it } from "vitest";
import type { Finding } from "../../../src/mysql/diagnosis/finding.ts";
import { renderScan } from "../../../src/mysql/diagnosis/render-scan.ts";

const FINDING: Finding = {
  ...{ class: "error", kind: "procedure", schema: "shop", name: "find", line: 3 },
  ...{ span: { start: 10, end: 20 }, code: "c = p", errno: 1267, operator: "=", operands: [] },
  ...{ injectable: null, message: "column c meets parameter p: error 1267" },
};
const SAFE: Finding = {
  ...FINDING,
  ...{ class: "dynamic-sql", errno: null, injectable: "no", span: { start: 30, end: 40 } },
  message: "SQL joined from data",
};

describe("renderScan", () => {
  it("tells what shards have in common once, and names the shards of the rest", () => {
    const unread = [{ kind: "event", schema: "shop", name: "e", reason: "line 1" }] as const;
    const text = renderScan({
      shards: [
        { shard: "1", programs: 2, findings: [FINDING, SAFE], unread: [] },
        { shard: "22", programs: 2, findings: [FINDING], unread },
      ],
      drift: [
        {
          ...{ drift: "missing", kind: "procedure", schema: null, name: "find" },
          variants: [
            { shards: ["1"], value: "there" },
            { shards: ["22"], value: "not there" },
          ],
        },
      ],
    });
    expect(text.split("\n")).toEqual([
      "shard  class             where                  what",
      "all    error             procedure shop.find:3  c = p  --  column c meets parameter p: error 1267",
      "1      dynamic-sql (no)  procedure shop.find:3  c = p  --  SQL joined from data",
      "drift of missing: procedure find: 1: there | 22: not there",
      "not read on shard 22: event shop.e: line 1",
      "4 programs on 2 shards; 1 error, 1 dynamic-sql; 1 of these safe; 1 drifted",
      "",
    ]);
  });

  it("says so where nothing was found", () => {
    const shards = [{ shard: "1", programs: 1, findings: [], unread: [] }];
    expect(renderScan({ shards, drift: [] })).toBe("1 program on 1 shard; nothing found\n");
  });
});
