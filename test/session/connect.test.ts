import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/session/clock.ts";
import type { Transport } from "../../src/session/connection/transport.ts";
import type { CompletionToken } from "../../src/session/tokens/completion-token.ts";
import { FakeServer } from "../../src/testing/fake-server.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { newSession, ofWhole } from "./support/client.ts";
import { failureOf, settled, withPeer, withServer } from "./support/world.ts";

const DISCONNECTED = { connected: false } as const;

describe("Session.connect", () => {
  it("is acked by the open connection, and numbers it", async () => {
    const { session, clock, states } = await withServer(DISCONNECTED);
    const token = session.connect();
    expect(session.state).toBe("connecting");
    expect(token.outcome).toBeUndefined();
    await clock.advance(2);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect([states, session.epoch]).toEqual([["connecting", "connected"], 1]);
  });

  it("gives the pending token to who calls while connecting, and an acked one when connected", async () => {
    const { session, clock } = await withServer(DISCONNECTED);
    const token = session.connect();
    expect(session.connect()).toBe(token);
    await clock.advance(2);
    expect(settled(session.connect())).toEqual(["acked", "local"]);
    expect(session.epoch).toBe(1);
  });

  it("rejects a refused connection at once, long before the deadline, and stays disconnected", async () => {
    const { session, clock, network, states, errors } = await withServer(DISCONNECTED);
    network.isRefusing = true;
    const token = session.connect();
    await clock.advance(2);
    expect(settled(token)).toEqual(["failed", "CONNECT_REFUSED"]);
    const error = await failureOf(token);
    expect(error.closeCode).toBe(1006);
    expect(error.cause).toBeInstanceOf(Error);
    expect([session.state, session.reconnectAt]).toEqual(["disconnected", null]);
    expect(states).toEqual(["connecting", "disconnected"]);
    expect(errors).toEqual(["CONNECT_REFUSED"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("rejects at once where the transport throws, and tries again under retryFirst", async () => {
    const cause = new Error("an insecure connection from a secure page");
    const transport = {
      connect: (): never => {
        throw cause;
      },
    };
    const { session, clock, errors } = await withServer({
      ...DISCONNECTED,
      environment: { transport },
    });
    const token = session.connect();
    await clock.advance(0);
    expect(settled(token)).toEqual(["failed", "CONNECT_REFUSED"]);
    expect((await failureOf(token)).cause).toBe(cause);
    expect([session.state, errors]).toEqual(["disconnected", ["CONNECT_REFUSED"]]);
    expect(clock.pendingTimers).toBe(0);

    const stubborn = await withServer({
      ...DISCONNECTED,
      environment: { transport },
      reconnect: { retryFirst: true, maxAttempts: 3 },
    });
    const tried = stubborn.session.connect();
    await stubborn.clock.advance(10_000);
    expect([tried.outcome, stubborn.session.state]).toEqual(["failed", "error"]);
    expect(stubborn.session.epoch).toBe(4);
  });

  it("comes back from a reconnect that the transport threw at", async () => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork({ clock });
    network.listen(new FakeServer().accept);
    const transport = network.transport();
    let isForbidden = false;
    const session = newSession(
      { url: "ws://memory/" },
      {
        clock,
        transport: {
          connect(target, listener) {
            if (isForbidden) throw new Error("not now");
            return transport.connect(target, listener);
          },
        },
      },
    );
    session.connect();
    await clock.advance(10);
    isForbidden = true;
    network.link()?.cut();
    await clock.advance(60_000);
    expect(session.epoch).toBeGreaterThan(2);
    isForbidden = false;
    await clock.advance(40_000);
    expect(session.state).toBe("connected");
    const closed = session.close();
    await clock.advance(10);
    expect((await closed).clean).toBe(true);
  });

  it("can be called again after a refusal", async () => {
    const { session, clock, network } = await withServer(DISCONNECTED);
    network.isRefusing = true;
    const refused = session.connect();
    await clock.advance(2);
    network.isRefusing = false;
    const token = session.connect();
    await clock.advance(2);
    expect([refused.outcome, token.outcome, session.state]).toEqual([
      "failed",
      "acked",
      "connected",
    ]);
  });

  it("tries again after a refusal under retryFirst, until it succeeds", async () => {
    const { session, clock, network } = await withServer({
      ...DISCONNECTED,
      reconnect: { retryFirst: true },
    });
    network.isRefusing = true;
    const token = session.connect();
    await clock.advance(30_000);
    expect(token.outcome).toBeUndefined();
    network.isRefusing = false;
    await clock.advance(20_010);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(session.epoch).toBeGreaterThan(2);
  });

  it("gives up at its deadline, and drops the attempt", async () => {
    const { session, clock, network, peer } = await withPeer(DISCONNECTED);
    const token = session.connect();
    network.link()?.hold("toServer");
    await clock.advance(9_999);
    expect(token.outcome).toBeUndefined();
    await clock.advance(1);
    expect(settled(token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
    expect([session.state, session.reconnectAt]).toEqual(["disconnected", null]);
    network.link()?.release("toServer");
    await clock.advance(10);
    expect([session.state, peer.heard, clock.pendingTimers]).toEqual(["disconnected", [], 0]);
  });

  it("gives up at a deadline of its own under retryFirst, also between two attempts", async () => {
    const { session, clock, network } = await withServer({
      ...DISCONNECTED,
      reconnect: { retryFirst: true, initialDelayMs: 100_000, maxDelayMs: 100_000 },
    });
    network.isRefusing = true;
    const token = session.connect({ deadlineMs: 500 });
    await clock.advance(499);
    expect(session.reconnectAt).toBeGreaterThan(clock.now());
    await clock.advance(1);
    expect(settled(token)).toEqual(["failed", "DEADLINE_BEFORE_WRITE"]);
    expect([session.state, session.reconnectAt, clock.pendingTimers]).toEqual([
      "disconnected",
      null,
      0,
    ]);
  });

  it("gives up when it is aborted", async () => {
    const { session, clock, network } = await withServer(DISCONNECTED);
    const controller = new AbortController();
    const token = session.connect({ signal: controller.signal });
    controller.abort();
    expect(settled(token)).toEqual(["unknown", "ABORTED"]);
    await clock.advance(10);
    expect(session.state).toBe("disconnected");
    expect(network.link()?.isOpen).toBe(false);
  });

  it("fails before anything was sent when its signal was aborted already", async () => {
    const { session, network } = await withServer(DISCONNECTED);
    const token = session.connect({ signal: AbortSignal.abort() });
    expect(settled(token)).toEqual(["failed", "ABORTED_BEFORE_WRITE"]);
    expect(network.links).toHaveLength(0);
  });

  it("fails what waits for it as certainly not sent when it gives up", async () => {
    const { session, clock, network } = await withServer(DISCONNECTED);
    session.connect({ deadlineMs: 100 });
    network.link()?.hold("toServer");
    const tokens = [
      session.request("m"),
      session.subscribe("a").token,
      ...ofWhole(() => session.authenticate("t")),
    ];
    await clock.advance(100);
    expect(tokens.map(({ outcome }) => outcome)).toEqual(tokens.map(() => "failed"));
  });

  it("tries now when it is called in backoff", async () => {
    const { session, clock, network } = await withServer({
      reconnect: { initialDelayMs: 20_000 },
    });
    network.link()?.cut();
    await clock.advance(1);
    expect(session.reconnectAt).toBeGreaterThan(clock.now() + 100);
    const token = session.connect();
    expect(session.state).toBe("connecting");
    await clock.advance(2);
    expect([token.outcome, session.epoch, session.reconnectAt]).toEqual(["acked", 2, null]);
  });

  it("ends an attempt at connectTimeoutMs, and goes on with the next under retryFirst", async () => {
    const { session, clock, network, peer } = await withPeer({
      ...DISCONNECTED,
      connectTimeoutMs: 300,
      reconnect: { retryFirst: true, initialDelayMs: 1 },
    });
    const token = session.connect();
    network.link()?.hold("toServer");
    await clock.advance(400);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect([peer.connections.length, session.epoch]).toEqual([1, 2]);
  });

  it("gives a state listener the time of the next attempt, and lets it subscribe at once", async () => {
    const { session, clock, network } = await withServer();
    const seen: unknown[] = [];
    session.on("state", ({ to }) => {
      if (to !== "disconnected") return;
      seen.push(typeof session.reconnectAt, session.subscribe("a").token.outcome);
    });
    network.link()?.cut();
    await clock.advance(1_000);
    expect(seen).toEqual(["number", undefined]);
    expect(session.state).toBe("subscribed");
  });

  it("lets operations be called right behind it, in a listener too", async () => {
    const { session, clock, network } = await withServer(DISCONNECTED);
    network.isRefusing = true;
    session.connect();
    const tokens: CompletionToken<unknown>[] = [];
    session.on("state", ({ from, to }) => {
      if (from !== "connecting" || to !== "disconnected") return;
      network.isRefusing = false;
      session.connect();
      tokens.push(session.subscribe("a").token);
    });
    await clock.advance(10);
    expect(tokens.map(settled)).toEqual([["acked", "frame"]]);
  });
});

describe("Session before connect()", () => {
  it("refuses every operation with NOT_CONNECTED", async () => {
    const { session, errors } = await withServer(DISCONNECTED);
    const tokens = [
      session.request("m"),
      session.subscribe("a").token,
      session.unsubscribe("a"),
      ...ofWhole(() => session.authenticate("t")),
    ];
    expect(tokens.map(settled)).toEqual(tokens.map(() => ["failed", "NOT_CONNECTED"]));
    expect(() => session.notify("n")).toThrow(expect.objectContaining({ code: "NOT_CONNECTED" }));
    expect(errors).toEqual(tokens.map(() => "NOT_CONNECTED"));
  });

  it("ends by its deadline, not as refused, where a connection has as long", async () => {
    const clock = new VirtualClock();
    // Time passes between any two looks at it, and a timer loses the part of its last millisecond.
    let drift = 0;
    const drifting: Clock = {
      now: () => {
        drift += 0.01;
        return clock.now() + drift;
      },
      setTimer: (callback, delayMs) => clock.setTimer(callback, Math.max(1, Math.trunc(delayMs))),
      clearTimer: (handle) => clock.clearTimer(handle),
    };
    const transport: Transport = {
      connect: (_target, listener) => ({
        bufferedBytes: 0,
        send() {},
        close() {},
        terminate: () => queueMicrotask(() => listener.closed(1_006, "")),
      }),
    };
    const { session } = await withPeer({
      connected: false,
      connectTimeoutMs: 100,
      environment: { clock: drifting, transport },
    });
    const token = session.connect();
    await clock.advance(110);
    expect([token.error?.code, token.outcome]).toEqual(["DEADLINE_EXCEEDED", "unknown"]);
  });
});
