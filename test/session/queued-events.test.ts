import { describe, expect, it } from "vitest";
import { expectCounted, ofWhole } from "./support/client.ts";
import { seqsOf } from "./support/seqs-of.ts";
import { SlowHandler } from "./support/slow-handler.ts";
import { withoutHistory } from "./support/without-history.ts";
import { withPeer } from "./support/world.ts";

describe("events before the first handler", () => {
  it("are parked: whoever adds a handler later misses nothing, gaps included", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const log: unknown[] = [];
    subscription.on("gap", ({ from, to }) => {
      log.push([from, to]);
    });
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 3);
    await clock.advance(10);
    expect(ofWhole(() => subscription.depth)).toEqual(ofWhole(() => 3));
    expectCounted(session, { eventsQueued: 3 });
    subscription.on("event", ({ seq }) => {
      log.push(seq);
    });
    expect(log).toEqual([1, [2, 2], 3]);
  });

  it("come behind a topic's end by the peer, too, whenever the handler is added", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.event("a", 1);
    peer.notify("topic.closed", { topic: "a", lastSeq: 1, code: "DELETED" });
    await clock.advance(10);
    const log: unknown[] = [];
    subscription.on("closed", ({ code }) => {
      log.push(code);
    });
    subscription.on("event", ({ seq }) => {
      log.push(seq);
    });
    expect(log).toEqual([1, "DELETED"]);
  });

  it("are thrown away by an unsubscribe, and counted", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    subscription.unsubscribe();
    await clock.advance(10);
    expect([seqsOf(subscription), subscription.discardedEvents]).toEqual([[], 1]);
  });
});

describe("maxQueuedEvents, where nothing can be had again,", () => {
  it("drops what is too much, and says which in their place", async () => {
    const { session, clock, peer } = await withPeer({ protocol: withoutHistory });
    const slow = new SlowHandler();
    const subscription = session.subscribe("a", { maxQueuedEvents: 2 });
    subscription.on("event", slow.handle);
    subscription.on("gap", ({ from, to }) => {
      slow.log.push(`gap ${from}-${to}`);
    });
    await clock.advance(10);
    for (let seq = 1; seq <= 5; seq += 1) peer.event("a", seq);
    await clock.advance(10);
    for (let turn = 0; turn < 2; turn += 1) {
      slow.finish();
      await clock.advance(0);
    }
    peer.event("a", 6);
    await clock.advance(10);
    expect(slow.log.filter((line) => !line.startsWith("/"))).toEqual(["a1", "a2", "gap 3-5", "a6"]);
    expect(subscription.discardedEvents).toBe(3);
  });

  it("does not change a gap that a handler has been given: a later one is another", async () => {
    const { session, clock, peer } = await withPeer({ protocol: withoutHistory });
    const subscription = session.subscribe("a", { maxQueuedEvents: 1 });
    const gaps: { from: number; to: number | null }[] = [];
    const finish: (() => void)[] = [];
    subscription.on("event", () => new Promise<void>((resolve) => finish.push(resolve)));
    subscription.on("gap", (gap) => {
      gaps.push(gap);
      return new Promise<void>((resolve) => finish.push(resolve));
    });
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    await clock.advance(10);
    finish.shift()?.();
    await clock.advance(10);
    peer.event("a", 3);
    await clock.advance(10);
    finish.shift()?.();
    await clock.advance(10);
    expect(gaps.map(({ from, to }) => [from, to])).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });

  it("bounds what waits although a peer reports gap after gap", async () => {
    const { session, clock, peer } = await withPeer({ protocol: withoutHistory });
    const slow = new SlowHandler();
    const gaps: [number, number][] = [];
    const subscription = session.subscribe("a", { maxQueuedEvents: 5 });
    subscription.on("event", slow.handle);
    subscription.on("gap", ({ from, to }) => {
      gaps.push([from, to ?? Infinity]);
    });
    await clock.advance(10);
    for (let seq = 1; seq < 200; seq += 2) peer.event("a", seq);
    await clock.advance(10);
    for (let turn = 0; turn < 5; turn += 1) {
      slow.finish();
      await clock.advance(0);
    }
    const handled = slow.log
      .filter((line) => !line.startsWith("/"))
      .map((line) => Number(line.slice(1)));
    expect(handled.length + gaps.length).toBeLessThanOrEqual(6);
    const missing = gaps.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index),
    );
    expect([...handled, ...missing].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 199 }, (_, index) => index + 1),
    );
  });
});

describe("sequence numbers", () => {
  it("that skip are a gap, those that repeat or go back are ignored and counted", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const log: unknown[] = [];
    subscription.on("gap", ({ from, to }) => {
      log.push([from, to]);
    });
    subscription.on("event", ({ seq }) => {
      log.push(seq);
    });
    await clock.advance(10);
    for (const seq of [1, 2, 2, 5, 3, 6]) peer.event("a", seq);
    await clock.advance(10);
    expect(log).toEqual([1, 2, [3, 4], 5, 6]);
    expectCounted(session, { duplicateEvents: 2, eventsReceived: 4 });
  });

  it("of an event that stands for several leave no gap", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const log: unknown[] = [];
    subscription.on("gap", ({ from, to }) => {
      log.push([from, to]);
    });
    subscription.on("event", ({ seq, conflated, at }) => {
      log.push([seq, conflated, at]);
    });
    await clock.advance(10);
    peer.event("a", 3, "x", { conflated: 3, at: 1_700_000_000_000 });
    peer.event("a", 6, "x", { conflated: 2 });
    await clock.advance(10);
    expect(log).toEqual([
      [3, 3, 1_700_000_000_000],
      [4, 4],
      [6, 2, undefined],
    ]);
  });

  it("that the peer reports as missing are a gap, once", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const log: unknown[] = [];
    subscription.on("gap", ({ from, to }) => {
      log.push([from, to]);
    });
    subscription.on("event", ({ seq }) => {
      log.push(seq);
    });
    await clock.advance(10);
    peer.notify("topic.gap", { topic: "a", from: 1, to: 3 });
    peer.notify("topic.gap", { topic: "a", from: 1, to: 3 });
    peer.event("a", 4);
    peer.notify("topic.gap", { topic: "a", from: 5, to: null });
    peer.notify("topic.gap", { topic: "nobody's", from: 5, to: null });
    await clock.advance(10);
    expect(log).toEqual([[1, 3], 4, [5, null]]);
  });

  it("of topics that nobody asked for are ignored and counted", async () => {
    const { session, clock, peer, errors } = await withPeer();
    peer.event("stranger", 1);
    await clock.advance(10);
    expect([session.state, errors]).toEqual(["connected", []]);
    expectCounted(session, { strayEvents: 1 });
  });
});
