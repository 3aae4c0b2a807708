import { describe, expect, it } from "vitest";
import { Session } from "../../src/index.ts";
import type { SessionEventRecord } from "../../src/session/session-events.ts";
import { SessionError } from "../../src/session/tokens/errors.ts";
import { failureOf, withPeer, withServer } from "./support/world.ts";

describe("Session.waitFor", () => {
  it("resolves at once in the state, and else when it comes", async () => {
    const { session, clock } = await withServer();
    await session.waitFor("connected");
    let resolved = false;
    const wait = session.waitFor("subscribed").then(() => (resolved = true));
    session.subscribe("a");
    expect(resolved).toBe(false);
    await clock.advance(10);
    await wait;
  });

  it("rejects with STATE_UNREACHABLE where another final state comes, or is there", async () => {
    const { session, clock, network } = await withServer({ reconnect: { maxAttempts: 0 } });
    const wait = failureOf(session.waitFor("subscribed"));
    network.link()?.cut();
    await clock.advance(10);
    const error = await wait;
    expect(error.code).toBe("STATE_UNREACHABLE");
    expect(error.cause).toMatchObject({ code: "CONNECTION_LOST" });
    expect((await failureOf(session.waitFor("closed"))).code).toBe("STATE_UNREACHABLE");
  });

  it("can be aborted", async () => {
    const { session } = await withServer();
    const reason = new Error("enough");
    await expect(session.waitFor("closed", { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    const wait = session.waitFor("closed", { signal: controller.signal });
    controller.abort(reason);
    await expect(wait).rejects.toBe(reason);
  });
});

describe("Session.on", () => {
  it("reports a listener of events that throws once for each event, and not for its own report", async () => {
    const { session, clock, errors } = await withServer({ connected: false });
    let calls = 0;
    session.on("event", () => {
      calls += 1;
      // Without this bound it would never end.
      if (calls < 1_000) throw new Error("always");
    });
    session.connect();
    await clock.advance(10);
    expect(calls).toBeLessThan(20);
    expect(new Set(errors)).toEqual(new Set(["OBSERVER_FAILED"]));
    // Each event was reported, and the event of each report was not.
    expect(errors.length * 2).toBe(calls);
  });

  it("tells every step from state to state, with the epoch", async () => {
    const { session, clock, network } = await withServer();
    const steps: string[] = [];
    const remove = session.on("state", ({ from, to, epoch }) => {
      steps.push(`${from} → ${to} ${epoch}`);
    });
    network.link()?.cut();
    await clock.advance(1_000);
    remove();
    session.close();
    await clock.advance(10);
    expect(steps).toEqual([
      "connected → disconnected 1",
      "disconnected → connecting 1",
      "connecting → connected 2",
    ]);
  });

  it("tells every event of the session's queue, without payloads", async () => {
    const { session, clock, peer } = await withPeer({ connected: false, credentials: "secret" });
    const records: SessionEventRecord[] = [];
    session.on("event", (record) => records.push(record));
    session.connect();
    await clock.advance(10);
    session.subscribe("a");
    const request = session.request("m", { password: "secret" });
    peer.on("m", () => "secret");
    session.notify("n");
    await clock.advance(10);
    session.unsubscribe("a");
    session.request("nothing", undefined, { signal: AbortSignal.abort() });
    await clock.advance(10);
    session.close();
    await clock.advance(10);
    expect(records.map(({ type }) => type)).toEqual([
      "connect_request",
      "connect_complete",
      "recv_data",
      "send_complete",
      "recv_data",
      "auth_complete",
      "subscribe_request",
      "send_request",
      "send_request",
      "recv_data",
      "subscribe_complete",
      "recv_data",
      "send_complete",
      "unsubscribe_request",
      "send_request",
      "send_complete",
      "error_occurred",
      "recv_data",
      "unsubscribe_complete",
      "close_request",
      "recv_data",
      "close_complete",
      "connection_lost",
    ]);
    expect(records.find(({ type }) => type === "send_request")).toMatchObject({
      tokenId: request.id,
      subject: ["m"],
      epoch: 1,
    });
    expect(records.find(({ type }) => type === "subscribe_complete")?.ending).toBe("answer");
    expect(records.find(({ type }) => type === "error_occurred")?.code).toBe(
      "ABORTED_BEFORE_WRITE",
    );
    expect(records.at(-1)).toMatchObject({ closeCode: 1_000 });
    expect(JSON.stringify(records)).not.toContain("secret");
  });

  it("isolates listeners that throw or reject: reported, and everything else goes on", async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listener);
    const { session, clock, errors } = await withServer();
    const seen: string[] = [];
    session.on("state", () => {
      throw new Error("broken");
    });
    session.on("state", (() => Promise.reject(new Error("broken later"))) as unknown as () => void);
    session.on("state", ({ to }) => {
      seen.push(to);
    });
    session.on("error", () => {
      throw new Error("broken, too");
    });
    session.subscribe("a");
    await clock.advance(10);
    process.off("unhandledRejection", listener);
    expect(seen).toEqual(["subscribing", "subscribed"]);
    expect(errors).toEqual(Array(4).fill("OBSERVER_FAILED"));
    expect(unhandled).toEqual([]);
  });
});

describe("Session.stats", () => {
  it("counts what happened, and says how full the queues are", async () => {
    const { session, clock, peer, network } = await withPeer();
    session.subscribe("a").on("event", () => new Promise(() => {}));
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    await clock.advance(100);
    session.request("m");
    expect(session.stats()).toEqual({
      connections: 1,
      connectionsLost: 0,
      messagesSent: 3,
      messagesReceived: 4,
      eventsReceived: 2,
      strayEvents: 0,
      duplicateEvents: 0,
      lateAcks: 0,
      strayAnswers: 0,
      violations: 0,
      intercepted: 0,
      handlerFailures: 0,
      discardedEvents: 0,
      queueDepth: 0,
      operationsHeld: 0,
      pauses: 0,
      operationsInFlight: 1,
      topicsLive: 1,
      topicsSubscribing: 0,
      eventsQueued: 2,
      oldestEventAgeMs: 99,
      bytesBuffered: 0,
    });
    network.link()?.cut();
    await clock.advance(1);
    session.request("m");
    expect(session.stats()).toMatchObject({
      connectionsLost: 1,
      operationsHeld: 1,
      operationsInFlight: 0,
      topicsLive: 0,
    });
  });
});

describe("SessionOptions", () => {
  const make = (options: object): Session => new Session({ url: "ws://memory/", ...options });

  it("refuses URLs that are none of a WebSocket", () => {
    for (const url of ["", "http://example.com", "ws://example.com/#here", "no url"]) {
      expect(() => make({ url })).toThrow(TypeError);
    }
  });

  it.each([
    ["connectTimeoutMs", true],
    ["closeTimeoutMs", false],
    ["unsubscribeTimeoutMs", true],
    ["requestTimeoutMs", true],
    ["pingIntervalMs", true],
    ["pongTimeoutMs", false],
    ["maxPendingOperations", true],
    ["maxBufferedBytes", true],
    ["refreshAheadMs", true],
  ])("refuses a %s that is no number in range; Infinity is allowed: %s", (name, allowsInfinity) => {
    for (const value of [0, -1, Number.NaN, "5", 2 ** 31]) {
      expect(() => make({ [name]: value })).toThrow(RangeError);
    }
    expect(() => make({ [name]: 2 ** 31 })).toThrow(`${name} must be a number above 0 up to`);
    if (allowsInfinity) make({ [name]: Infinity });
    else expect(() => make({ [name]: Infinity })).toThrow(RangeError);
  });

  it("refuses reconnect settings out of range", () => {
    for (const reconnect of [
      { initialDelayMs: Infinity },
      { maxDelayMs: 0 },
      { maxAttempts: -1 },
      { minUptimeMs: -1 },
    ]) {
      expect(() => make({ reconnect })).toThrow(RangeError);
    }
    make({ reconnect: { maxAttempts: 0, minUptimeMs: 0 } });
  });
});

describe("defaults that are documented", () => {
  it("request 5 s, subscribe 5 s, authenticate 5 s, unsubscribe 2 s", async () => {
    const { session, clock, peer } = await withPeer();
    const live = session.subscribe("live");
    await clock.advance(10);
    peer.mute();
    const tokens = [
      session.request("m"),
      session.subscribe("a").token,
      live.unsubscribe(),
      session.authenticate("t"),
    ];
    await clock.advance(6_000);
    expect(tokens.map((token) => (token.settledAt ?? 0) - token.issuedAt)).toEqual([
      5_000, 5_000, 2_000, 5_000,
    ]);
  });

  it("connect 10 s and close 5 s", async () => {
    const { session, clock, network } = await withPeer({ connected: false });
    const connect = session.connect();
    network.link()?.hold("toServer");
    await clock.advance(11_000);
    expect((connect.settledAt ?? 0) - connect.issuedAt).toBe(10_000);
    const other = await withPeer();
    other.peer.mute();
    const close = other.session.close();
    await other.clock.advance(6_000);
    expect((await close).elapsedMs).toBe(5_000);
  });
});

describe("SessionError", () => {
  it("is an Error with a code, an outcome and what is behind it", () => {
    const cause = new Error("behind");
    const error = new SessionError("LINK_LOST", "text", { cause, closeCode: 1_006 });
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.outcome, error.closeCode, error.cause]).toEqual([
      "SessionError",
      "LINK_LOST",
      "unknown",
      1_006,
      cause,
    ]);
    expect("cause" in new SessionError("LINK_LOST", "text")).toBe(false);
  });
});
