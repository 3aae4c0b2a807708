import { describe, expect, it } from "vitest";
import { dropOldest } from "../../../src/session/delivery/drop-oldest.ts";
import { latest } from "../../../src/session/delivery/latest.ts";
import { sample } from "../../../src/session/delivery/sample.ts";
import type { Delivery } from "../../../src/session/delivery/thinning.ts";
import { withPeer } from "../support/world.ts";

/** A subscription whose handlers end when they are told to, the first of them first. */
async function reading(topics: string[], delivery: Delivery, more: object) {
  const world = await withPeer();
  const log: string[] = [];
  const running: (() => void)[] = [];
  const subscription = world.session.subscribe(topics, { delivery, ...more });
  subscription.on("event", ({ topic, seq, conflated = 1 }) => {
    log.push(`${topic}${seq}x${conflated}`);
    return new Promise<void>((resolve) => running.push(resolve));
  });
  subscription.on("gap", ({ topic, from, to }) => {
    log.push(`${topic} gap ${from}-${to}`);
  });
  await world.clock.advance(10);
  const finish = async (): Promise<void> => {
    running.shift()?.();
    await world.clock.advance(1);
  };
  return { ...world, subscription, log, running, finish };
}

const POLICIES: readonly (readonly [string, Delivery])[] = [
  ["latest", latest()],
  ["dropOldest", dropOldest(1)],
  ["sample", sample(0.5)],
];

describe.each(POLICIES)("under %s the last value arrives", (_name, delivery) => {
  it("where handlers overlap: as many run as may wait, and what comes meanwhile is thinned", async () => {
    const world = await reading(["a"], delivery, { order: "none", maxQueuedEvents: 2 });
    const { peer, clock, log, running, finish, subscription } = world;
    for (let seq = 1; seq <= 9; seq += 1) {
      peer.event("a", seq);
      await clock.advance(1);
    }
    expect([log, running.length, subscription.depth]).toEqual([["a1x1", "a2x1"], 2, 3]);
    await finish();
    expect([log.slice(2), subscription.discardedEvents]).toEqual([["a9x7"], 0]);
  });

  it("where other topics of the subscription have taken all the room", async () => {
    const world = await reading(["a", "b", "c"], delivery, { maxQueuedEvents: 1 });
    const { peer, clock, log, finish, subscription } = world;
    for (const topic of ["a", "b", "c"])
      for (let seq = 1; seq <= 3; seq += 1) {
        peer.event(topic, seq);
        await clock.advance(1);
      }
    while (subscription.depth > 0) await finish();
    expect(log.toSorted()).toEqual(["a1x1", "a3x2", "b1x1", "b3x2", "c1x1", "c3x2"]);
    expect(subscription.discardedEvents).toBe(0);
  });
});

it("what waits is bounded all the same, whatever a peer makes of gaps and events", async () => {
  const { peer, clock, subscription } = await reading(["a"], latest(), { maxQueuedEvents: 3 });
  for (let seq = 1; seq <= 999; seq += 2) {
    peer.event("a", seq);
    peer.notify("topic.gap", { topic: "a", from: seq + 1, to: seq + 1 });
  }
  await clock.advance(10);
  expect(subscription.depth).toBeLessThanOrEqual(6);
});
