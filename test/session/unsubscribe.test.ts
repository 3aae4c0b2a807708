import { describe, expect, it } from "vitest";
import { expectCounted, whole } from "./support/client.ts";
import { PeerFailure } from "./support/scripted-peer.ts";
import { seqsOf } from "./support/seqs-of.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

describe("Subscription.unsubscribe", () => {
  it("is acked by the peer's answer, with the number of the last event", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe("a");
    subscription.on("event", () => {});
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    await clock.advance(10);
    const token = subscription.unsubscribe();
    expect(session.state).toBe("subscribed");
    await clock.advance(2);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(await token).toEqual({ lastSeq: { a: 2 } });
    expect(session.state).toBe("connected");
    expectCounted(session, { topicsLive: 0 });
  });

  it("delivers what was on its way, and nothing after it has settled", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe("a");
    const seen: unknown[] = [];
    subscription.on("event", ({ seq }) => {
      seen.push(seq);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    const token = subscription.unsubscribe();
    void token.then(() => seen.push("settled"));
    await clock.advance(10);
    server.topic("a").publish(2);
    await clock.advance(10);
    expect(seen).toEqual([1, "settled"]);
  });

  it("waits for handlers that are still busy with what came before", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe("a");
    let finish: () => void = () => {};
    subscription.on("event", () => new Promise<void>((resolve) => (finish = resolve)));
    await clock.advance(10);
    server.topic("a").publish(1);
    await clock.advance(10);
    const token = subscription.unsubscribe();
    await clock.advance(100);
    expect(token.outcome).toBeUndefined();
    finish();
    await clock.advance(0);
    expect(settled(token)).toEqual(["acked", "frame"]);
  });

  it("while a handler is busy at the deadline is acked all the same, and what waits is discarded and counted", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe("a");
    const seen: number[] = [];
    let finish: () => void = () => {};
    subscription.on("event", ({ seq }) => {
      seen.push(seq);
      return new Promise<void>((resolve) => (finish = resolve));
    });
    await clock.advance(10);
    for (let seq = 1; seq <= 3; seq += 1) server.topic("a").publish(seq);
    await clock.advance(10);
    const token = subscription.unsubscribe({ deadlineMs: 200 });
    await clock.advance(200);
    expect(settled(token)).toEqual(["acked", "frame"]);
    finish();
    await clock.advance(10);
    expect(seen).toEqual([1]);
    expect(subscription.discardedEvents).toBe(2);
    expectCounted(session, { discardedEvents: 2 });
  });

  it("returns the same token for every call", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    const token = subscription.unsubscribe();
    expect(subscription.unsubscribe()).toBe(token);
    await clock.advance(10);
    expect(subscription.unsubscribe()).toBe(token);
    expect(peer.calls("topic.unsubscribe")).toHaveLength(1);
  });

  it("while subscribing lets both end by their answers, in order", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const token = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(subscription.token)).toEqual(["acked", "frame"]);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe"]);
    expect(session.state).toBe("connected");
  });

  it("of nine of ten widgets on a topic is local; the last one is the peer's to answer", async () => {
    const { session, clock, peer } = await withPeer();
    const widgets = Array.from({ length: 10 }, () => session.subscribe("a"));
    await clock.advance(10);
    const tokens = widgets.map((widget) => widget.unsubscribe());
    await clock.advance(10);
    expect(tokens.map(settled)).toEqual([...Array(9).fill(["acked", "local"]), ["acked", "frame"]]);
    expect(peer.calls("topic.unsubscribe")).toHaveLength(1);
  });

  it("is unknown when the link is lost after the write, and the topic never comes back", async () => {
    const { session, clock, network, peer } = await withPeer();
    const subscription = session.subscribe("a");
    session.subscribe("b");
    await clock.advance(10);
    const token = subscription.unsubscribe();
    network.link()?.cut();
    await clock.advance(1_000);
    expect(settled(token)).toEqual(["unknown", "LINK_LOST"]);
    expect(peer.calls("topic.subscribe").map(({ params }) => params)).toEqual([
      { topics: [{ topic: "a" }] },
      { topics: [{ topic: "b" }] },
      { topics: [{ topic: "b", since: { epoch: "e", seq: 0 } }] },
    ]);
    expect(session.state).toBe("subscribed");
    expectCounted(session, { topicsLive: 1 });
  });

  it("in backoff is local: nothing of the topic is on any wire", async () => {
    const { session, clock, network, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(1);
    const token = subscription.unsubscribe();
    expect(settled(token)).toEqual(["acked", "local"]);
    await clock.advance(1_000);
    expect(peer.calls("topic.subscribe")).toHaveLength(1);
    expect(session.state).toBe("connected");
  });

  it("is unknown at its deadline; later events are discarded and counted, it is sent once more, a late ack counted", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const seen: number[] = [];
    subscription.on("event", ({ seq }) => {
      seen.push(seq);
    });
    await clock.advance(10);
    peer.mute("topic.unsubscribe");
    const token = subscription.unsubscribe();
    peer.event("a", 1);
    await clock.advance(1_999);
    expect(token.outcome).toBeUndefined();
    await clock.advance(1);
    expect(settled(token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
    peer.event("a", 2);
    await clock.advance(10);
    expect(peer.calls("topic.unsubscribe")).toHaveLength(2);
    expect(seen).toEqual([1]);
    expectCounted(session, { strayEvents: 1 });
    peer.answer(peer.calls("topic.unsubscribe")[0], { topics: [{ topic: "a", lastSeq: 2 }] });
    await clock.advance(10);
    expect(token.outcome).toBe("unknown");
    expectCounted(session, { lateAcks: 1 });
    expect(session.state).toBe("connected");
  });

  it("is not sent once more where the topic was subscribed anew since", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.mute("topic.unsubscribe");
    subscription.unsubscribe({ deadlineMs: 100 });
    const again = session.subscribe("a");
    await clock.advance(200);
    expect(again.token.outcome).toBe("acked");
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe", "topic.subscribe"]);
  });

  it("followed by a subscribe at once starts a new subscription behind the old one", async () => {
    const { session, clock, server } = await withServer();
    const seen: string[] = [];
    const first = session.subscribe("a");
    first.on("event", ({ seq }) => {
      seen.push(`first ${seq}`);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    const token = first.unsubscribe();
    const second = session.subscribe("a");
    second.on("event", ({ seq }) => {
      seen.push(`second ${seq}`);
    });
    await clock.advance(10);
    server.topic("a").publish(2);
    await clock.advance(10);
    expect([token, second.token].map(settled)).toEqual([
      ["acked", "frame"],
      ["acked", "frame"],
    ]);
    expect(seen).toEqual(["first 1", "second 2"]);
  });

  it("can be aborted: the topic stays unwanted", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const seen = seqsOf(subscription);
    await clock.advance(10);
    peer.mute("topic.unsubscribe");
    const controller = new AbortController();
    const token = subscription.unsubscribe({ signal: controller.signal });
    controller.abort();
    expect(settled(token)).toEqual(["unknown", "ABORTED"]);
    peer.event("a", 1);
    await clock.advance(10);
    expect([seen, session.state]).toEqual([[], "connected"]);
    expectCounted(session, { strayEvents: 1 });
  });

  it("that the peer refuses fails, leaves the topic live, and may be tried again", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const seen: number[] = [];
    subscription.on("event", ({ seq }) => {
      seen.push(seq);
    });
    await clock.advance(10);
    peer.on("topic.unsubscribe", () => {
      throw new PeerFailure(-32_029, { code: "RATE_LIMITED" });
    });
    const refused = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(refused)).toEqual(["failed", "REQUEST_REFUSED"]);
    peer.event("a", 1);
    peer.unmute("topic.unsubscribe");
    await clock.advance(10);
    const again = subscription.unsubscribe();
    await clock.advance(10);
    expect([again.outcome, seen, session.state]).toEqual(["acked", [1], "connected"]);
    expectCounted(session, { topicsLive: 0 });
  });

  it("that the peer answers by nonsense is unknown", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.on("topic.unsubscribe", () => ({ topics: "all" }));
    const token = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(token)).toEqual(["unknown", "BAD_ANSWER"]);
  });

  it("counts as done where the peer does not know the topic any more", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.on("topic.unsubscribe", () => ({ topics: [{ topic: "a", code: "NOT_SUBSCRIBED" }] }));
    peer.event("a", 4);
    const token = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(await token).toEqual({ lastSeq: { a: 4 } });
  });

  it("says as a gap what the peer sent and never arrived", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const gaps: unknown[] = [];
    subscription.on("event", () => {});
    subscription.on("gap", ({ from, to }) => {
      gaps.push([from, to]);
    });
    await clock.advance(10);
    peer.event("a", 1);
    peer.on("topic.unsubscribe", () => ({ topics: [{ topic: "a", lastSeq: 3 }] }));
    const token = subscription.unsubscribe();
    await clock.advance(10);
    expect(gaps).toEqual([[2, 3]]);
    expect(await token).toEqual({ lastSeq: { a: 3 } });
  });

  it("from inside a handler does not wait for that handler", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe("a");
    const seen: unknown[] = [];
    subscription.on("event", async ({ seq }) => {
      seen.push(seq);
      const { lastSeq } = await subscription.unsubscribe();
      seen.push(lastSeq);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    await clock.advance(10);
    expect(seen[0]).toBe(1);
    expect(seen.slice(1)).toContainEqual({ a: 2 });
  });

  whole("from inside a for-await body does not wait for that body", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe("a");
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const { seq } of subscription) {
        seen.push(seq);
        await subscription.unsubscribe();
        seen.push("unsubscribed");
      }
      seen.push("end");
    })();
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    await clock.advance(10);
    await loop;
    expect(seen).toEqual([1, "unsubscribed", "end"]);
    expect(subscription.discardedEvents).toBe(1);
  });

  whole("happens at the end of an `await using` block, which never throws", async () => {
    const { session, clock, network, peer } = await withPeer();
    const block = async (): Promise<void> => {
      await using subscription = session.subscribe("a");
      await subscription.token;
    };
    const first = block();
    await clock.advance(10);
    await first;
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe"]);
    peer.mute("topic.unsubscribe");
    const second = block();
    await clock.advance(2);
    network.link()?.cut();
    await clock.advance(10);
    await expect(second).resolves.toBeUndefined();
  });

  it("throws RangeError for a deadline that is none", async () => {
    const { session } = await withServer();
    expect(() => session.subscribe("a").unsubscribe({ deadlineMs: -1 })).toThrow(RangeError);
  });
});
