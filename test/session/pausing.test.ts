import { describe, expect, it } from "vitest";
import { SlowHandler } from "./support/slow-handler.ts";
import { type SessionSettings, settled, withPeer } from "./support/world.ts";

/** A session whose one handler is slow, and everything that it told its socket. */
async function withWatermarks(settings: SessionSettings = {}) {
  const world = await withPeer({
    highWatermark: 4,
    lowWatermark: 1,
    pingIntervalMs: Infinity,
    ...settings,
  });
  const slow = new SlowHandler();
  world.session.subscribe("a").on("event", slow.handle);
  await world.clock.advance(10);
  const publish = (count: number): void => {
    for (let left = count; left > 0; left -= 1) world.peer.publish("a", left);
  };
  return { ...world, slow, publish };
}

describe("a session whose handlers are behind", () => {
  it("stops reading at the high watermark, and reads on at the low one", async () => {
    const { session, clock, slow, publish } = await withWatermarks();
    publish(4);
    await clock.advance(10);
    publish(3);
    await clock.advance(1_000);
    expect([session.stats().eventsQueued, session.stats().pauses]).toEqual([4, 1]);
    for (let turn = 0; turn < 2; turn += 1) {
      slow.finish();
      await clock.advance(10);
    }
    expect(session.stats().eventsQueued).toBe(2);
    slow.finish();
    await clock.advance(10);
    expect(session.stats().eventsQueued).toBe(4);
    while (slow.running > 0) {
      slow.finish();
      await clock.advance(10);
    }
    expect(slow.log.filter((line) => line.startsWith("a"))).toHaveLength(7);
  });

  it("reads on while an answer is awaited, and stops again behind it", async () => {
    const { session, clock, peer, publish } = await withWatermarks();
    publish(4);
    await clock.advance(10);
    publish(1);
    await clock.advance(10);
    const token = session.request("m");
    const call = await Promise.race([peer.heardCall("m"), clock.advance(10)]);
    expect(session.stats().eventsQueued).toBe(5);
    peer.answer(call as never, 1);
    await clock.advance(10);
    expect([settled(token), session.stats().pauses]).toEqual([["acked", "frame"], 2]);
    publish(1);
    await clock.advance(10);
    expect(session.stats().eventsQueued).toBe(5);
  });

  it("does not read on for an answer that nobody waits for any more", async () => {
    const { session, clock, publish } = await withWatermarks();
    session.request("never.answered", 1, { deadlineMs: 20 });
    await clock.advance(30);
    publish(4);
    await clock.advance(10);
    publish(3);
    await clock.advance(1_000);
    expect([session.stats().eventsQueued, session.stats().pauses]).toEqual([4, 1]);
  });

  it("asks for a sign of life all the same, and hears it", async () => {
    const { session, clock, publish } = await withWatermarks({ pingIntervalMs: 100 });
    publish(4);
    await clock.advance(10);
    publish(1);
    await clock.advance(1_000);
    expect([session.state, session.epoch, session.stats().eventsQueued]).toEqual([
      "subscribed",
      1,
      5,
    ]);
  });

  it("closes as always", async () => {
    const { session, clock, slow, publish } = await withWatermarks();
    publish(4);
    await clock.advance(10);
    publish(1);
    await clock.advance(10);
    const closing = session.close();
    for (let turn = 0; turn < 5; turn += 1) {
      await clock.advance(10);
      slow.finish();
    }
    await clock.advance(50);
    const receipt = await closing;
    expect([receipt.clean, receipt.lastSeq["a"]]).toEqual([true, 5]);
  });

  it("does not stop reading the answer to a bye that a goaway asked for", async () => {
    const { session, clock, peer, publish } = await withWatermarks({
      reconnect: { maxDelayMs: 10 },
    });
    peer.notify("session.goaway", { deadlineMs: 1_000 });
    publish(6);
    await clock.advance(500);
    expect([session.epoch, session.state]).toEqual([2, "subscribed"]);
  });

  it("reads the next connection from its beginning", async () => {
    const { session, clock, peer, publish } = await withWatermarks({
      reconnect: { initialDelayMs: 1 },
    });
    publish(4);
    await clock.advance(10);
    peer.cut();
    await clock.advance(10);
    // What ends a connection that is not read is noticed when it is.
    session.request("m").catch(() => {});
    await clock.advance(100);
    expect([session.epoch, session.state]).toEqual([2, "subscribed"]);
  });

  it("never stops where there is no way to, or no wish", async () => {
    const { session, clock, publish } = await withWatermarks({ highWatermark: Infinity });
    publish(50);
    await clock.advance(10);
    expect([session.stats().eventsQueued, session.stats().pauses]).toEqual([50, 0]);
  });

  it("has a low watermark that is at most the high one", async () => {
    await expect(withPeer({ highWatermark: 4, lowWatermark: 5 })).rejects.toThrow(RangeError);
    await expect(withPeer({ highWatermark: 0 })).rejects.toThrow(RangeError);
    await expect(withPeer({ highWatermark: 1 })).resolves.toBeDefined();
  });
});
