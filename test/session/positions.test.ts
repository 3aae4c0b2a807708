import { describe, expect, it } from "vitest";
import type { Session } from "../../src/index.ts";
import { atLeastOnce } from "../../src/session/delivery/at-least-once.ts";
import { latest } from "../../src/session/delivery/latest.ts";
import { RememberingPeer } from "./support/remembering-peer.ts";
import type { ScriptedPeer } from "./support/scripted-peer.ts";
import { SlowHandler } from "./support/slow-handler.ts";
import { withPeer } from "./support/world.ts";

describe("position()", () => {
  it("at most once: moves on when an event is received", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    subscription.on("event", () => new Promise(() => {}));
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    await clock.advance(10);
    expect(subscription.position("a")).toEqual({ epoch: "e", seq: 2 });
  });

  it("at least once: moves on when the handlers are done, and over gaps", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    const subscription = session.subscribe("a", { position: atLeastOnce() });
    subscription.on("event", slow.handle);
    expect(subscription.position("a")).toBeUndefined();
    await clock.advance(10);
    const positions: unknown[] = [subscription.position("a")];
    peer.event("a", 1);
    peer.event("a", 4);
    await clock.advance(10);
    for (let turn = 0; turn < 2; turn += 1) {
      positions.push(subscription.position("a")?.seq);
      slow.finish();
      await clock.advance(10);
    }
    expect([positions, subscription.position("a")?.seq]).toEqual([
      [{ epoch: "e", seq: 0 }, 0, 3],
      4,
    ]);
  });

  it("at least once: stands in the topic's epoch where the topic ends before anything was read", async () => {
    const { session, clock, peer } = await withPeer();
    const memory = new RememberingPeer(peer);
    session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 7);
    peer.mute("topic.history");
    const since = { epoch: "e", seq: 2 };
    const subscription = session.subscribe("a", { since, position: atLeastOnce() });
    const gaps: unknown[] = [];
    subscription.on("event", () => {});
    subscription.on("gap", ({ from, to }) => {
      gaps.push([from, to]);
    });
    await clock.advance(10);
    peer.notify("topic.closed", { topic: "a", lastSeq: 7, code: "REVOKED" });
    await clock.advance(10);
    expect([gaps, subscription.position("a")]).toEqual([[[3, 7]], { epoch: "e", seq: 7 }]);
  });

  it("at least once: stands in the new epoch where there was no room for the gap before it", async () => {
    const { session, clock, peer } = await withPeer({ reconnect: { initialDelayMs: 1 } });
    const slow = new SlowHandler();
    const options = { maxQueuedEvents: 2, position: atLeastOnce() };
    const subscription = session.subscribe("a", options);
    subscription.on("event", slow.handle);
    await clock.advance(10);
    for (const seq of [1, 2]) peer.event("a", seq);
    await clock.advance(10);
    peer.on("topic.subscribe", () => ({
      topics: [{ topic: "a", epoch: "new", seq: 0, recovered: false }],
    }));
    peer.cut();
    await clock.advance(20);
    while (slow.running > 0) {
      slow.finish();
      await clock.advance(10);
    }
    expect(subscription.position("a")).toEqual({ epoch: "new", seq: 0 });
  });

  it("at least once under `none`: stays in front of the first that is not done", async () => {
    const { session, clock, peer } = await withPeer();
    const finish = new Map<number, () => void>();
    const subscription = session.subscribe("a", { position: atLeastOnce(), order: "none" });
    subscription.on("event", ({ seq }) => new Promise<void>((done) => finish.set(seq, done)));
    await clock.advance(10);
    for (const seq of [1, 2, 3]) peer.event("a", seq);
    await clock.advance(10);
    const positions: unknown[] = [];
    for (const seq of [3, 1, 2]) {
      finish.get(seq)?.();
      await clock.advance(0);
      positions.push(subscription.position("a")?.seq);
    }
    expect(positions).toEqual([0, 1, 3]);
  });

  it("at least once: an event that stands for several moves it over all of them", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    const subscription = session.subscribe("a", { position: atLeastOnce(), delivery: latest() });
    subscription.on("event", slow.handle);
    await clock.advance(10);
    for (const seq of [1, 2, 3]) peer.event("a", seq);
    await clock.advance(10);
    slow.finish();
    await clock.advance(0);
    const between = subscription.position("a")?.seq;
    slow.finish();
    await clock.advance(0);
    expect([between, subscription.position("a")?.seq]).toEqual([1, 3]);
  });

  it.each([
    ["isolate", 2],
    ["stop-subscription", 1],
    ["stop-session", 1],
  ] as const)(
    "at least once: with %s, a handler that fails at 2 leaves it at %s",
    async (policy, last) => {
      const { session, clock, peer } = await withPeer();
      const subscription = session.subscribe("a", {
        position: atLeastOnce(),
        onHandlerFailure: policy,
      });
      subscription.on("event", ({ seq }) => {
        if (seq === 2) throw new Error("no");
      });
      await clock.advance(10);
      for (const seq of [1, 2]) peer.event("a", seq);
      await clock.advance(10);
      expect(subscription.position("a")?.seq).toBe(last);
    },
  );

  it("at least once: is where a new epoch begins when the gap before it is handled", async () => {
    const { session, clock, peer } = await withPeer({ reconnect: { initialDelayMs: 1 } });
    const slow = new SlowHandler();
    const subscription = session.subscribe("a", { position: atLeastOnce() });
    subscription.on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    peer.on("topic.subscribe", () => ({
      topics: [{ topic: "a", epoch: "e2", seq: 7, recovered: false }],
    }));
    peer.cut();
    await clock.advance(50);
    const before = subscription.position("a");
    slow.finish();
    await clock.advance(10);
    const behindGap = subscription.position("a");
    peer.event("a", 8);
    await clock.advance(10);
    slow.finish();
    await clock.advance(10);
    expect([before, behindGap, subscription.position("a")]).toEqual([
      { epoch: "e", seq: 0 },
      { epoch: "e2", seq: 7 },
      { epoch: "e2", seq: 8 },
    ]);
  });

  it("at least once: stays there to be stored when the subscription is over", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a", { position: atLeastOnce() });
    subscription.on("event", () => {});
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    subscription.unsubscribe();
    await clock.advance(10);
    expect(subscription.position("a")).toEqual({ epoch: "e", seq: 1 });
  });

  it.each([
    ["unsubscribed", (session: Session) => session.unsubscribe("a")],
    ["closed with its session", (session: Session) => session.close()],
    [
      "ended by the peer",
      (_: Session, peer: ScriptedPeer) =>
        peer.notify("topic.closed", { topic: "a", lastSeq: 2, code: "DELETED" }),
    ],
    ["left with a session that failed", (_: Session, peer: ScriptedPeer) => peer.cut()],
  ])("at most once: stays there to be stored when it is %s", async (_name, end) => {
    const { session, clock, peer } = await withPeer({ reconnect: { maxAttempts: 0 } });
    const subscription = session.subscribe("a");
    subscription.on("event", () => new Promise(() => {}));
    await clock.advance(10);
    for (const seq of [1, 2]) peer.event("a", seq);
    await clock.advance(10);
    end(session, peer);
    await clock.advance(10_000);
    expect([subscription.isOver("a"), subscription.position("a")]).toEqual([
      true,
      { epoch: "e", seq: 2 },
    ]);
  });

  it("at most once: says of each topic where it was when that was over", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe(["a", "b"]);
    subscription.on("event", () => {});
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("b", 1);
    await clock.advance(10);
    session.unsubscribe("a");
    await clock.advance(10);
    peer.event("b", 2);
    await clock.advance(10);
    const seqs = (["a", "b"] as const).map((topic) => subscription.position(topic)?.seq);
    expect(seqs).toEqual([1, 2]);
  });

  it("at most once: one that was behind the others stays where it was itself", async () => {
    const { session, clock, peer } = await withPeer();
    const memory = new RememberingPeer(peer);
    session.subscribe("a").on("event", () => {});
    const slow = session.subscribe("a", { maxQueuedEvents: 2 });
    slow.on("event", () => new Promise(() => {}));
    await clock.advance(10);
    memory.publish("a", 5);
    await clock.advance(10);
    const before = slow.position("a");
    slow.unsubscribe();
    await clock.advance(5_000);
    expect([before, slow.position("a")]).toEqual([
      { epoch: "e", seq: 2 },
      { epoch: "e", seq: 2 },
    ]);
  });

  it.each([undefined, atLeastOnce()])(
    "there is none of a topic that never began (policy %#)",
    async (position) => {
      const { session, clock, peer } = await withPeer();
      peer.refuse("topic.subscribe", "FORBIDDEN");
      const subscription = session.subscribe("a", position === undefined ? {} : { position });
      await clock.advance(10);
      expect(subscription.position("a")).toBeUndefined();
      expect([subscription.token.outcome, subscription.isOver("a")]).toEqual(["failed", true]);
    },
  );
});

describe("isOver()", () => {
  it("is true of a subscription that never was, and false of one that waits", async () => {
    const { session, clock } = await withPeer({ connected: false });
    const never = session.subscribe("a");
    session.connect();
    const waiting = session.subscribe("a");
    expect([never.isOver("a"), waiting.isOver("a")]).toEqual([true, false]);
    await clock.advance(10);
    expect([never.isOver("a"), waiting.isOver("a")]).toEqual([true, false]);
  });
});
