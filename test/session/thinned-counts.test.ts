import { describe, expect, it } from "vitest";
import { latest } from "../../src/session/delivery/latest.ts";
import { SlowHandler } from "./support/slow-handler.ts";
import { withPeer } from "./support/world.ts";

describe("counts under a policy that the server thins by", () => {
  /** A reader by key whose server has held back, superseded and lost what a test says. */
  async function byKey() {
    const world = await withPeer({ reconnect: { initialDelayMs: 1 } });
    const log: string[] = [];
    const subscription = world.session.subscribe("a", { delivery: latest({ key: "k" }) });
    subscription.on("event", ({ seq, conflated = 1 }) => {
      log.push(`${seq}x${conflated}`);
    });
    subscription.on("gap", ({ from, to }) => {
      log.push(`gap ${from}-${to}`);
    });
    await world.clock.advance(10);
    return { ...world, log, subscription };
  }

  it("infer no gap from a hole that a later event closes", async () => {
    const { peer, clock, log, subscription } = await byKey();
    peer.event("a", 2, { k: "b" });
    peer.event("a", 3, { k: "a" }, { conflated: 2 });
    await clock.advance(10);
    subscription.unsubscribe();
    await clock.advance(10);
    expect(log).toEqual(["2x1", "3x2"]);
  });

  it("tell what does not add up when the unsubscribe is answered", async () => {
    const { peer, clock, log, subscription } = await byKey();
    peer.event("a", 2, { k: "b" });
    peer.event("a", 5, { k: "a" }, { conflated: 2 });
    await clock.advance(10);
    subscription.unsubscribe();
    await clock.advance(10);
    expect(log).toEqual(["2x1", "5x2", "gap 4-5"]);
  });

  it("tell it when the server ends the topic", async () => {
    const { peer, clock, log } = await byKey();
    peer.event("a", 4, { k: "b" }, { conflated: 2 });
    peer.notify("topic.closed", { topic: "a", lastSeq: 6, code: "DELETED" });
    await clock.advance(10);
    expect(log).toEqual(["4x2", "gap 3-6"]);
  });

  it("W-5.11 count what was superseded over a lost link with the next event", async () => {
    const { peer, clock, log, subscription } = await byKey();
    // 1 is held back for key a when the link goes: what replaces it comes with the replay.
    peer.event("a", 2, { k: "b" });
    await clock.advance(10);
    peer.on("topic.subscribe", () => ({
      topics: [{ topic: "a", epoch: "e", seq: 2, recovered: true }],
    }));
    peer.cut();
    await clock.advance(20);
    peer.event("a", 3, { k: "a" });
    peer.event("a", 4, { k: "a" });
    await clock.advance(10);
    subscription.unsubscribe();
    await clock.advance(10);
    expect(log).toEqual(["2x1", "3x2", "4x1"]);
  });

  it("never let an event stand for more than there were", async () => {
    const { peer, clock, log } = await byKey();
    peer.event("a", 2, { k: "b" }, { conflated: 9 });
    peer.event("a", 3, { k: "b" }, { conflated: 9 });
    await clock.advance(10);
    expect(log).toEqual(["2x2", "3x1"]);
  });

  it("add up where there are more keys than room for them", async () => {
    const { peer, clock, session } = await withPeer();
    const slow = new SlowHandler();
    const delivery = latest({ key: "k" });
    const subscription = session.subscribe("a", { delivery, maxQueuedEvents: 1 });
    const log: string[] = [];
    subscription.on("event", (event) => {
      log.push(`${event.seq}x${event.conflated ?? 1}`);
      return slow.handle(event);
    });
    subscription.on("gap", ({ from, to }) => {
      log.push(`gap ${from}-${to}`);
    });
    await clock.advance(10);
    peer.event("a", 1, { k: 0 });
    // Five events of each of four keys, in turn.
    for (const seq of [18, 19, 20, 21]) peer.event("a", seq, { k: seq }, { conflated: 5 });
    await clock.advance(10);
    while (slow.running > 0) {
      slow.finish();
      await clock.advance(10);
    }
    expect(log).toEqual(["1x1", "18x5", "gap 7-21"]);
  });

  it("take a gap that the server tells as what it is", async () => {
    const { peer, clock, log, subscription } = await byKey();
    peer.event("a", 4, { k: "b" });
    peer.notify("topic.gap", { topic: "a", from: 5, to: 6 });
    peer.event("a", 7, { k: "a" }, { conflated: 4 });
    await clock.advance(10);
    subscription.unsubscribe();
    await clock.advance(10);
    expect(log).toEqual(["4x1", "gap 5-6", "7x4"]);
  });
});
