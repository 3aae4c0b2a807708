import { describe, expect, it } from "vitest";
import { CLIENT, ofWhole } from "./support/client.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

describe("Session.close", () => {
  it("flushes, unsubscribes everything in one batch, says bye with what it saw, and shakes hands", async () => {
    const { session, clock, peer, states } = await withPeer();
    session.subscribe("a").on("event", () => {});
    session.subscribe(["b", "c"]).on("event", () => {});
    await clock.advance(10);
    peer.event("b", 1);
    peer.event("b", 2);
    await clock.advance(10);
    session.notify("log");
    session.request("last");
    peer.on("last", () => "done");
    const token = session.close({ code: 3_001, reason: "over" });
    expect(session.state).toBe("closing");
    await clock.advance(20);
    expect(peer.methods.slice(2)).toEqual(["log", "last", "topic.unsubscribe", "session.bye"]);
    expect(peer.calls("topic.unsubscribe")[0]?.params).toEqual({ topics: ["a", "b", "c"] });
    expect(peer.calls("session.bye")[0]?.params).toEqual({
      lastSeq: { a: 0, b: 2, c: 0 },
      notifications: 1,
    });
    expect(peer.closed).toEqual([3_001]);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(await token).toEqual({
      clean: true,
      unsubscribed: ["a", "b", "c"],
      unknown: [],
      sentUnacked: [],
      handlersAborted: 0,
      lastSeq: { a: 0, b: 2, c: 0 },
      notifications: { sent: 1, arrived: 1 },
      bytesUnsent: 0,
      closeCode: 3_001,
      elapsedMs: 6,
    });
    expect(states.slice(-2)).toEqual(["closing", "closed"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("agrees with the server's receipt", async () => {
    const { session, clock, server } = await withServer();
    const receipts: unknown[] = [];
    server.on("closed", (_session, receipt) => receipts.push(receipt));
    server.method("log", () => {});
    session.subscribe("a").on("event", () => {});
    await clock.advance(10);
    server.topic("a").publish(1);
    await clock.advance(10);
    session.notify("log");
    const token = session.close();
    await clock.advance(10);
    expect(await token).toMatchObject({ clean: true, lastSeq: { a: 1 }, closeCode: 1_000 });
    expect(receipts).toMatchObject([
      {
        clean: true,
        farewell: "bye",
        lastSeqSeen: { a: 1 },
        notifications: 1,
        notificationsSent: 1,
        closeCode: 1_000,
      },
    ]);
  });

  it("refuses everything new at once with SESSION_CLOSING, and with SESSION_CLOSED when it is over", async () => {
    const { session, clock } = await withServer();
    session.subscribe("a");
    await clock.advance(10);
    session.close();
    const during = [
      session.connect(),
      session.subscribe("b").token,
      session.unsubscribe("a"),
      session.request("m"),
      ...ofWhole(() => session.authenticate("t")),
    ];
    expect(during.map(settled)).toEqual(during.map(() => ["failed", "SESSION_CLOSING"]));
    expect(() => session.notify("n")).toThrow(expect.objectContaining({ code: "SESSION_CLOSING" }));
    await clock.advance(10);
    expect(settled(session.request("m"))).toEqual(["failed", "SESSION_CLOSED"]);
  });

  it("gives the same token to every call", async () => {
    const { session, clock } = await withServer();
    const token = session.close();
    expect(session.close({ deadlineMs: 1, code: 4_000 })).toBe(token);
    await clock.advance(10);
    expect(session.close()).toBe(token);
    expect((await token).closeCode).toBe(1_000);
  });

  it("awaits every request in flight", async () => {
    const { session, clock, server } = await withServer();
    let finish: (value: number) => void = () => {};
    server.method("slow", () => new Promise((resolve) => (finish = resolve)));
    const request = session.request("slow");
    const token = session.close();
    await clock.advance(3_000);
    expect([request.outcome, token.outcome, session.state]).toEqual([
      undefined,
      undefined,
      "closing",
    ]);
    finish(7);
    await clock.advance(10);
    expect(await request).toBe(7);
    expect((await token).clean).toBe(true);
  });

  it("awaits an unsubscribe of the application's, without asking a second time", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    const unsubscribe = subscription.unsubscribe();
    const token = session.close();
    await clock.advance(20);
    expect(peer.calls("topic.unsubscribe")).toHaveLength(1);
    expect([unsubscribe.outcome, (await token).unsubscribed]).toEqual(["acked", ["a"]]);
  });

  it("unsubscribes what is still being subscribed", async () => {
    const { session, clock, peer } = await withPeer();
    const { token: subscribe } = session.subscribe("a");
    const token = session.close();
    await clock.advance(20);
    expect(subscribe.outcome).toBe("acked");
    expect(await token).toMatchObject({ clean: true, unsubscribed: ["a"] });
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe", "session.bye"]);
  });

  it("while authenticating waits for the answer, sends what was accepted, then drains", async () => {
    const { session, clock, peer } = await withPeer({ connected: false, credentials: "t" });
    peer.on("m", () => 1);
    session.connect();
    await clock.advance(2.5);
    expect(session.state).toBe("authenticating");
    const request = session.request("m");
    const { token: subscribe } = session.subscribe("a");
    const token = session.close();
    await clock.advance(20);
    expect([request.outcome, (await token).clean]).toEqual(["acked", true]);
    expect(subscribe.outcome).toBe("acked");
    expect(peer.methods).toEqual([
      "session.authenticate",
      "m",
      "topic.subscribe",
      "topic.unsubscribe",
      "session.bye",
    ]);
  });

  it("before connect() is done at once", async () => {
    const { session, clock, states } = await withServer({ connected: false });
    const token = session.close();
    expect(settled(token)).toEqual(["acked", "local"]);
    expect(await token).toMatchObject({ clean: true, closeCode: null, elapsedMs: 0 });
    expect([states, clock.pendingTimers]).toEqual([["closed"], 0]);
  });

  it("while connecting aborts that: what was never written is failed, the receipt is clean", async () => {
    const { session, clock, states, network } = await withServer({ connected: false });
    const connect = session.connect();
    const request = session.request("m");
    const { token: subscribe } = session.subscribe("a");
    const token = session.close();
    expect([connect, request, subscribe].map(({ outcome }) => outcome)).toEqual([
      "failed",
      "failed",
      "failed",
    ]);
    expect((await token).clean).toBe(true);
    await clock.advance(10);
    expect([states, network.link()?.isOpen]).toEqual([["connecting", "closing", "closed"], false]);
  });

  it("in backoff aborts that, and the topics are unsubscribed by having no connection", async () => {
    const { session, clock, network, states } = await withServer();
    session.subscribe("a");
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(1);
    const token = session.close();
    expect(settled(token)).toEqual(["acked", "local"]);
    expect(await token).toMatchObject({ clean: true, unsubscribed: ["a"] });
    await clock.advance(30_000);
    expect([states.at(-1), network.links.length, clock.pendingTimers]).toEqual(["closed", 1, 0]);
  });

  it("in state error settles at once, and leaves the state", async () => {
    const { session, clock, network } = await withServer({
      reconnect: { shouldReconnect: () => false },
    });
    network.link()?.cut();
    await clock.advance(1);
    expect(session.state).toBe("error");
    const token = session.close();
    expect(settled(token)).toEqual(["acked", "local"]);
    expect([session.state, clock.pendingTimers]).toEqual(["error", 0]);
  });

  it("happens at the end of an `await using` block, which never throws", async () => {
    const { session, clock, peer } = await withPeer();
    peer.mute();
    const block = (async () => {
      await using used = session;
      expect(used.state).toBe("connected");
    })();
    await clock.advance(5_000);
    await expect(block).resolves.toBeUndefined();
    expect(session.state).toBe("closed");
  });

  it("throws for what the WebSocket protocol does not allow, and closes nothing", async () => {
    const { session } = await withServer();
    const texts = {
      whole: ["code must be 1000 or", "at most 123 bytes"],
      core: ["bad code", "bad reason"],
    }[CLIENT];
    expect(() => session.close({ code: 1_001 })).toThrow(texts[0]);
    expect(() => session.close({ code: 5_000 })).toThrow(RangeError);
    expect(() => session.close({ reason: "é".repeat(62) })).toThrow(texts[1]);
    expect(() => session.close({ deadlineMs: Infinity })).toThrow(RangeError);
    expect(() => session.close({ deadlineMs: 0 })).toThrow(RangeError);
    expect(session.state).toBe("connected");
  });

  it("sends no second hello, no ping and no refresh while it drains", async () => {
    const { session, clock, peer } = await withPeer({
      credentials: () => "t",
      connected: false,
      pingIntervalMs: 100,
    });
    peer.on("session.authenticate", () => ({ userId: "u", expiresInMs: 300 }));
    session.connect();
    await clock.advance(10);
    session.request("never", undefined, { deadlineMs: Infinity });
    const token = session.close();
    await clock.advance(5_000);
    expect((await token).clean).toBe(false);
    expect(peer.methods).toEqual(["session.authenticate", "never"]);
  });
});

describe("Session.close against a peer that fails", () => {
  it("ends at its deadline where the peer is mute, and says what was left", async () => {
    const { session, clock, peer, network } = await withPeer();
    session.subscribe(["a", "b"]).on("event", () => {});
    await clock.advance(10);
    peer.event("a", 3);
    await clock.advance(10);
    peer.mute();
    const request = session.request("order", undefined, { deadlineMs: Infinity });
    session.notify("log");
    const token = session.close();
    await clock.advance(4_999);
    expect(token.outcome).toBeUndefined();
    await clock.advance(1);
    expect(token.outcome).toBe("unknown");
    expect(await token).toEqual({
      clean: false,
      unsubscribed: [],
      unknown: ["a", "b"],
      sentUnacked: [{ id: request.id, type: "request", subject: ["order"] }],
      handlersAborted: 0,
      lastSeq: { a: 3, b: 0 },
      notifications: { sent: 1, arrived: null },
      bytesUnsent: 0,
      closeCode: 1_006,
      elapsedMs: 5_000,
    });
    expect(settled(request)).toEqual(["unknown", "LINK_LOST"]);
    await clock.advance(1);
    expect([session.state, network.link()?.isOpen, clock.pendingTimers]).toEqual([
      "closed",
      false,
      0,
    ]);
  });

  it("is not clean where the bye is never answered", async () => {
    const { session, clock, peer } = await withPeer();
    peer.mute("session.bye");
    const token = session.close({ deadlineMs: 700 });
    await clock.advance(700);
    expect(token.outcome).toBe("unknown");
    expect(await token).toMatchObject({
      clean: false,
      sentUnacked: [{ id: token.id, type: "close", subject: [] }],
      closeCode: 1_006,
      elapsedMs: 700,
    });
  });

  it("goes on where the bye is refused, or answered by nonsense", async () => {
    for (const answer of [{ notifications: "many" }, null]) {
      const { session, clock, peer } = await withPeer();
      peer.on("session.bye", () => answer);
      const token = session.close();
      await clock.advance(20);
      expect(await token).toMatchObject({ clean: true, closeCode: 1_000 });
    }
  });

  it("does not know how many notifications arrived without an answer to the bye", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("session.bye", () => ({}));
    session.notify("log");
    const token = session.close();
    await clock.advance(20);
    expect(await token).toMatchObject({ clean: false, notifications: { sent: 1, arrived: null } });
  });

  it("is not clean where the peer says that fewer notifications arrived", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("session.bye", () => ({ notifications: 1 }));
    session.notify("log");
    session.notify("log");
    const token = session.close();
    await clock.advance(20);
    expect(await token).toMatchObject({ clean: false, notifications: { sent: 2, arrived: 1 } });
  });

  it("goes to closed, never to a reconnect, where the link is lost while closing", async () => {
    const { session, clock, network, states } = await withPeer();
    session.subscribe("a");
    await clock.advance(10);
    const request = session.request("order");
    const token = session.close();
    await clock.advance(0.5);
    network.link()?.cut();
    await clock.advance(60_000);
    expect(await token).toMatchObject({
      clean: false,
      unknown: ["a"],
      sentUnacked: [{ id: request.id }],
      closeCode: 1_006,
    });
    expect(settled(request)).toEqual(["unknown", "LINK_LOST"]);
    expect([states.at(-1), network.links.length, clock.pendingTimers]).toEqual(["closed", 1, 0]);
  });

  it("says bytesUnsent where the peer does not read", async () => {
    const { session, clock, network } = await withPeer();
    network.link()?.hold("toServer");
    session.notify("log", "x".repeat(1_000));
    const token = session.close({ deadlineMs: 100 });
    await clock.advance(100);
    expect((await token).bytesUnsent).toBeGreaterThan(1_000);
  });

  it("says the topics whose unsubscribe timed out before as unknown, too", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.mute("topic.unsubscribe");
    subscription.unsubscribe({ deadlineMs: 10 });
    await clock.advance(10);
    const token = session.close({ deadlineMs: 500 });
    await clock.advance(500);
    expect(await token).toMatchObject({ clean: false, unknown: ["a"] });
  });

  it("ends where the credentials are refused while it waits for them", async () => {
    const { session, clock, server, states } = await withServer(
      { connected: false, credentials: "bad" },
      { authenticate: () => null },
    );
    session.connect();
    await clock.advance(2.5);
    const request = session.request("m");
    const token = session.close();
    await clock.advance(100);
    expect(request.outcome).toBe("failed");
    expect(await token).toMatchObject({ unsubscribed: [], unknown: [], closeCode: 4_401 });
    expect([states.at(-1), server.sessions.length, clock.pendingTimers]).toEqual(["closed", 0, 0]);
  });
});
