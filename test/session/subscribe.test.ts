import { describe, expect, it } from "vitest";
import { CLIENT, expectCounted } from "./support/client.ts";
import { PeerFailure } from "./support/scripted-peer.ts";
import { seqsOf } from "./support/seqs-of.ts";
import { failureOf, settled, withPeer, withServer } from "./support/world.ts";

describe("Session.subscribe", () => {
  it("is acked by the peer's answer, with the position of the topic", async () => {
    const { session, clock, server, states } = await withServer();
    server.topic("a").publish("before");
    const subscription = session.subscribe("a");
    expect(session.state).toBe("subscribing");
    await clock.advance(2);
    expect(settled(subscription.token)).toEqual(["acked", "frame"]);
    const position = server.topic("a").position;
    expect((await subscription.token).positions).toEqual({ a: position });
    expect([subscription.topics, subscription.position("a")]).toEqual([["a"], position]);
    expect(states.slice(-2)).toEqual(["subscribing", "subscribed"]);
  });

  it("delivers every event behind the answer, numbered, with its data", async () => {
    const { session, clock, server } = await withServer();
    const seen: unknown[] = [];
    session.subscribe("a").on("event", ({ topic, seq, data }) => {
      seen.push([topic, seq, data]);
    });
    await clock.advance(2);
    for (const data of ["x", null, { y: 1 }]) server.topic("a").publish(data);
    await clock.advance(2);
    expect(seen).toEqual([
      ["a", 1, "x"],
      ["a", 2, null],
      ["a", 3, { y: 1 }],
    ]);
  });

  it("asks for several topics in one message, and is acked when all are live", async () => {
    const { session, clock, peer } = await withPeer();
    const { token } = session.subscribe(["a", "b", "c"]);
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(peer.calls("topic.subscribe").map(({ params }) => params)).toEqual([
      { topics: [{ topic: "a" }, { topic: "b" }, { topic: "c" }] },
    ]);
  });

  it("subscribes all topics or none: where one is refused, the rest is unsubscribed", async () => {
    const { session, clock, server } = await withServer(
      {},
      { authorize: (_session, topic) => topic !== "secret" },
    );
    const subscription = session.subscribe(["a", "secret", "b"]);
    const seen = seqsOf(subscription);
    await clock.advance(10);
    expect(settled(subscription.token)).toEqual(["failed", "TOPIC_REFUSED"]);
    expect((await failureOf(subscription.token)).peer?.code).toBe("FORBIDDEN");
    expect([server.sessions[0]?.topics, session.state]).toEqual([[], "connected"]);
    server.topic("a").publish(1);
    await clock.advance(10);
    expect(seen).toEqual([]);
  });

  it("tells why where the peer refuses the whole request", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("topic.subscribe", () => {
      throw new PeerFailure(-32_029, { code: "RATE_LIMITED", detail: 7 });
    });
    const { token } = session.subscribe("a");
    await clock.advance(10);
    expect(settled(token)).toEqual(["failed", "TOPIC_REFUSED"]);
    expect((await failureOf(token)).peer).toEqual({
      code: "RATE_LIMITED",
      message: "refused by the script",
      detail: 7,
    });
  });

  it("shares one subscription on the wire: a second one is acked with proof local", async () => {
    const { session, clock, peer } = await withPeer();
    const first = session.subscribe("a");
    const early = session.subscribe("a");
    await clock.advance(10);
    const late = session.subscribe("a");
    expect([first, early, late].map(({ token }) => settled(token))).toEqual([
      ["acked", "frame"],
      ["acked", "frame"],
      ["acked", "local"],
    ]);
    expect(peer.calls("topic.subscribe")).toHaveLength(1);
    const seen: string[] = [];
    for (const [name, subscription] of Object.entries({ first, early, late })) {
      subscription.on("event", ({ seq }) => {
        seen.push(`${name} ${seq}`);
      });
    }
    peer.event("a", 1);
    await clock.advance(10);
    expect(seen).toEqual(["first 1", "early 1", "late 1"]);
  });

  it("is superseded by an unsubscribe before it was written, and nothing is sent", async () => {
    const { session, clock, network, peer } = await withPeer();
    network.link()?.cut();
    await clock.advance(1);
    const subscription = session.subscribe("a");
    const unsubscribe = subscription.unsubscribe();
    expect(settled(subscription.token)).toEqual(["superseded", "SUPERSEDED"]);
    expect(settled(unsubscribe)).toEqual(["acked", "local"]);
    await clock.advance(1_000);
    expect([session.state, peer.methods]).toEqual(["connected", []]);
  });

  it("ends as unknown at its deadline after the write, and what turns out subscribed is unsubscribed", async () => {
    const { session, clock, peer } = await withPeer();
    peer.mute("topic.subscribe");
    const subscription = session.subscribe("a", { deadlineMs: 300 });
    await clock.advance(300);
    expect(settled(subscription.token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
    peer.answer(peer.calls("topic.subscribe")[0], {
      topics: [{ topic: "a", epoch: "e", seq: 0, recovered: false }],
    });
    await clock.advance(10);
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe"]);
    expect(session.state).toBe("connected");
    expectCounted(session, { lateAcks: 1, topicsLive: 0 });
  });

  it("ends as failed at its deadline before the write, and is never written", async () => {
    const { session, clock, network, peer } = await withPeer({
      reconnect: { initialDelayMs: 20_000 },
    });
    network.link()?.cut();
    await clock.advance(1);
    const { token } = session.subscribe("a", { deadlineMs: 50 });
    await clock.advance(50);
    expect(settled(token)).toEqual(["failed", "DEADLINE_BEFORE_WRITE"]);
    await clock.advance(20_000);
    expect([session.state, peer.methods]).toEqual(["connected", []]);
  });

  it("ends at the session's requestTimeoutMs without a deadline of its own", async () => {
    const { session, clock, peer } = await withPeer();
    peer.mute("topic.subscribe");
    const { token } = session.subscribe("a");
    await clock.advance(4_999);
    expect(token.outcome).toBeUndefined();
    await clock.advance(1);
    expect(settled(token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
  });

  it("can be aborted after the write: it is unsubscribed", async () => {
    const { session, clock, peer } = await withPeer();
    const controller = new AbortController();
    const { token } = session.subscribe("a", { signal: controller.signal });
    controller.abort();
    await clock.advance(10);
    expect(settled(token)).toEqual(["unknown", "ABORTED"]);
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe"]);
    expect(session.state).toBe("connected");
  });

  it("is not sent when its signal was aborted already", async () => {
    const { session, clock, peer } = await withPeer();
    const { token } = session.subscribe("a", { signal: AbortSignal.abort() });
    await clock.advance(10);
    expect(settled(token)).toEqual(["failed", "ABORTED_BEFORE_WRITE"]);
    expect([session.state, peer.methods]).toEqual(["connected", []]);
  });

  it("stays pending over a lost link, and is done again on the next connection", async () => {
    const { session, clock, network, peer } = await withPeer();
    peer.mute("topic.subscribe");
    const { token } = session.subscribe("a");
    await clock.advance(10);
    peer.unmute("topic.subscribe");
    network.link()?.cut();
    await clock.advance(1);
    expect(token.outcome).toBeUndefined();
    await clock.advance(1_000);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(peer.calls("topic.subscribe").map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it("ends as unknown where the peer's answer has an impossible shape, and unsubscribes", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("topic.subscribe", () => ({ topics: [{ topic: "a" }] }));
    const { token } = session.subscribe("a");
    await clock.advance(10);
    expect(settled(token)).toEqual(["unknown", "BAD_ANSWER"]);
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe"]);
  });

  it("ends as unknown where the peer's answer leaves out a topic", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("topic.subscribe", () => ({
      topics: [{ topic: "a", epoch: "e", seq: 0, recovered: false }],
    }));
    const { token } = session.subscribe(["a", "b"]);
    await clock.advance(10);
    expect(settled(token)).toEqual(["unknown", "BAD_ANSWER"]);
    expect(session.state).toBe("connected");
    expectCounted(session, { topicsLive: 0 });
  });

  it("passes `since` on, and tells of the gap where the peer could not go back so far", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("topic.subscribe", () => ({
      topics: [{ topic: "a", epoch: "e", seq: 9, recovered: false }],
    }));
    const since = { epoch: "e", seq: 4 };
    const gaps: unknown[] = [];
    const subscription = session.subscribe("a", { since });
    subscription.on("event", () => {});
    subscription.on("gap", ({ from, to }) => {
      gaps.push([from, to]);
    });
    await clock.advance(10);
    expect(peer.calls("topic.subscribe")[0]?.params).toEqual({ topics: [{ topic: "a", since }] });
    expect(gaps).toEqual([[5, 9]]);
  });

  it("treats names such as __proto__ and constructor as names like any other", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe(["__proto__", "constructor"]);
    const seen: unknown[] = [];
    subscription.on("event", ({ topic, data }) => {
      seen.push([topic, data]);
    });
    await clock.advance(10);
    peer.event("__proto__", 1);
    peer.event("constructor", 1);
    await clock.advance(10);
    expect(seen).toEqual([
      ["__proto__", 1],
      ["constructor", 1],
    ]);
    const receipt = await Promise.race([session.close(), clock.advance(6_000)]);
    expect(receipt).toMatchObject({ clean: true, unsubscribed: ["__proto__", "constructor"] });
  });

  it("throws for topics and settings that are none", async () => {
    const { session } = await withServer();
    const texts = {
      whole: ["at least one topic", "named twice"],
      core: ["bad topics", "bad topics"],
    }[CLIENT];
    expect(() => session.subscribe([])).toThrow(texts[0]);
    expect(() => session.subscribe("")).toThrow(TypeError);
    expect(() => session.subscribe(["a", "a"])).toThrow(texts[1]);
    expect(() => session.subscribe("a", { maxQueuedEvents: 0 })).toThrow(RangeError);
    expect(() => session.subscribe("a", { deadlineMs: Number.NaN })).toThrow(RangeError);
    expect(session.state).toBe("connected");
  });
});
