import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/testing/index.ts";

describe("VirtualClock", () => {
  it("never goes back, also when two move it at once", async () => {
    const clock = new VirtualClock();
    await Promise.all([clock.advance(100), clock.advance(10)]);
    expect(clock.now()).toBe(100);
  });
});
