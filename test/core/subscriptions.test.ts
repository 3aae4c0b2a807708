import { describe, expect, it } from "vitest";
import type { Session } from "../../src/index.ts";
import type { Since } from "../../src/protocol/json-rpc/messages.ts";
import { SlowHandler } from "../session/support/slow-handler.ts";
import { type PeerWorld, settled, withPeer } from "../session/support/world.ts";

/** Everything that a subscription hears from here on, as text. */
function logOf(subscription: ReturnType<Session["subscribe"]>): string[] {
  const log: string[] = [];
  subscription.on("gap", ({ topic, from, to }) => {
    log.push(`gap ${topic} ${from}-${to}`);
  });
  subscription.on("closed", ({ topic, lastSeq, code }) => {
    log.push(`closed ${topic} ${lastSeq} ${code}`);
  });
  // Last: what waits is handed over now.
  subscription.on("event", ({ topic, seq }) => {
    log.push(`${topic}${seq}`);
  });
  return log;
}

/** A session that has the topic `a`, of epoch `e`, at number 5. */
async function withTopic(): Promise<PeerWorld> {
  const world = await withPeer();
  world.peer.on("topic.subscribe", () => ({
    topics: [{ topic: "a", epoch: "e", seq: 5, recovered: false }],
  }));
  world.session.subscribe("a");
  await world.clock.advance(10);
  return world;
}

describe("a subscription that joins a topic", () => {
  it.each<[string, Since, string[]]>([
    ["behind where it asks to go on: the gap is told", { epoch: "e", seq: 2 }, ["gap a 3-5"]],
    ["just where it asks to go on: nothing is missing", { epoch: "e", seq: 5 }, []],
    ["of another epoch: nobody knows what is missing", { epoch: "old", seq: 2 }, ["gap a 3-null"]],
    ["before where it asks to go on: nobody knows", { epoch: "e", seq: 7 }, ["gap a 8-null"]],
    ["and asks for the last few: there is nothing to tell", { last: 3 }, []],
  ])("%s", async (_where, since, gaps) => {
    const { session, clock, peer } = await withTopic();
    const joined = session.subscribe("a", { since });
    const log = logOf(joined);
    expect(settled(joined.token)).toEqual(["acked", "local"]);
    expect((await joined.token).positions).toEqual({ a: { epoch: "e", seq: 5 } });
    peer.event("a", 6);
    await clock.advance(10);
    expect(log).toEqual([...gaps, "a6"]);
    expect(peer.calls("topic.subscribe")).toHaveLength(1);
  });

  it("while the first is unanswered begins with the same answer, and is told its own gap", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("topic.subscribe", () => ({
      topics: [{ topic: "a", epoch: "e", seq: 5, recovered: false }],
    }));
    const logs = [{ epoch: "e", seq: 4 }, undefined, { epoch: "e", seq: 1 }].map((since) =>
      logOf(session.subscribe("a", since && { since })),
    );
    await clock.advance(10);
    expect(logs).toEqual([["gap a 5-5"], [], ["gap a 2-5"]]);
    expect(peer.calls("topic.subscribe").map(({ params }) => params)).toEqual([
      { topics: [{ topic: "a", since: { epoch: "e", seq: 4 } }] },
    ]);
  });

  it("knows no position before it is granted, nor of a topic that is over", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    expect(subscription.position("a")).toBeUndefined();
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    expect(subscription.position("a")).toEqual({ epoch: "e", seq: 1 });
    subscription.unsubscribe();
    await clock.advance(10);
    expect(subscription.position("a")).toBeUndefined();
  });

  it("is dropped where too much waits for a connection, and leaves the others alone", async () => {
    const { session, clock, network } = await withPeer({ maxPendingOperations: 1 });
    network.link()?.cut();
    await clock.advance(1);
    const [first, second] = [session.subscribe("a"), session.subscribe("b")];
    expect(settled(second.token)).toEqual(["failed", "QUEUE_FULL"]);
    await clock.advance(1_000);
    expect(settled(first.token)).toEqual(["acked", "frame"]);
    expect(settled(second.unsubscribe())).toEqual(["acked", "local"]);
  });
});

describe("a resume that is refused for a passing reason", () => {
  it.each(["RATE_LIMITED", "GOING_AWAY", "TOO_MANY_PENDING", "METHOD_FAILED"])(
    "is tried again on a connection of its own, from where it was: %s",
    async (code) => {
      const { session, clock, peer } = await withPeer({ reconnect: { initialDelayMs: 5 } });
      let refusals = 3;
      peer.on<{ topics: readonly { since?: { seq: number } }[] }>(
        "topic.subscribe",
        ({ topics }) => {
          const seq = topics[0]?.since?.seq;
          const isRefused = seq !== undefined && refusals > 0;
          if (isRefused) refusals -= 1;
          return {
            topics: [
              isRefused
                ? { topic: "a", code }
                : { topic: "a", epoch: "e", seq: seq ?? 0, recovered: seq !== undefined },
            ],
          };
        },
      );
      const subscription = session.subscribe("a");
      const log = logOf(subscription);
      await clock.advance(10);
      peer.event("a", 1);
      peer.cut();
      await clock.advance(1_000);
      peer.event("a", 2);
      await clock.advance(10);
      expect([log, refusals, session.state]).toEqual([["a1", "a2"], 0, "subscribed"]);
      expect(session.epoch).toBe(5);
    },
  );

  it("is final where the peer says no", async () => {
    const { session, clock, peer } = await withPeer({ reconnect: { initialDelayMs: 5 } });
    const log = logOf(session.subscribe("a"));
    await clock.advance(10);
    peer.event("a", 1);
    peer.on("topic.subscribe", () => ({ topics: [{ topic: "a", code: "FORBIDDEN" }] }));
    peer.cut();
    await clock.advance(1_000);
    expect([log, session.epoch, session.state]).toEqual([
      ["a1", "closed a 1 FORBIDDEN"],
      2,
      "connected",
    ]);
  });
});

