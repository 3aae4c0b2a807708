import { describe, expect, it } from "vitest";
import type { HelloResult } from "../../../src/protocol/json-rpc/messages.ts";
import { createWorld, secret, type World } from "../support/world.ts";

async function hello(world: World, number: number): Promise<number> {
  const client = await world.connect();
  const answer = await client.ask(1, "session.hello", { session: secret(number) });
  return (answer as { result: HelloResult }).result.resumeWithinMs;
}

describe("resumeWithinMs of the hello's answer (W-3.9)", () => {
  it("is 0 where no pace is set", async () => {
    const world = createWorld();
    expect(await hello(world, 1)).toBe(0);
    expect(await hello(world, 2)).toBe(0);
  });

  it("grows with the sessions that have come lately, and is 0 again when they had their time", async () => {
    const world = createWorld({ limits: { resumesPerSecond: 2, maxSessions: 1_000 } });
    const times: number[] = [];
    for (let number = 1; number <= 5; number += 1) times.push(await hello(world, number));
    expect(times[0]).toBe(0);
    // A hello every 10 ms, each of which takes 500 ms of the server's rate.
    expect(times.slice(1)).toEqual([490, 980, 1_470, 1_960]);
    await world.clock.advance(10_000);
    expect(await hello(world, 9)).toBe(0);
  });

  it("is at most half a minute", async () => {
    const world = createWorld({ limits: { resumesPerSecond: 0.01 } });
    await hello(world, 1);
    expect(await hello(world, 2)).toBe(30_000);
  });
});
