import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FEED_ERROR_CODES } from "../../src/feeds/index.ts";
import { RECORDING_ERROR_CODES } from "../../src/recording/index.ts";

/** The first cell of each row of the table under "Errors". */
function documented(guide: string): string[] {
  const text = readFileSync(new URL(`../../docs/guides/${guide}`, import.meta.url), "utf8");
  const section = text.split("\n## Errors\n")[1] ?? "";
  return [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code as string);
}

describe("the tables of errors in docs/guides", () => {
  it("have a row for every code of a recording, in the order of the code, and no others", () => {
    expect(documented("record-and-replay.md")).toEqual([...RECORDING_ERROR_CODES]);
  });

  it("have a row for every code of a feed, in the order of the code, and no others", () => {
    expect(documented("feeds.md")).toEqual([...FEED_ERROR_CODES]);
  });
});