describe("maxQueuedEvents", () => {
  it("lets one gap grow in place of all that is dropped", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a", { maxQueuedEvents: 2 });
    const log = logOf(subscription);
    const slow = new SlowHandler();
    subscription.on("event", slow.handle);
    await clock.advance(10);
    for (let seq = 1; seq <= 50; seq += 1) peer.event("a", seq);
    peer.event("a", 60, "x", { conflated: 10 });
    await clock.advance(10);
    slow.finish();
    slow.finish();
    await clock.advance(0);
    slow.finish();
    peer.event("a", 61);
    await clock.advance(10);
    expect(log).toEqual(["a1", "a2", "gap a 3-60", "a61"]);
    expect(subscription.discardedEvents).toBe(49);
  });

  it("bounds what waits although the peer reports gap after gap", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a", { maxQueuedEvents: 3 });
    await clock.advance(10);
    for (let to = 1; to <= 1_000; to += 1) peer.notify("topic.gap", { topic: "a", from: to, to });
    peer.event("a", 1_001);
    await clock.advance(10);
    const log = logOf(subscription);
    peer.event("a", 1_002);
    await clock.advance(10);
    expect(log).toEqual(["gap a 1-1", "gap a 2-2", "gap a 3-1001", "a1002"]);
    expect(subscription.discardedEvents).toBe(1);
  });

  it("tells the first and the last number of what nobody could say anything about", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a", { maxQueuedEvents: 1 });
    const slow = new SlowHandler();
    const gaps: unknown[] = [];
    subscription.on("gap", ({ from, to }) => {
      gaps.push([from, to]);
    });
    subscription.on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    peer.notify("topic.gap", { topic: "a", from: 2, to: 4 });
    peer.notify("topic.gap", { topic: "a", from: 5, to: null });
    for (const seq of [5, 6, 9]) peer.event("a", seq);
    await clock.advance(10);
    slow.finish();
    await clock.advance(10);
    expect(gaps).toEqual([[2, null]]);
  });

  it("drops from each topic what is too much, and says it there", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe(["a", "b"], { maxQueuedEvents: 1 });
    await clock.advance(10);
    for (const seq of [1, 2, 3]) for (const topic of ["a", "b"]) peer.event(topic, seq);
    await clock.advance(10);
    const log: string[] = [];
    subscription.on("gap", ({ topic, from, to }) => {
      log.push(`gap ${topic} ${from}-${to}`);
    });
    subscription.on("event", ({ topic, seq }) => {
      log.push(`${topic}${seq}`);
    });
    expect(log.toSorted()).toEqual(["a1", "gap a 2-3", "gap b 1-3"]);
    expect(subscription.discardedEvents).toBe(5);
  });

  it("never drops the end of a topic", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a", { maxQueuedEvents: 1 });
    await clock.advance(10);
    for (const seq of [1, 2]) peer.event("a", seq);
    peer.notify("topic.closed", { topic: "a", lastSeq: 4, code: "DELETED" });
    await clock.advance(10);
    const log: string[] = [];
    subscription.on("closed", ({ code }) => {
      log.push(code);
    });
    subscription.on("gap", ({ from, to }) => {
      log.push(`${from}-${to}`);
    });
    subscription.on("event", ({ seq }) => {
      log.push(`${seq}`);
    });
    expect(log).toEqual(["1", "2-4", "DELETED"]);
  });
});

describe("a subscription that has failed", () => {
  it("counts what still comes for it, and hears nothing of it", async () => {
    const { session, clock, peer } = await withPeer();
    const first = session.subscribe("a");
    await clock.advance(10);
    peer.mute("topic.subscribe", "topic.unsubscribe");
    const second = session.subscribe(["a", "b"], { deadlineMs: 50 });
    const log = logOf(second);
    first.unsubscribe();
    await clock.advance(60);
    expect(settled(second.token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
    peer.event("a", 1);
    await clock.advance(10);
    expect([log, second.discardedEvents]).toEqual([[], 1]);
  });

  it("is over at once where the session accepts nothing", async () => {
    const { session } = await withPeer({ connected: false });
    const subscription = session.subscribe("a");
    expect(settled(subscription.token)).toEqual(["failed", "NOT_CONNECTED"]);
    expect(subscription.position("a")).toBeUndefined();
    expect(settled(subscription.unsubscribe())).toEqual(["failed", "NOT_CONNECTED"]);
  });
});

describe("an unsubscribe", () => {
  it("that failed is tried again by the next call, and one that did not is the same", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.refuse("topic.unsubscribe", "RATE_LIMITED");
    const refused = subscription.unsubscribe();
    await clock.advance(10);
    peer.unmute("topic.unsubscribe");
    const again = subscription.unsubscribe();
    expect(subscription.unsubscribe()).toBe(again);
    await clock.advance(10);
    expect([refused, again].map(({ outcome }) => outcome)).toEqual(["failed", "acked"]);
  });

  it("of a topic that two subscriptions leave at once waits for the handlers of both", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    const subscriptions = [session.subscribe("a"), session.subscribe(["a", "b"])];
    for (const subscription of subscriptions) subscription.on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    const token = session.unsubscribe("a");
    await clock.advance(10);
    slow.finish();
    await clock.advance(0);
    expect(token.outcome).toBeUndefined();
    slow.finish();
    await clock.advance(0);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(session.state).toBe("subscribed");
  });
});
