import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import { latest } from "../../src/session/delivery/latest.ts";
import { EVENT_HANDLED_CHANNEL, measureLatency } from "../../src/transport/latency-meter.ts";
import { SlowHandler } from "../session/support/slow-handler.ts";
import { withPeer } from "../session/support/world.ts";

/** A session whose events' way is measured, on the world's own clock. */
async function withMeter(options: Parameters<typeof measureLatency>[0] = {}) {
  let nowMs = (): number => 0;
  const wallMs = 1_700_000_000_000;
  const latency = measureLatency({
    now: () => nowMs(),
    wallNow: () => wallMs + nowMs(),
    ...options,
  });
  const world = await withPeer({ latency });
  nowMs = () => world.clock.now();
  return { ...world, at: (ms: number) => wallMs + ms };
}

describe("measureLatency", () => {
  it("tells from the publish to the receipt, to the first handler, and to the end of the last", async () => {
    const { session, clock, peer, at } = await withMeter();
    const slow = new SlowHandler();
    session.subscribe("a").on("event", slow.handle);
    await clock.advance(10);
    const sentMs = clock.now();
    peer.event("a", 1, "x", { at: at(sentMs - 20) });
    peer.event("a", 2, "x", { at: at(sentMs - 20) });
    await clock.advance(100);
    slow.finish();
    await clock.advance(50);
    slow.finish();
    await clock.advance(0);
    const figures = session.stats().latency?.topics["a"];
    // To two digits.
    expect(figures?.publishToReceived.count).toBe(2);
    expect(figures?.publishToReceived.p50Ms).toBeCloseTo(21, 0);
    expect(figures?.receivedToStart).toMatchObject({ count: 2, minMs: 0.001 });
    expect(figures?.receivedToStart.maxMs).toBeCloseTo(99, -1);
    expect(figures?.startToEnd.count).toBe(2);
    expect(figures?.startToEnd.minMs).toBeCloseTo(50, -1);
    expect(figures?.startToEnd.maxMs).toBeCloseTo(99, -1);
  });

  it("measures an event that stands for several by its own receipt", async () => {
    const { session, clock, peer } = await withMeter();
    const slow = new SlowHandler();
    session.subscribe("a", { delivery: latest() }).on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    await clock.advance(100);
    peer.event("a", 3);
    await clock.advance(11);
    slow.finish();
    await clock.advance(0);
    const { receivedToStart } = session.stats().latency?.topics["a"] ?? {};
    expect(receivedToStart?.count).toBe(2);
    expect(receivedToStart?.maxMs).toBeCloseTo(10, 0);
    expect(session.stats().latency?.topics["a"]?.publishToReceived.count).toBe(0);
  });

  it("counts topics beyond its limit together, and leaves out those that it is not to measure", async () => {
    const { session, clock, peer } = await withMeter({
      maxTopics: 1,
      isMeasured: (topic) => topic !== "secret",
    });
    session.subscribe(["a", "b", "c", "secret"]).on("event", () => {});
    await clock.advance(10);
    for (const topic of ["a", "b", "c", "secret"]) peer.event(topic, 1);
    await clock.advance(10);
    const { topics, otherTopics } = session.stats().latency ?? {};
    expect([Object.keys(topics ?? {}), otherTopics?.startToEnd.count]).toEqual([["a"], 2]);
  });

  it("tells each event on a diagnostics_channel", async () => {
    const { session, clock, peer } = await withMeter();
    const messages: unknown[] = [];
    const listener = (message: unknown): void => {
      messages.push(message);
    };
    subscribe(EVENT_HANDLED_CHANNEL, listener);
    session.subscribe("a").on("event", () => {});
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    unsubscribe(EVENT_HANDLED_CHANNEL, listener);
    expect(messages).toEqual([
      {
        topic: "a",
        seq: 1,
        publishToReceivedMs: undefined,
        receivedToStartMs: 0,
        startToEndMs: 0,
      },
    ]);
  });

  it("is not there unless asked for", async () => {
    const { session } = await withPeer();
    expect(session.stats()).not.toHaveProperty("latency");
  });

  it("refuses a limit that is none", () => {
    expect(() => measureLatency({ maxTopics: -1 })).toThrow(RangeError);
  });
});
