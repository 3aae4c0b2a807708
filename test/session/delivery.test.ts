import { describe, expect, it } from "vitest";
import { describeWhole, expectCounted, whole } from "./support/client.ts";
import { seqsOf } from "./support/seqs-of.ts";
import { SlowHandler } from "./support/slow-handler.ts";
import { withoutHistory } from "./support/without-history.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

describe("order scopes", () => {
  it("topic: events of one topic one after another, topics side by side", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    session.subscribe(["a", "b"]).on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    peer.event("b", 1);
    await clock.advance(10);
    expect(slow.log).toEqual(["a1", "b1"]);
    slow.finish();
    await clock.advance(0);
    expect(slow.log).toEqual(["a1", "b1", "/a1", "a2"]);
  });

  whole("connection: one event after another over every subscription with this order", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    session.subscribe("a", { order: "connection" }).on("event", slow.handle);
    session.subscribe("b", { order: "connection" }).on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("b", 1);
    peer.event("a", 2);
    await clock.advance(10);
    expect(slow.log).toEqual(["a1"]);
    for (let turn = 0; turn < 3; turn += 1) {
      slow.finish();
      await clock.advance(0);
    }
    expect(slow.log).toEqual(["a1", "/a1", "b1", "/b1", "a2", "/a2"]);
  });

  whole("none: handlers overlap, and an unsubscribe still waits for all of them", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    const subscription = session.subscribe("a", { order: "none" });
    subscription.on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    await clock.advance(10);
    expect([slow.running, subscription.depth]).toEqual([2, 2]);
    const token = subscription.unsubscribe();
    await clock.advance(10);
    slow.finish();
    await clock.advance(0);
    expect(token.outcome).toBeUndefined();
    slow.finish();
    await clock.advance(0);
    expect(settled(token)).toEqual(["acked", "frame"]);
  });

  whole("none: running handlers count towards maxQueuedEvents", async () => {
    const { session, clock, peer } = await withPeer({ protocol: withoutHistory });
    const slow = new SlowHandler();
    const gaps: unknown[] = [];
    const subscription = session.subscribe("a", { order: "none", maxQueuedEvents: 2 });
    subscription.on("event", slow.handle);
    subscription.on("gap", ({ from, to }) => {
      gaps.push([from, to]);
    });
    await clock.advance(10);
    for (let seq = 1; seq <= 4; seq += 1) peer.event("a", seq);
    await clock.advance(10);
    expect([slow.running, gaps]).toEqual([
      2,
      [
        [3, 3],
        [4, 4],
      ],
    ]);
  });
});

