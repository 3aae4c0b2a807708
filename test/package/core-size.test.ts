import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const MOST_BYTES = 10_000;

describe("dist/core-browser.js", () => {
  it(`is at most ${MOST_BYTES} bytes as it is served: gzip, level 9`, () => {
    const file = readFileSync(new URL("../../dist/core-browser.js", import.meta.url));
    expect(gzipSync(file, { level: 9 }).length).toBeLessThanOrEqual(MOST_BYTES);
  });
});
