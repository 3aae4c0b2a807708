import { describe, expect, it } from "vitest";
import { settled } from "../session/support/world.ts";
import { withCore } from "./support/world.ts";

describe("what a core session keeps", () => {
  it("holds no unsubscribe that is over: done, or refused by the peer", async () => {
    const { clock, peer, session, core } = await withCore();
    session.subscribe(["a", "b"]);
    await clock.advance(10);
    peer.refuse("topic.unsubscribe", "RATE_LIMITED");
    const refused = session.unsubscribe("a");
    await clock.advance(10);
    expect(settled(refused)).toEqual(["failed", "REQUEST_REFUSED"]);
    expect(core.leaves.size).toBe(0);
    peer.on("topic.unsubscribe", () => ({ topics: [{ topic: "a", lastSeq: 0 }] }));
    for (let time = 0; time < 3; time += 1) {
      const done = session.unsubscribe("a");
      expect(core.leaves.size).toBe(time === 0 ? 1 : 0);
      await clock.advance(10);
      expect(done.outcome).toBe("acked");
    }
    expect(core.leaves.size).toBe(0);
  });

  it("holds no subscription that the peer ended, nobody ever listened to, and was unsubscribed", async () => {
    const { clock, peer, session, core } = await withCore();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.notify("topic.closed", { topic: "a", lastSeq: 0, code: "DELETED" });
    await clock.advance(10);
    expect(core.readers.size).toBe(1);
    const leaving = subscription.unsubscribe();
    await clock.advance(10);
    expect([settled(leaving), core.readers.size]).toEqual([["acked", "local"], 0]);
  });

  it("holds no topic whose unsubscribe is never answered, once the peer has granted it anew", async () => {
    const { clock, peer, session, core } = await withCore();
    peer.mute("topic.unsubscribe");
    for (let time = 0; time < 5; time += 1) {
      const subscription = session.subscribe("a");
      await clock.advance(10);
      expect([subscription.token.outcome, core.channels.size]).toEqual(["acked", 1]);
      subscription.unsubscribe({ deadlineMs: 5 });
      await clock.advance(10);
    }
    session.subscribe("a");
    await clock.advance(10);
    const close = session.close({ deadlineMs: 20 });
    await clock.advance(30);
    expect(peer.calls("topic.unsubscribe").at(-1)?.params).toEqual({ topics: ["a"] });
    expect(await close).toMatchObject({ unsubscribed: [], unknown: ["a"] });
  });
});
