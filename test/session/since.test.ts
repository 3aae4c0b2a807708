import { describe, expect, it } from "vitest";
import type { Since } from "../../src/protocol/json-rpc/messages.ts";
import { whole } from "./support/client.ts";
import { PeerFailure } from "./support/scripted-peer.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

/** What a caller without types may give. */
const wrong = (value: unknown): Since => value as Since;

describe("a since that is none", () => {
  it.each([
    ["null", null],
    ["a number", 7],
    ["a text", "x"],
    ["a list", [1]],
    ["an object of nothing", {}],
    ["a position without an epoch", { seq: 1 }],
    ["a position whose epoch is no text", { epoch: 1, seq: 1 }],
    ["a position without a number", { epoch: "e" }],
    ["a position before the first", { epoch: "e", seq: -1 }],
    ["half a position", { epoch: "e", seq: 1.5 }],
    ["a position that no number holds exactly", { epoch: "e", seq: 2 ** 53 }],
    ["a position whose number is a text", { epoch: "e", seq: "1" }],
    ["the last minus three", { last: -3 }],
    ["the last one and a half", { last: 1.5 }],
    ["the last of no number", { last: Number.NaN }],
    ["all of them", { last: Infinity }],
    ["an object of a number", { last: { from: 1 } }],
  ])("throws at once, and nothing is left of it: %s", async (_name, since) => {
    const { session, clock, peer, errors } = await withPeer();
    session.subscribe("a");
    await clock.advance(10);
    for (const topic of ["a", "b"])
      expect(() => session.subscribe(topic, { since: wrong(since) })).toThrow(TypeError);
    await clock.advance(10);
    expect([peer.methods, errors]).toEqual([["topic.subscribe"], []]);
    const close = session.close();
    await clock.advance(10);
    expect((await close).clean).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is one that may be: of any epoch that a server chose, and of nothing", async () => {
    const { session, clock, peer } = await withPeer();
    const fine = [{ epoch: "", seq: 0 }, { epoch: "e".repeat(500), seq: 2 ** 53 - 1 }, { last: 0 }];
    for (const [index, since] of fine.entries()) session.subscribe(`t${index}`, { since });
    await clock.advance(10);
    const asked = peer.calls("topic.subscribe").map(({ params }) => params);
    expect(asked).toEqual(
      fine.map((since, index) => ({ topics: [{ topic: `t${index}`, since }] })),
    );
  });
});

describe("a since", () => {
  it("is what it was when it was given, whatever becomes of the caller's object", async () => {
    const { session, clock, peer } = await withPeer();
    const since = { epoch: "e", seq: 3 };
    peer.mute("topic.subscribe");
    session.subscribe("a", { since });
    await clock.advance(10);
    since.seq = -1;
    peer.cut();
    await clock.advance(1_000);
    const asked = peer.calls("topic.subscribe").map(({ params }) => params);
    expect(asked).toEqual(
      Array(2).fill({ topics: [{ topic: "a", since: { epoch: "e", seq: 3 } }] }),
    );
  });
});

describe("a request for several topics that is refused for the shape of one", () => {
  /** Refuses whatever has the topic `bad` in it, as a peer does that checks the shape of the whole. */
  async function withPicky() {
    const world = await withPeer({ reconnect: { initialDelayMs: 1 } });
    const { peer, clock } = world;
    const state = { isPicky: false, isSilent: false };
    peer.on<{ topics: readonly { topic: string }[] }>("topic.subscribe", ({ topics }) => {
      if (state.isSilent) return undefined;
      if (state.isPicky && topics.some(({ topic }) => topic === "bad"))
        throw new PeerFailure(-32_602, { code: "INVALID_PARAMS" });
      return {
        topics: topics.map(({ topic }) => ({ topic, epoch: "e", seq: 0, recovered: true })),
      };
    });
    const beginToRefuse = async (): Promise<void> => {
      state.isPicky = true;
      peer.cut();
      await clock.advance(100);
    };
    return { ...world, state, beginToRefuse };
  }

  whole("ends that one alone: the others are asked for without it", async () => {
    const { session, clock, peer, beginToRefuse } = await withPicky();
    const topics = ["a", "b", "bad", "c", "d"];
    const heard: string[] = [];
    for (const topic of topics) {
      const subscription = session.subscribe(topic);
      subscription.on("event", ({ seq }) => heard.push(`${topic}${seq}`));
      subscription.on("closed", ({ code: why }) => heard.push(`${topic} ${why}`));
    }
    await clock.advance(10);
    await beginToRefuse();
    for (const topic of topics) peer.event(topic, 1);
    await clock.advance(10);
    expect(heard).toEqual(["bad INVALID_PARAMS", "a1", "b1", "c1", "d1"]);
    expect(session.state).toBe("subscribed");
    const close = session.close();
    await clock.advance(10);
    expect((await close).clean).toBe(true);
  });

  whole("fails what is new and wrong, and nothing that was lost with it", async () => {
    const { session, clock, state, beginToRefuse } = await withPicky();
    const old = session.subscribe("a");
    await clock.advance(10);
    state.isSilent = true;
    const tokens = ["bad", "good"].map((topic) => session.subscribe(topic).token);
    await clock.advance(10);
    state.isSilent = false;
    await beginToRefuse();
    expect(tokens.map(settled)).toEqual([
      ["failed", "TOPIC_REFUSED"],
      ["acked", "frame"],
    ]);
    expect([old.position("a")?.seq, session.state]).toEqual([0, "subscribed"]);
  });

  it("is not asked for by halves where nobody wants them any more", async () => {
    const { session, clock, peer, beginToRefuse } = await withPicky();
    for (const topic of ["a", "bad"]) session.subscribe(topic);
    await clock.advance(10);
    await beginToRefuse();
    const before = peer.calls("topic.subscribe").length;
    peer.cut();
    await clock.advance(0);
    session.unsubscribe(["a", "bad"]);
    await clock.advance(100);
    expect([peer.calls("topic.subscribe").length, session.state]).toEqual([before, "connected"]);
  });
});

describe("a bad neighbour", () => {
  it("ends nothing else where a server of ours is asked", async () => {
    const { session, clock, server, network } = await withServer({
      reconnect: { initialDelayMs: 1 },
    });
    const seqs: number[] = [];
    session.subscribe("a").on("event", ({ seq }) => seqs.push(seq));
    await clock.advance(10);
    expect(() => session.subscribe("c", { since: { epoch: "e", seq: -1 } })).toThrow();
    network.link()?.cut();
    await clock.advance(100);
    server.topic("a").publish(1);
    await clock.advance(10);
    expect(seqs).toEqual([1]);
  });
});
