import { describe, expect, it } from "vitest";
import { latest } from "../../../src/session/delivery/latest.ts";
import { merge } from "../../../src/session/delivery/merge.ts";
import { seqsOf } from "../support/seqs-of.ts";
import { SlowHandler } from "../support/slow-handler.ts";
import { finishAll, range, withMemory } from "../support/slow-readers.ts";
import { settled } from "../support/world.ts";

describe("a subscription whose handlers are too slow", () => {
  it("lets go of the topic, and resumes it where it was when half is handled: nothing is lost", async () => {
    const { session, clock, peer, memory } = await withMemory();
    const slow = new SlowHandler();
    const gaps: unknown[] = [];
    const subscription = session.subscribe("a", { maxQueuedEvents: 4 });
    subscription.on("event", slow.handle);
    subscription.on("gap", (gap) => {
      gaps.push(gap);
    });
    await clock.advance(10);
    memory.publish("a", 20);
    await clock.advance(10);
    expect([subscription.depth, subscription.position("a")?.seq]).toEqual([4, 4]);
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe"]);
    expect([session.state, session.stats().topicsLive]).toEqual(["subscribed", 1]);
    const handled = await finishAll(slow, () => clock.advance(10));
    expect([handled, gaps]).toEqual([range(1, 20), []]);
    expect([subscription.discardedEvents, settled(subscription.token)]).toEqual([
      0,
      ["acked", "frame"],
    ]);
  });

  it("is told the gap where the peer has forgotten meanwhile", async () => {
    const { session, clock, memory } = await withMemory();
    const slow = new SlowHandler();
    const subscription = session.subscribe("a", { maxQueuedEvents: 2 });
    subscription.on("event", slow.handle);
    subscription.on("gap", ({ from, to }) => {
      slow.log.push(`/gap ${from}-${to}`);
    });
    await clock.advance(10);
    memory.publish("a", 5);
    await clock.advance(10);
    memory.forgottenUntil = 4;
    const handled = await finishAll(slow, () => clock.advance(10));
    memory.publish("a");
    await clock.advance(10);
    expect(handled).toEqual([1, 2]);
    expect(slow.log).toEqual(["a1", "/a1", "a2", "/a2", "/gap 3-5", "a6"]);
  });

  it("resumes over a lost link too", async () => {
    const { session, clock, peer, memory } = await withMemory();
    const slow = new SlowHandler();
    session.subscribe("a", { maxQueuedEvents: 2 }).on("event", slow.handle);
    await clock.advance(10);
    memory.publish("a", 6);
    await clock.advance(10);
    peer.cut();
    await clock.advance(20);
    expect([session.state, peer.calls("topic.subscribe").length]).toEqual(["connected", 1]);
    const handled = await finishAll(slow, () => clock.advance(10));
    expect(handled).toEqual(range(1, 6));
  });

  it("may be unsubscribed, or closed, while its topic is let go", async () => {
    const { session, clock, peer, memory } = await withMemory();
    const slow = new SlowHandler();
    const subscription = session.subscribe("a", { maxQueuedEvents: 1 });
    subscription.on("event", slow.handle);
    session.subscribe("b", { maxQueuedEvents: 1 }).on("event", () => {});
    await clock.advance(10);
    memory.publish("a", 3);
    await clock.advance(10);
    const token = subscription.unsubscribe();
    await clock.advance(10);
    slow.finish();
    await clock.advance(10);
    expect([settled(token), (await token).lastSeq["a"]]).toEqual([["acked", "local"], 1]);
    const closing = session.close();
    await clock.advance(50);
    expect((await closing).clean).toBe(true);
    expect(peer.calls("topic.subscribe")).toHaveLength(2);
  });

  it("costs the others nothing: it reads what it missed by itself", async () => {
    const { session, clock, peer, memory } = await withMemory();
    const slow = new SlowHandler();
    session.subscribe("a", { maxQueuedEvents: 3 }).on("event", slow.handle);
    const quick = seqsOf(session.subscribe("a"));
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    expect(quick).toEqual(range(1, 10));
    memory.publish("a", 2);
    const handled = await finishAll(slow, () => clock.advance(10));
    expect(handled).toEqual(range(1, 12));
    memory.publish("a", 1);
    await clock.advance(10);
    expect([await finishAll(slow, () => clock.advance(10)), quick]).toEqual([
      range(1, 13),
      range(1, 13),
    ]);
    expect(peer.calls("topic.unsubscribe")).toHaveLength(0);
  });

  it("loses nothing where a merge function always throws, either", async () => {
    const { session, clock, memory } = await withMemory();
    const slow = new SlowHandler();
    const delivery = merge(() => {
      throw new Error("never");
    });
    session.subscribe("a", { maxQueuedEvents: 3, delivery }).on("event", slow.handle);
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    expect(await finishAll(slow, () => clock.advance(10))).toEqual(range(1, 10));
  });
});