describe("handlers", () => {
  it("of one subscription get each event in the order in which they were added", async () => {
    const { session, clock, peer } = await withPeer();
    const log: string[] = [];
    const subscription = session.subscribe("a");
    const remove = subscription.on("event", ({ seq }) => {
      log.push(`one ${seq}`);
    });
    subscription.on("event", async ({ seq }) => {
      await Promise.resolve();
      log.push(`two ${seq}`);
    });
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    remove();
    peer.event("a", 2);
    await clock.advance(10);
    expect(log).toEqual(["one 1", "two 1", "two 2"]);
  });

  it("may await their own session's request without a deadlock", async () => {
    const { session, clock, server } = await withServer();
    server.method("price", () => 42);
    const prices: unknown[] = [];
    session.subscribe("a").on("event", async () => {
      prices.push(await session.request("price"));
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    await clock.advance(20);
    expect(prices).toEqual([42, 42]);
  });

  it("that throw or reject are isolated by default, reported and counted", async () => {
    const { session, clock, peer, errors } = await withPeer();
    const subscription = session.subscribe("a");
    const seen: number[] = [];
    subscription.on("event", ({ seq }) => {
      if (seq === 1) throw new Error("sync");
      return seq === 2 ? Promise.reject(new Error("async")) : undefined;
    });
    subscription.on("event", ({ seq }) => {
      seen.push(seq);
    });
    await clock.advance(10);
    for (const seq of [1, 2, 3]) peer.event("a", seq);
    await clock.advance(10);
    expect([errors, seen]).toEqual([
      ["HANDLER_FAILED", "HANDLER_FAILED"],
      [1, 2, 3],
    ]);
    expectCounted(session, { handlerFailures: 2 });
  });

  whole(
    "that fail under stop-subscription unsubscribe, and other subscriptions go on",
    async () => {
      const { session, clock, peer, errors } = await withPeer();
      const others = seqsOf(session.subscribe("a"));
      const subscription = session.subscribe(["a", "b"], { onHandlerFailure: "stop-subscription" });
      const seen: number[] = [];
      subscription.on("event", ({ seq }) => {
        seen.push(seq);
        throw new Error("enough");
      });
      await clock.advance(10);
      peer.event("a", 1);
      await clock.advance(10);
      peer.event("a", 2);
      await clock.advance(10);
      expect([seen, others, errors]).toEqual([[1], [1, 2], ["HANDLER_FAILED"]]);
      expect(peer.calls("topic.unsubscribe").map(({ params }) => params)).toEqual([
        { topics: ["b"] },
      ]);
    },
  );

  whole("that fail under stop-session bring the session to error", async () => {
    const { session, clock, peer, errors } = await withPeer();
    session.subscribe("a", { onHandlerFailure: "stop-session" }).on("event", async () => {
      throw new Error("enough");
    });
    await clock.advance(10);
    const request = session.request("slow");
    peer.event("a", 1);
    await clock.advance(10);
    expect(session.state).toBe("error");
    expect(settled(request)).toEqual(["unknown", "LINK_LOST"]);
    expect(errors).toEqual(["HANDLER_FAILED", "LINK_LOST", "HANDLER_FAILED"]);
    expect(session.stats().operationsInFlight).toBe(0);
  });
});

describeWhole("for await", () => {
  it("takes events one by one, in order, and ends when the subscription does", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const { seq } of subscription) {
        await clock.advance(0);
        seen.push(seq);
      }
      seen.push("end");
    })();
    await clock.advance(10);
    for (const seq of [1, 2, 3]) peer.event("a", seq);
    await clock.advance(10);
    const token = subscription.unsubscribe();
    await clock.advance(10);
    await loop;
    expect([seen, token.outcome]).toEqual([[1, 2, 3, "end"], "acked"]);
  });

  it("over several topics loses none of them while its body is busy", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe(["a", "b"]);
    const seen: string[] = [];
    let goOn: () => void = () => {};
    void (async () => {
      for await (const { topic, seq } of subscription) {
        seen.push(`${topic}${seq}`);
        await new Promise<void>((resolve) => (goOn = resolve));
      }
    })();
    await clock.advance(10);
    for (const seq of [1, 2]) for (const topic of ["a", "b"]) peer.event(topic, seq);
    for (let turn = 0; turn < 4; turn += 1) {
      await clock.advance(10);
      goOn();
    }
    await clock.advance(10);
    expect(seen.toSorted()).toEqual(["a1", "a2", "b1", "b2"]);
    expect(subscription.depth).toBe(0);
  });

  it("leaves the subscription as it is after a break", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const loop = (async () => {
      for await (const { seq } of subscription) return seq;
      return undefined;
    })();
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    expect(await loop).toBe(1);
    const seen = seqsOf(subscription);
    peer.event("a", 2);
    await clock.advance(10);
    expect([seen, session.state]).toEqual([[2], "subscribed"]);
  });

  it("over a subscription that is over ends at once", async () => {
    const { session, clock } = await withPeer();
    const subscription = session.subscribe("a");
    subscription.unsubscribe();
    await clock.advance(10);
    for await (const _event of subscription) expect.unreachable("the subscription is over");
  });
});
