import { describe, expect, it } from "vitest";
import { SilenceWatch, watchSubscription } from "../../src/feeds/index.ts";
import { atLeastOnce } from "../../src/session/delivery/at-least-once.ts";
import type { SubscribeOptions } from "../../src/session/topics/subscription-options.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { withServer } from "../session/support/world.ts";

describe("SilenceWatch", () => {
  it("is stale after the interval, told once, and fresh when something comes again", async () => {
    const clock = new VirtualClock();
    const told: unknown[] = [];
    const watch = new SilenceWatch(clock, 100, {
      stale: (silentMs) => told.push(["stale", silentMs]),
      fresh: (silentMs) => told.push(["fresh", silentMs]),
    });
    await clock.advance(60);
    watch.heard();
    await clock.advance(99);
    expect([told, watch.isStale, watch.silentMs]).toEqual([[], false, 99]);
    await clock.advance(1);
    expect([told, watch.isStale]).toEqual([[["stale", 100]], true]);
    await clock.advance(550);
    watch.heard();
    expect(told).toEqual([
      ["stale", 100],
      ["fresh", 650],
    ]);
    await clock.advance(250);
    expect(told.length).toBe(3);
    watch.stop();
    watch.heard();
    expect([told.length, clock.pendingTimers]).toEqual([3, 0]);
  });

  it.each([0, -1, Number.NaN, Infinity])("refuses an interval of %d", (expectEveryMs) => {
    const listener = { stale: () => {}, fresh: () => {} };
    expect(() => new SilenceWatch(new VirtualClock(), expectEveryMs, listener)).toThrow(RangeError);
  });
});

describe("watchSubscription", () => {
  async function watched(options: SubscribeOptions = {}) {
    const world = await withServer();
    const { session, clock } = world;
    const subscription = session.subscribe(["a", "b"], options);
    const told: unknown[] = [];
    const stop = watchSubscription(session, subscription, {
      expectEveryMs: 1_000,
      clock,
      onStale: (topic) => told.push(["stale", topic]),
      onFresh: (topic, silentMs) => told.push(["fresh", topic, silentMs > 1_000]),
    });
    await clock.advance(10);
    return { ...world, subscription, told, stop };
  }

  it("tells a topic that is acked and silent, and when it speaks again", async () => {
    const { clock, server, told } = await watched();
    for (let count = 0; count < 3; count += 1) {
      await clock.advance(600);
      server.topic("a").publish(count);
    }
    expect(told).toEqual([["stale", "b"]]);
    server.topic("b").publish(1);
    await clock.advance(10);
    expect(told.slice(1)).toEqual([["fresh", "b", true]]);
  });

  it("takes no event from the application, and a slow handler makes nothing stale", async () => {
    const { clock, server, told, subscription } = await watched();
    const seen: unknown[] = [];
    server.topic("a").publish("first");
    await clock.advance(10);
    subscription.on("event", ({ data }) => {
      seen.push(data);
      return new Promise(() => {});
    });
    for (let count = 0; count < 5; count += 1) {
      server.topic("a").publish(count);
      server.topic("b").publish(count);
      await clock.advance(500);
    }
    expect([seen, told]).toEqual([["first", 0], []]);
  });

  it("is stale while the session has let go of a topic for a slow handler, and fresh once it is resumed", async () => {
    const { clock, server, session, told } = await watched();
    const slow = session.subscribe("c", { maxQueuedEvents: 4 });
    let release = (): void => {};
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    slow.on("event", () => first);
    const types: string[] = [];
    watchSubscription(session, slow, {
      expectEveryMs: 1_000,
      clock,
      onStale: () => types.push("stale"),
      onFresh: () => types.push("fresh"),
    });
    await clock.advance(10);
    const publish = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number += 1) {
        for (const topic of ["a", "b", "c"]) server.topic(topic).publish(number);
        await clock.advance(300);
      }
    };
    await publish(15);
    expect(types).toEqual(["stale"]);
    release();
    await publish(5);
    expect([types, told]).toEqual([["stale", "fresh"], []]);
  });

  it.each([{}, { position: atLeastOnce() }])(
    "is over with the topic, and leaves no timer (options %#)",
    async (options) => {
      const { clock, session, subscription, told } = await watched(options);
      subscription.unsubscribe();
      await clock.advance(5_000);
      expect(told).toEqual([]);
      session.close();
      await clock.advance(100);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it("is over with a topic that was stale, too", async () => {
    const { clock, server, subscription, told } = await watched();
    await clock.advance(1_500);
    subscription.unsubscribe();
    await clock.advance(2_000);
    server.topic("a").publish(1);
    await clock.advance(2_000);
    expect(told).toEqual([
      ["stale", "a"],
      ["stale", "b"],
    ]);
  });

  it("is over with the session, at once", async () => {
    const { clock, session } = await watched();
    session.close();
    await clock.advance(50);
    expect([session.state, clock.pendingTimers]).toEqual(["closed", 0]);
  });

  it("stops when told, and never begins for a subscription that was refused", async () => {
    const { stop, clock, told, session } = await watched();
    stop();
    await clock.advance(5_000);
    const refused = session.subscribe("c");
    const late = watchSubscription(session, refused, {
      expectEveryMs: 1,
      clock,
      onStale: () => told.push(1),
    });
    late();
    await clock.advance(100);
    expect(told).toEqual([]);
    expect(() =>
      watchSubscription(session, refused, { expectEveryMs: 0, onStale: () => {} }),
    ).toThrow(new RangeError("expectEveryMs must be a finite number above 0, got 0"));
  });
});