describe("a second subscription that starts elsewhere", () => {
  it("gets what it missed first, alone, and then what the first one gets: each event once", async () => {
    const { session, clock, peer, memory } = await withMemory();
    const first = seqsOf(session.subscribe("a"));
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    memory.pageLength = 3;
    // Published between the reading and its answer.
    memory.onRead = () => memory.publish("a");
    const subscription = session.subscribe("a", { since: { epoch: "e", seq: 4 } });
    const second = seqsOf(subscription);
    await clock.advance(50);
    memory.onRead = () => {};
    memory.publish("a");
    await clock.advance(10);
    expect(second).toEqual(range(5, first.length));
    expect(first).toEqual(range(1, first.length));
    expect(settled(subscription.token)).toEqual(["acked", "frame"]);
    expect((await subscription.token).positions).toEqual({ a: { epoch: "e", seq: 4 } });
    expect([subscription.position("a"), peer.calls("topic.subscribe").length]).toEqual([
      { epoch: "e", seq: first.length },
      1,
    ]);
  });

  it("gets what it missed of a topic that was thinned for the first one", async () => {
    const { session, clock, memory } = await withMemory();
    const first = seqsOf(session.subscribe("a", { delivery: latest() }));
    await clock.advance(10);
    memory.publish("a", 5);
    await clock.advance(10);
    const second = seqsOf(session.subscribe("a", { since: { epoch: "e", seq: 2 } }));
    await clock.advance(20);
    memory.publish("a");
    await clock.advance(10);
    expect([first, second]).toEqual([range(1, 6), range(3, 6)]);
  });

  it("is told nothing of what only the first one asked for", async () => {
    const { session, clock, memory } = await withMemory();
    memory.publish("a", 10);
    memory.forgottenUntil = 8;
    const gaps: unknown[] = [];
    const first = session.subscribe("a", { since: { epoch: "e", seq: 4 } });
    first.on("gap", ({ from, to }) => {
      gaps.push([from, to]);
    });
    const second = session.subscribe("a");
    second.on("gap", (gap) => {
      gaps.push(gap);
    });
    for (const subscription of [first, second]) subscription.on("event", () => {});
    await clock.advance(10);
    expect([gaps, (await second.token).positions]).toEqual([
      [[5, 10]],
      { a: { epoch: "e", seq: 10 } },
    ]);
  });

  it("gets the last so many", async () => {
    const { session, clock, memory } = await withMemory();
    session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    const subscription = session.subscribe("a", { since: { last: 2 } });
    const seqs = seqsOf(subscription);
    await clock.advance(10);
    memory.publish("a");
    await clock.advance(10);
    expect(seqs).toEqual([9, 10, 11]);
    expect((await subscription.token).positions).toEqual({ a: { epoch: "e", seq: 8 } });
  });

  it("is told the gap where the peer remembers too little", async () => {
    const { session, clock, memory } = await withMemory();
    session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    memory.forgottenUntil = 8;
    const gaps: unknown[] = [];
    const subscription = session.subscribe("a", { since: { epoch: "e", seq: 4 } });
    subscription.on("gap", ({ from, to }) => {
      gaps.push([from, to]);
    });
    const seqs = seqsOf(subscription);
    await clock.advance(10);
    memory.publish("a");
    await clock.advance(10);
    expect([gaps, seqs]).toEqual([[[5, 10]], [11]]);
  });

  it("goes on reading after a lost link", async () => {
    const { session, clock, peer, memory } = await withMemory();
    session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    memory.pageLength = 4;
    let reads = 0;
    memory.onRead = () => {
      reads += 1;
      if (reads === 2) peer.cut();
    };
    const subscription = session.subscribe("a", { since: { epoch: "e", seq: 0 } });
    const seqs = seqsOf(subscription);
    await clock.advance(100);
    memory.publish("a");
    await clock.advance(10);
    expect(seqs).toEqual(range(1, 11));
  });

  it("is told what it did not read as a gap when the topic ends", async () => {
    const { session, clock, peer, memory } = await withMemory();
    session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    peer.mute("topic.history");
    const subscription = session.subscribe("a", { since: { epoch: "e", seq: 4 } });
    const log: unknown[] = [];
    subscription.on("event", ({ seq }) => {
      log.push(seq);
    });
    subscription.on("gap", ({ from, to }) => {
      log.push([from, to]);
    });
    subscription.on("closed", ({ code }) => {
      log.push(code);
    });
    await clock.advance(10);
    peer.notify("topic.closed", { topic: "a", lastSeq: 10, code: "DELETED" });
    await clock.advance(10);
    expect(log).toEqual([[5, 10], "DELETED"]);
  });

  it("joins the first one behind a gap where the history cannot be read", async () => {
    const { session, clock, peer, memory } = await withMemory();
    session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    peer.refuse("topic.history", "METHOD_NOT_FOUND");
    const subscription = session.subscribe("a", { since: { epoch: "e", seq: 4 } });
    const log: unknown[] = [];
    subscription.on("event", ({ seq }) => {
      log.push(seq);
    });
    subscription.on("gap", ({ from, to }) => {
      log.push([from, to]);
    });
    await clock.advance(10);
    memory.publish("a");
    await clock.advance(10);
    expect([log, settled(subscription.token)]).toEqual([
      [[5, 10], 11],
      ["acked", "frame"],
    ]);
  });

  it.each([
    ["events", range(5, 13), []],
    ["a gap", [...range(5, 12), 14], [[13, 13]]],
  ] as const)(
    "that read more than the first one has received gets nothing twice, where %s follow",
    async (what, seqs, gaps) => {
      const { session, clock, peer, memory } = await withMemory();
      session.subscribe("a");
      await clock.advance(10);
      memory.publish("a", 10);
      await clock.advance(10);
      const events = range(5, 12).map((seq) => ({ seq, data: seq }));
      const answer = { topic: "a", epoch: "e", seq: 12, recovered: true, events, more: false };
      peer.on("topic.history", () => answer);
      const subscription = session.subscribe("a", { since: { epoch: "e", seq: 4 } });
      const got = seqsOf(subscription);
      const missing: unknown[] = [];
      subscription.on("gap", ({ from, to }) => {
        missing.push([from, to]);
      });
      await clock.advance(10);
      for (const seq of what === "events" ? [11, 12, 13] : [11, 14]) peer.event("a", seq);
      await clock.advance(10);
      expect([got, missing]).toEqual([seqs, gaps]);
    },
  );
});
