import { describe, expect, it } from "vitest";
import { withServer } from "./support/world.ts";

const NAMES = Array.from({ length: 2_500 }, (_, index) => `topic:${index}`);
const LIMITS = { limits: { maxTopicsPerSession: 5_000 } };

describe("more topics than one request may name (W-5.2, W-5.6)", () => {
  it("are unsubscribed in several requests, each topic acked", async () => {
    const { session, server, clock, errors } = await withServer({}, LIMITS);
    const subscription = session.subscribe(NAMES);
    await clock.advance(10);
    for (const name of NAMES) server.topic(name).publish(name);
    await clock.advance(10);
    const leaving = subscription.unsubscribe();
    await clock.advance(10);
    const { lastSeq } = await leaving;
    expect([Object.keys(lastSeq).length, new Set(Object.values(lastSeq))]).toEqual([
      2_500,
      new Set([1]),
    ]);
    expect([leaving.proof, server.stats().subscriptions, errors]).toEqual(["frame", 0, []]);
  });

  it("are unsubscribed by a close, which is clean", async () => {
    const { session, server, clock, errors } = await withServer({}, LIMITS);
    session.subscribe(NAMES);
    await clock.advance(10);
    expect(server.stats().subscriptions).toBe(2_500);
    const closing = session.close();
    await clock.advance(50);
    const receipt = await closing;
    expect([receipt.clean, receipt.unsubscribed.length, errors]).toEqual([true, 2_500, []]);
  });
});
