import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/server/methods/refusal.ts";
import { expectCounted, whole } from "../support/client.ts";
import { PeerFailure } from "../support/scripted-peer.ts";
import { failureOf, settled, withPeer, withServer } from "../support/world.ts";

describe("Session.request", () => {
  it("resolves to what the method returned", async () => {
    const { session, clock, server } = await withServer();
    server.method("sum", (numbers) => (numbers as number[]).reduce((a, b) => a + b, 0));
    const token = session.request("sum", [1, 2, 3]);
    await clock.advance(2);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(await token).toBe(6);
  });

  it("numbers and times its tokens", async () => {
    const { session, clock, server } = await withServer();
    server.method("m", () => null);
    await clock.advance(100);
    const [one, two] = [session.request("m"), session.request("m")];
    expect(two.id).toBe(one.id + 1);
    const issuedAt = clock.now();
    await clock.advance(50);
    expect([one.type, one.issuedAt, one.settledAt]).toEqual(["request", issuedAt, issuedAt + 2]);
  });

  it("fails where the method refuses before it did anything", async () => {
    const { session, clock, server } = await withServer();
    server.method("order", () => {
      throw new Refusal("NO_MONEY", "the account is empty", { missing: "12.50" });
    });
    const token = session.request("order");
    await clock.advance(2);
    expect(settled(token)).toEqual(["failed", "REQUEST_REFUSED"]);
    expect((await failureOf(token)).peer).toEqual({
      code: "NO_MONEY",
      message: "the account is empty",
      detail: { missing: "12.50" },
    });
  });

  it("fails where there is no such method", async () => {
    const { session, clock } = await withServer();
    const token = session.request("nothing");
    await clock.advance(2);
    expect(settled(token)).toEqual(["failed", "REQUEST_REFUSED"]);
    expect((await failureOf(token)).peer?.code).toBe("METHOD_NOT_FOUND");
  });

  it("is unknown where the method threw: it may have done part of its work", async () => {
    const { session, clock, server } = await withServer();
    server.method("order", () => {
      throw new Error("half way");
    });
    const token = session.request("order");
    await clock.advance(2);
    expect(settled(token)).toEqual(["unknown", "METHOD_FAILED"]);
  });

  it("is unknown where a foreign peer answers an error that proves nothing", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("order", () => {
      throw new PeerFailure(17);
    });
    const token = session.request("order");
    await clock.advance(10);
    expect(settled(token)).toEqual(["unknown", "METHOD_FAILED"]);
    expect((await failureOf(token)).peer?.code).toBe("17");
  });

  it("is unknown when the link is lost after the write, and is not sent again", async () => {
    const { session, clock, network, peer } = await withPeer();
    const token = session.request("order");
    await clock.advance(1);
    network.link()?.cut();
    await clock.advance(1_000);
    expect(settled(token)).toEqual(["unknown", "LINK_LOST"]);
    expect([session.state, peer.methods]).toEqual(["connected", ["order"]]);
  });

  it("waits for the next connection when it is called in backoff", async () => {
    const { session, clock, network, server } = await withServer();
    server.method("m", () => 1);
    network.link()?.cut();
    await clock.advance(1);
    const token = session.request("m");
    expectCounted(session, { operationsHeld: 1 });
    await clock.advance(1_000);
    expect(settled(token)).toEqual(["acked", "frame"]);
  });

  it("is unknown at its deadline after the write; the answer that comes later is counted", async () => {
    const { session, clock, peer } = await withPeer();
    const token = session.request("order", undefined, { deadlineMs: 100 });
    await clock.advance(99);
    expect(token.outcome).toBeUndefined();
    await clock.advance(1);
    expect(settled(token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
    peer.answer(peer.calls("order")[0], "late");
    await clock.advance(10);
    expectCounted(session, { lateAcks: 1, operationsInFlight: 0 });
    expect(token.outcome).toBe("unknown");
  });

  it("counts a refusal that comes after the deadline as late, too", async () => {
    const { session, clock, peer } = await withPeer();
    const token = session.request("order", undefined, { deadlineMs: 100 });
    await clock.advance(100);
    const { id } = peer.calls("order")[0] ?? {};
    peer.say({ jsonrpc: "2.0", id, error: { code: -32_000, message: "no" } });
    await clock.advance(10);
    expect(token.outcome).toBe("unknown");
    expectCounted(session, { lateAcks: 1 });
  });

  it("fails at its deadline before the write, and is never sent", async () => {
    const { session, clock, network, peer } = await withPeer({
      reconnect: { initialDelayMs: 10_000 },
    });
    network.link()?.cut();
    await clock.advance(1);
    const token = session.request("order", undefined, { deadlineMs: 20 });
    await clock.advance(20);
    expect(settled(token)).toEqual(["failed", "DEADLINE_BEFORE_WRITE"]);
    await clock.advance(10_010);
    expect([session.state, peer.methods]).toEqual(["connected", []]);
  });

  it("runs its deadline from the call on, over a lost link", async () => {
    const { session, clock, network } = await withPeer({ reconnect: { initialDelayMs: 1 } });
    network.link()?.cut();
    await clock.advance(0.5);
    const issuedAt = clock.now();
    const token = session.request("order", undefined, { deadlineMs: 200 });
    await clock.advance(1_000);
    expect(token.settledAt).toBe(issuedAt + 200);
  });

  it("never ends by time under a deadline of Infinity", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("session.ping", () => null);
    const token = session.request("order", undefined, { deadlineMs: Infinity });
    await clock.advance(3_600_000);
    expect(token.outcome).toBeUndefined();
    peer.answer(peer.calls("order")[0], 1);
    await clock.advance(10);
    expect(token.outcome).toBe("acked");
  });

  it("can be aborted after the write (unknown) and before it (failed)", async () => {
    const { session, clock, network, peer } = await withPeer();
    const after = new AbortController();
    const written = session.request("order", 1, { signal: after.signal });
    after.abort();
    expect(settled(written)).toEqual(["unknown", "ABORTED"]);
    network.link()?.cut();
    await clock.advance(1);
    const before = new AbortController();
    const held = session.request("order", 2, { signal: before.signal });
    const aborted = session.request("order", 3, { signal: AbortSignal.abort() });
    before.abort();
    expect([held, aborted].map(settled)).toEqual([
      ["failed", "ABORTED_BEFORE_WRITE"],
      ["failed", "ABORTED_BEFORE_WRITE"],
    ]);
    await clock.advance(1_000);
    expect([session.state, peer.methods]).toEqual(["connected", []]);
  });

  it("fails with NOT_ENCODABLE for parameters that are no JSON, and the next one goes on", async () => {
    const { session, clock, server } = await withServer();
    server.method("m", () => 1);
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const tokens = [session.request("m", circle), session.request("m", 1n), session.request("m")];
    await clock.advance(2);
    expect(tokens.map(settled)).toEqual([
      ["failed", "NOT_ENCODABLE"],
      ["failed", "NOT_ENCODABLE"],
      ["acked", "frame"],
    ]);
  });

  it("fails with QUEUE_FULL where too many wait for a connection", async () => {
    const { session, clock, network } = await withServer({ maxPendingOperations: 2 });
    network.link()?.cut();
    await clock.advance(1);
    const tokens = [1, 2, 3].map((each) => session.request("m", each));
    expect(tokens.map(({ outcome }) => outcome)).toEqual([undefined, undefined, "failed"]);
    expect(tokens[2]?.error?.code).toBe("QUEUE_FULL");
    await clock.advance(1_000);
    // Accepted is accepted: the limit is not applied to them a second time.
    expect(tokens.map((token) => token.error?.peer?.code)).toEqual([
      "METHOD_NOT_FOUND",
      "METHOD_NOT_FOUND",
      undefined,
    ]);
  });

  whole("is not held up by those whose time is over, though they are never answered", async () => {
    const { session, clock, peer } = await withPeer({ maxPendingOperations: 2 });
    const ignored = [1, 2].map((each) => session.request("ignored", each, { deadlineMs: 20 }));
    await clock.advance(30);
    expect(ignored.map(({ outcome }) => outcome)).toEqual(["unknown", "unknown"]);
    const tokens = [1, 2, 3].map((each) => session.request("m", each));
    expect(tokens.map(({ error }) => error?.code)).toEqual([undefined, undefined, "QUEUE_FULL"]);
    await clock.advance(10);
    for (const call of peer.calls("m")) peer.answer(call, 1);
    await clock.advance(10);
    expect(tokens.map(({ outcome }) => outcome)).toEqual(["acked", "acked", "failed"]);
    // The answer that nobody expects any more belongs to nothing.
    for (const call of peer.calls("ignored")) peer.answer(call, 1);
    await clock.advance(10);
    expect(session.state).toBe("connected");
  });

  it("fails with QUEUE_FULL where too many are unanswered, and unsubscribe, ping and close still work", async () => {
    const { session, clock, peer } = await withPeer({ maxPendingOperations: 2 });
    const subscription = session.subscribe("a");
    await clock.advance(10);
    const tokens = [1, 2, 3].map((each) => session.request("m", each));
    expect(tokens.map(({ error }) => error?.code)).toEqual([undefined, undefined, "QUEUE_FULL"]);
    const unsubscribe = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(unsubscribe)).toEqual(["acked", "frame"]);
    for (const call of peer.calls("m")) peer.answer(call, 1);
    const receipt = session.close();
    await clock.advance(10);
    expect((await receipt).clean).toBe(true);
  });

  it("throws RangeError for a deadline that is none", async () => {
    const { session } = await withServer();
    for (const deadlineMs of [0, -1, Number.NaN]) {
      expect(() => session.request("m", 1, { deadlineMs })).toThrow(RangeError);
    }
  });

  it("never causes an unhandled rejection, and still reports the failure", async () => {
    const { session, clock, errors } = await withServer();
    session.request("nothing");
    await clock.advance(10);
    expect(errors).toEqual(["REQUEST_REFUSED"]);
  });
});

