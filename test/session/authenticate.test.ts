import { describe, expect, it } from "vitest";
import { PeerFailure } from "./support/scripted-peer.ts";
import { failureOf, settled, withPeer, withServer } from "./support/world.ts";

const UNAUTHENTICATED = -32_001;

/** Tokens that say until when they are good: `name:milliseconds`. */
function serverOptions() {
  return {
    authenticate: ({ token }: { token: string }) => {
      const [userId = "", expiresAt] = token.split(":");
      if (userId === "mallory") return null;
      return expiresAt === undefined ? { userId } : { userId, expiresAt: Number(expiresAt) };
    },
  };
}

describe("Session.authenticate", () => {
  it("presents a token on the open connection and resolves to who it is", async () => {
    const { session, clock, states } = await withServer({}, serverOptions());
    const token = session.authenticate("ann");
    await clock.advance(2);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(await token).toEqual({ userId: "ann", expiresInMs: null });
    expect(states.slice(-2)).toEqual(["authenticating", "authenticated"]);
  });

  it("asks an asynchronous callback, and holds what is asked for meanwhile", async () => {
    let give: (token: string) => void = () => {};
    const { session, clock, peer } = await withPeer({
      credentials: () => new Promise((resolve) => (give = resolve)),
    });
    expect(session.state).toBe("authenticating");
    const { token } = session.subscribe("a");
    await clock.advance(1_000);
    expect(peer.methods).toEqual([]);
    give("secret");
    await clock.advance(10);
    expect(peer.methods).toEqual(["session.authenticate", "topic.subscribe"]);
    expect(peer.calls("session.authenticate")[0]?.params).toEqual({ token: "secret" });
    expect([token.outcome, session.state]).toEqual(["acked", "subscribed"]);
  });

  it("waits for the connection when it is called while connecting", async () => {
    const { session, clock } = await withServer({ connected: false }, serverOptions());
    session.connect();
    const token = session.authenticate("ann");
    await clock.advance(10);
    expect([token.outcome, session.state]).toEqual(["acked", "authenticated"]);
  });

  it("brings the session to error when the first credentials of a connection are refused", async () => {
    const { session, clock, errors } = await withServer({}, serverOptions());
    const token = session.authenticate("mallory");
    const { token: subscribe } = session.subscribe("a");
    await clock.advance(10);
    expect(settled(token)).toEqual(["failed", "AUTHENTICATION_REFUSED"]);
    expect((await failureOf(token)).peer?.code).toBe("UNAUTHENTICATED");
    expect(session.state).toBe("error");
    expect(settled(subscribe)).toEqual(["failed", "SESSION_FAILED"]);
    expect(errors).toContain("AUTHENTICATION_REFUSED");
    expect(clock.pendingTimers).toBeLessThanOrEqual(1);
    expect((await failureOf(session.request("m"))).cause).toMatchObject({
      code: "AUTHENTICATION_REFUSED",
    });
  });

  it("drops the connection and comes back when the callback throws: that says nothing about the credentials", async () => {
    let calls = 0;
    const { session, clock, errors, peer } = await withPeer({
      credentials: () => {
        calls += 1;
        if (calls === 1) throw new Error("the vault is sealed");
        return "secret";
      },
    });
    await clock.advance(1_000);
    expect(errors).toEqual(["CREDENTIALS_FAILED", "CONNECTION_LOST"]);
    expect([session.state, session.epoch, peer.connections.length]).toEqual([
      "authenticated",
      2,
      2,
    ]);
  });

  it("drops the connection and comes back when no answer comes to the credentials", async () => {
    const { session, clock, errors, peer } = await withPeer({
      connected: false,
      credentials: "secret",
      requestTimeoutMs: 700,
    });
    peer.mute("session.authenticate");
    session.connect();
    await clock.advance(10);
    peer.unmute("session.authenticate");
    await clock.advance(2_000);
    expect(errors).toEqual(["DEADLINE_EXCEEDED", "CONNECTION_LOST"]);
    expect([session.state, session.epoch]).toEqual(["authenticated", 2]);
  });

  it("presents the credentials again on every connection, fresh from the callback", async () => {
    let calls = 0;
    const { clock, network, peer } = await withPeer({ credentials: () => `token ${++calls}` });
    network.link()?.cut();
    await clock.advance(1_000);
    const presented = peer.calls("session.authenticate");
    expect(presented.map(({ connection, params }) => [connection, params])).toEqual([
      [1, { token: "token 1" }],
      [2, { token: "token 2" }],
    ]);
  });

  it("stays pending over a lost link, and is acked by the next connection", async () => {
    const { session, clock, network, peer } = await withPeer();
    peer.mute("session.authenticate");
    const token = session.authenticate("secret");
    await clock.advance(10);
    peer.unmute("session.authenticate");
    network.link()?.cut();
    await clock.advance(1_000);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(session.epoch).toBe(2);
  });

  it("ends as unknown at its deadline after the write, and as failed before it", async () => {
    const { session, clock, peer } = await withPeer();
    peer.mute("session.authenticate");
    const written = session.authenticate("secret", { deadlineMs: 100 });
    await clock.advance(100);
    expect(settled(written)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
    const held = session.authenticate(() => new Promise(() => {}), { deadlineMs: 50 });
    await clock.advance(50);
    expect(settled(held)).toEqual(["failed", "DEADLINE_BEFORE_WRITE"]);
  });

  it("is not sent when its signal was aborted already", async () => {
    const { session, clock, peer } = await withPeer();
    const token = session.authenticate("secret", { signal: AbortSignal.abort() });
    await clock.advance(10);
    expect(settled(token)).toEqual(["failed", "ABORTED_BEFORE_WRITE"]);
    expect(peer.methods).toEqual([]);
  });

  it("is superseded by newer credentials before it was sent", async () => {
    const { session, clock, network, peer } = await withPeer();
    network.link()?.cut();
    await clock.advance(1);
    const older = session.authenticate("older");
    const newer = session.authenticate("newer");
    expect(settled(older)).toEqual(["superseded", "SUPERSEDED"]);
    await clock.advance(1_000);
    expect(settled(newer)).toEqual(["acked", "frame"]);
    expect(peer.calls("session.authenticate").map(({ params }) => params)).toEqual([
      { token: "newer" },
    ]);
  });

  it("presents newer credentials behind the answer to those that were sent", async () => {
    const decisions: (() => void)[] = [];
    const { session, clock } = await withServer(
      {},
      {
        authenticate: ({ token }) =>
          new Promise((resolve) => decisions.push(() => resolve({ userId: token }))),
      },
    );
    const older = session.authenticate("older");
    await clock.advance(5);
    const newer = session.authenticate("older again");
    expect(older.outcome).toBe("unknown");
    await clock.advance(5);
    decisions.shift()?.();
    await clock.advance(5);
    expect(decisions).toHaveLength(1);
    expect(session.state).not.toBe("error");
    expect(newer.outcome).toBeUndefined();
  });

  it("throws where there is nothing to present", async () => {
    const { session } = await withServer();
    expect(() => session.authenticate()).toThrow(TypeError);
  });

  it("throws RangeError for a deadline that is none", async () => {
    const { session } = await withServer();
    expect(() => session.authenticate("t", { deadlineMs: 0 })).toThrow(RangeError);
  });
});

describe("refresh of credentials", () => {
  it("comes ahead of expiry, without a reconnect and without a change of state", async () => {
    let expiresAt = 100_000;
    const { session, clock, states, server } = await withServer(
      { credentials: () => `ann:${expiresAt}` },
      serverOptions(),
    );
    expect(session.state).toBe("authenticated");
    const before = states.length;
    expiresAt = 500_000;
    // 30 s ahead of expiry, unless that is more than a third of the token's life.
    await clock.advance(69_900);
    expect(server.sessions[0]?.principal?.expiresAt).toBe(100_000);
    await clock.advance(200);
    expect(server.sessions[0]?.principal?.expiresAt).toBe(500_000);
    expect([states.length, session.epoch, session.state]).toEqual([before, 1, "authenticated"]);
    await clock.advance(350_000);
    expect(session.epoch).toBe(1);
  });

  it("comes after two thirds of a short life", async () => {
    const { clock, peer } = await withPeer({ connected: false, credentials: () => "t" }).then(
      async (world) => {
        world.peer.on("session.authenticate", () => ({ userId: "u", expiresInMs: 3_000 }));
        world.session.connect();
        await world.clock.advance(4);
        return world;
      },
    );
    await clock.advance(1_990);
    expect(peer.calls("session.authenticate")).toHaveLength(1);
    await clock.advance(20);
    expect(peer.calls("session.authenticate")).toHaveLength(2);
  });

  it("is not attempted with a fixed token, which would come back as it is", async () => {
    const { session, clock, server } = await withServer(
      { credentials: "ann:20000" },
      serverOptions(),
    );
    await clock.advance(19_000);
    expect(server.stats().messagesReceived).toBe(2);
    expect(session.state).toBe("authenticated");
  });

  it("is tried again when it fails, and the session goes on", async () => {
    const { session, clock, peer, errors } = await withPeer({
      connected: false,
      credentials: () => "t",
    });
    let answers = 0;
    peer.on("session.authenticate", () => {
      answers += 1;
      return answers === 2 ? undefined : { userId: "u", expiresInMs: 90_000 };
    });
    session.connect();
    await clock.advance(10);
    await clock.advance(60_000 + 5_000);
    expect(errors).toEqual(["DEADLINE_EXCEEDED"]);
    expect(session.state).toBe("authenticated");
    await clock.advance(12_600);
    expect(answers).toBe(3);
    expect([session.state, session.epoch]).toEqual(["authenticated", 1]);
  });

  it("leaves the session as it is when the peer refuses it, and says so", async () => {
    const { session, clock, peer, errors } = await withPeer();
    session.authenticate("good");
    await clock.advance(10);
    peer.on("session.authenticate", () => {
      throw new PeerFailure(UNAUTHENTICATED, { code: "UNAUTHENTICATED" });
    });
    const token = session.authenticate("bad");
    await clock.advance(10);
    expect(settled(token)).toEqual(["failed", "AUTHENTICATION_REFUSED"]);
    expect([session.state, errors]).toEqual(["authenticated", ["AUTHENTICATION_REFUSED"]]);
  });

  it("of the session's own accord, when refused, is told as an error", async () => {
    let expiresAt = 9_000;
    const { session, clock, errors } = await withServer(
      { credentials: () => (expiresAt === 9_000 ? `ann:${expiresAt}` : "mallory") },
      serverOptions(),
    );
    expiresAt = 0;
    await clock.advance(7_000);
    expect(errors).toEqual(["AUTHENTICATION_REFUSED"]);
    expect(session.state).toBe("authenticated");
  });

  it("is done on demand by calling authenticate() again", async () => {
    const { session, clock, peer, states } = await withPeer();
    session.authenticate("one");
    await clock.advance(10);
    const token = session.authenticate("two");
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(peer.calls("session.authenticate").map(({ params }) => params)).toEqual([
      { token: "one" },
      { token: "two" },
    ]);
    expect(states).toEqual(["connecting", "connected", "authenticating", "authenticated"]);
  });
});
