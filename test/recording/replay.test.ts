import { describe, expect, it } from "vitest";
import { replaySession } from "../../src/recording/replay.ts";
import { recordedWorld } from "./support.ts";

describe("replaySession", () => {
  it("brings another session through the same events to the same state, byte for byte", async () => {
    const { session, clock, server, network, recorded, text } = recordedWorld();
    server.method("echo", (params) => params);
    session.connect();
    await clock.advance(5);
    const quotes = session.subscribe("quotes:A");
    quotes.on("event", () => {});
    await clock.advance(5);
    server.topic("quotes:A").publish({ price: "1.5" });
    session.request("echo", { a: [1, "two", null] });
    await clock.advance(5);
    network.link()?.cut();
    await clock.advance(5_000);
    server.topic("quotes:A").publish({ price: "1.6" });
    await clock.advance(5);
    quotes.unsubscribe();
    await clock.advance(5);
    session.close();
    await clock.advance(50);
    recorded.end();
    expect(session.state).toBe("closed");
    const replay = await replaySession(text());
    expect(replay).toMatchObject({ isComplete: true, isTorn: false });
    expect(replay.session.state).toBe("closed");
    expect(replay.session.stats()).toEqual(session.stats());
    expect(replay.lines.length).toBeGreaterThan(50);
  });

  it("knows what was called from inside listeners, handlers, loops and callbacks, and when each ended", async () => {
    let attempts = 0;
    const world = recordedWorld({
      credentials: async () => {
        await Promise.resolve();
        attempts += 1;
        if (attempts === 2) throw new Error("no token today");
        return `good-token-${attempts}`;
      },
      reconnect: { initialDelayMs: 10, shouldReconnect: (code) => code !== 4401 },
      interceptors: [(message) => (message.type === "goaway" ? false : undefined)],
    });
    const { session, clock, server, network, recorded, text } = world;
    server.method("slow", async () => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 40));
      return 1;
    });
    const aborter = new AbortController();
    session.on("state", ({ to }) => {
      // Nested in the session's own work: during the continuation of the credentials' promise, too.
      if (to === "authenticating") session.request("slow", undefined, { signal: aborter.signal });
      if (to === "subscribed") session.notify("seen", { to });
    });
    session.connect();
    const trades = session.subscribe(["trades:A", "trades:B"], { order: "connection" });
    trades.on("event", async ({ seq }) => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 7));
      if (seq === 2) throw new Error("a handler's");
      if (seq === 3) await trades.unsubscribe();
    });
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { seq } of session.subscribe("loop:A")) {
        seen.push(seq);
        if (seq === 3) break;
      }
    })();
    await clock.advance(20);
    for (let count = 0; count < 4; count += 1) {
      server.topic("trades:A").publish(count);
      server.topic("loop:A").publish(count);
      await clock.advance(3);
    }
    aborter.abort();
    network.link()?.cut();
    await clock.advance(200);
    session.onNotification(() => {});
    const remove = session.intercept((message) => ({ ...message }));
    session.request("no.such.method");
    await clock.advance(10);
    remove();
    session.request("cyclic", 5n as never);
    await loop;
    session.close({ reason: "enough" });
    await clock.advance(100);
    recorded.end();
    expect([session.state, seen, attempts]).toEqual(["closed", [1, 2, 3], 3]);
    const replay = await replaySession(text());
    expect(replay.session.stats()).toEqual(session.stats());
    const kinds = new Set(replay.lines.map((line) => line.in ?? line.out));
    for (const kind of ["settled", "aborted", "inside", "callback", "handler", "fraction"])
      expect([...kinds]).toContain(kind);
  });

  it("knows which listeners failed, at once and later, among others that did not", async () => {
    const { session, clock, recorded, text } = recordedWorld();
    const off = session.on("state", () => {
      throw new Error("removed before it could");
    });
    off();
    session.on("state", ({ to }) => {
      if (to === "subscribed") session.request("odd");
    });
    session.on("state", ({ to }) => {
      if (to === "connected") session.subscribe("a");
      throw new Error("not here");
    });
    // To the compiler they are listeners like any other.
    const rejecting = async (): Promise<void> => {
      await Promise.resolve();
      throw new Error("not there");
    };
    const rejectingOnce = async ({ type }: { readonly type: string }): Promise<void> => {
      if (type === "connect_complete") throw new Error("later");
    };
    session.on("error", rejecting as () => void);
    session.on("event", rejectingOnce as (record: { readonly type: string }) => void);
    session.connect();
    await clock.advance(20);
    session.close();
    await clock.advance(50);
    recorded.end();
    expect(text().match(/"out":"error","code":"OBSERVER_FAILED"/g)?.length).toBeGreaterThan(4);
    const replay = await replaySession(text());
    expect(replay).toMatchObject({ isComplete: true, isTorn: false });
    expect(replay.session.stats()).toEqual(session.stats());
  });
});