describe("Session.notify", () => {
  it("sends at once, and the close says how many arrived", async () => {
    const { session, clock, server } = await withServer();
    const seen: unknown[] = [];
    server.method("log", (params) => {
      seen.push(params);
    });
    expect([session.notify("log", { n: 1 }), session.notify("log", { n: 2 })]).toEqual([
      "sent",
      "sent",
    ]);
    const token = session.close();
    await clock.advance(10);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
    expect((await token).notifications).toEqual({ sent: 2, arrived: 2 });
  });

  it("waits for a connection in backoff, and says so", async () => {
    const { session, clock, network, peer } = await withPeer();
    network.link()?.cut();
    await clock.advance(1);
    expect(session.notify("log")).toBe("queued");
    await clock.advance(1_000);
    expect(peer.methods).toEqual(["log"]);
  });

  it("throws where it cannot be sent and will not be", async () => {
    const { session, clock, network } = await withServer({ maxPendingOperations: 1 });
    expect(() => session.notify("log", 1n)).toThrow(
      expect.objectContaining({ code: "NOT_ENCODABLE" }),
    );
    network.link()?.cut();
    await clock.advance(1);
    session.notify("log");
    expect(() => session.notify("log")).toThrow(expect.objectContaining({ code: "QUEUE_FULL" }));
    session.close();
    expect(() => session.notify("log")).toThrow(
      expect.objectContaining({ code: "SESSION_CLOSED" }),
    );
  });

  it("reports one that was queued and then could not be sent", async () => {
    const { session, clock, network, errors } = await withPeer();
    network.link()?.cut();
    await clock.advance(1);
    errors.length = 0;
    expect(session.notify("log", 1)).toBe("queued");
    session.close();
    await clock.advance(1_000);
    expect(errors).toEqual(["SESSION_CLOSED"]);
  });
});
