import { describe, expect, it } from "vitest";
import { seqsOf } from "../support/seqs-of.ts";
import { SlowHandler } from "../support/slow-handler.ts";
import { finishAll, range, withMemory } from "../support/slow-readers.ts";
import { settled } from "../support/world.ts";

describe("a subscription that is left where its channel is not", () => {
  describe("behind it", () => {
    /** A subscription that has handled none of the first three of seven events, alone with its topic, its link lost. */
    async function behind() {
      const world = await withMemory();
      const { session, clock, network, peer, memory } = world;
      const quick = session.subscribe("a");
      await clock.advance(10);
      memory.publish("a", 7);
      await clock.advance(10);
      const since = { epoch: "e", seq: 0 };
      const subscription = session.subscribe("a", { since, maxQueuedEvents: 3 });
      const slow = new SlowHandler();
      subscription.on("event", slow.handle);
      await clock.advance(10);
      quick.unsubscribe();
      network.isRefusing = true;
      peer.cut();
      await clock.advance(10);
      return { ...world, subscription, finish: () => finishAll(slow, () => clock.advance(1)) };
    }

    it("says how far it came", async () => {
      const { subscription, clock, finish } = await behind();
      const token = subscription.unsubscribe();
      await clock.advance(1);
      expect(await finish()).toEqual([1, 2, 3]);
      expect([settled(token), (await token).lastSeq["a"]]).toEqual([["acked", "local"], 3]);
      expect(subscription.position("a")).toEqual({ epoch: "e", seq: 3 });
    });

    it("has the close say how far it came", async () => {
      const { session, clock, subscription, finish } = await behind();
      const closing = session.close();
      await clock.advance(1);
      expect(await finish()).toEqual([1, 2, 3]);
      expect([(await closing).lastSeq["a"], subscription.position("a")?.seq]).toEqual([3, 3]);
    });
  });

  it("says how far it came where it is left ahead of what the peer sent", async () => {
    const { session, clock, peer, memory } = await withMemory();
    const first = session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    const events = range(5, 12).map((seq) => ({ seq, data: seq }));
    const answer = { topic: "a", epoch: "e", seq: 12, recovered: true, events, more: false };
    peer.on("topic.history", () => answer);
    const subscription = session.subscribe("a", { since: { epoch: "e", seq: 4 } });
    const seqs = seqsOf(subscription);
    await clock.advance(10);
    first.unsubscribe();
    const token = subscription.unsubscribe();
    await clock.advance(10);
    expect([seqs, (await token).lastSeq["a"], subscription.position("a")?.seq]).toEqual([
      range(5, 12),
      12,
      12,
    ]);
  });

  it("has no position where the topic ends before it was read", async () => {
    const { session, clock, peer, memory } = await withMemory();
    session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 10);
    peer.mute("topic.history");
    const subscription = session.subscribe("a", { since: { last: 2 } });
    await clock.advance(10);
    peer.notify("topic.closed", { topic: "a", lastSeq: 10, code: "DELETED" });
    await clock.advance(10);
    expect([settled(subscription.token), subscription.position("a")]).toEqual([
      ["unknown", "ABORTED"],
      undefined,
    ]);
  });
});
