import { describe, expect, it } from "vitest";
import { seqsOf } from "./support/seqs-of.ts";
import { withPeer } from "./support/world.ts";

describe("answers of an impossible shape", () => {
  it.each([
    [null],
    ["ann"],
    [{}],
    [{ userId: 7, expiresInMs: null }],
    [{ userId: "ann", expiresInMs: -1 }],
    [{ userId: "ann", expiresInMs: "soon" }],
  ])("to credentials (%j) prove nothing: the connection is tried anew", async (answer) => {
    const { session, clock, peer, errors } = await withPeer({
      connected: false,
      credentials: "t",
    });
    peer.on("session.authenticate", (_params, { connection }) =>
      connection === 1 ? answer : { userId: "ann", expiresInMs: null },
    );
    session.connect();
    await clock.advance(2_000);
    expect(errors).toEqual(["BAD_ANSWER", "CONNECTION_LOST"]);
    expect([session.state, session.epoch]).toEqual(["authenticated", 2]);
  });

  it.each([
    [null],
    [{ protocol: 1 }],
    [{ protocol: "x", dedupEpoch: 1, dedupWindowMs: 0 }],
    [{ protocol: "x", dedupEpoch: "d", dedupWindowMs: -1 }],
  ])("to a hello (%j) are of no consequence", async (answer) => {
    const { session, clock, peer, errors } = await withPeer({ connected: false });
    peer.on("session.hello", () => answer);
    session.connect();
    await clock.advance(10);
    expect([session.state, errors]).toEqual(["connected", []]);
  });

  it.each([
    [{ topics: [null] }],
    [{ topics: [{ topic: 1, lastSeq: 1 }] }],
    [{ topics: [{ topic: "a", lastSeq: -1 }] }],
    [{}],
    [null],
  ])("to an unsubscribe (%j) leave it unknown, and nothing more is delivered", async (answer) => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const seen = seqsOf(subscription);
    await clock.advance(10);
    peer.on("topic.unsubscribe", () => answer);
    const token = subscription.unsubscribe();
    await clock.advance(10);
    expect(token.error?.code).toBe("BAD_ANSWER");
    peer.event("a", 1);
    await clock.advance(10);
    expect(seen).toEqual([]);
  });

  it.each([
    [{ topics: [{ topic: "a", epoch: "e", seq: -1 }] }],
    [{ topics: [{ topic: "a", epoch: 1 }] }],
    [[]],
  ])("to a subscribe (%j) leave it unknown", async (answer) => {
    const { session, clock, peer } = await withPeer();
    peer.on("topic.subscribe", () => answer);
    const { token } = session.subscribe("a");
    await clock.advance(20);
    expect([token.error?.code, session.state]).toEqual(["BAD_ANSWER", "connected"]);
  });

  it("to one topic, with words of the peer's, carry them", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("topic.subscribe", () => ({
      topics: [{ topic: "a", code: "FORBIDDEN", message: "members only" }],
    }));
    const { token } = session.subscribe("a");
    await clock.advance(10);
    expect(token.error?.peer).toEqual({ code: "FORBIDDEN", message: "members only" });
  });
});
