import { describe, expect, it } from "vitest";
import { Session as BrowserSession } from "../../src/core/browser.ts";
import { Session as NodeSession } from "../../src/core/index.ts";
import * as nodeEntry from "../../src/core/with-authentication.ts";
import * as browserEntry from "../../src/core/with-authentication-browser.ts";
import type { Transport } from "../../src/session/connection/transport.ts";
import type { CompletionToken } from "../../src/session/tokens/completion-token.ts";
import { FakeServer } from "../../src/testing/fake-server.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { failureOf, type PeerWorld, settled, withPeer } from "../session/support/world.ts";

const UNCONNECTED = { connected: false } as const;

describe("the entries of the core session", () => {
  it.each([
    ["Node", NodeSession],
    ["browsers", BrowserSession],
  ])("for %s take the transport and the clock that they are given", async (_where, Session) => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork({ clock });
    network.listen(new FakeServer().accept);
    const session = new Session({ url: "ws://memory/" }, { clock, transport: network.transport() });
    const states: unknown[] = [];
    const stop = session.on("state", ({ from, to, epoch }) => states.push([from, to, epoch]));
    session.connect();
    await clock.advance(10);
    stop();
    const block = (async () => {
      await using used = session;
      expect(used.state).toBe("connected");
    })();
    await clock.advance(10);
    await block;
    expect([session.state, session.epoch, session.reconnectAt]).toEqual(["closed", 1, null]);
    expect(states).toEqual([
      ["disconnected", "connecting", 0],
      ["connecting", "connected", 1],
    ]);
  });

  it("with authentication are those without it, and authentication()", () => {
    expect(nodeEntry.Session).toBe(NodeSession);
    expect(browserEntry.Session).toBe(BrowserSession);
    expect(browserEntry.authentication).toBe(nodeEntry.authentication);
  });
});

describe("a transport that throws", () => {
  const cause = new Error("an insecure connection from a secure page");
  const throwing: Transport = {
    connect: () => {
      throw cause;
    },
  };

  it("refuses the first connection, with its error as the cause", async () => {
    const world = await withPeer({ ...UNCONNECTED, environment: { transport: throwing } });
    const { session, clock, errors } = world;
    const token = session.connect();
    const request = session.request("m");
    expect((await failureOf(token)).cause).toBe(cause);
    expect([settled(token), settled(request)]).toEqual([
      ["failed", "CONNECT_REFUSED"],
      ["failed", "NOT_CONNECTED"],
    ]);
    expect([session.state, errors, clock.pendingTimers]).toEqual([
      "disconnected",
      ["CONNECT_REFUSED", "NOT_CONNECTED"],
      0,
    ]);
  });

  it("can be given up in a listener, before it is noticed", async () => {
    const world = await withPeer({ ...UNCONNECTED, environment: { transport: throwing } });
    const { session, clock } = world;
    const controller = new AbortController();
    session.on("state", ({ to }) => {
      if (to === "connecting") controller.abort();
    });
    const token = session.connect({ signal: controller.signal });
    expect(settled(token)).toEqual(["failed", "ABORTED_BEFORE_WRITE"]);
    expect([session.state, clock.pendingTimers]).toEqual(["disconnected", 0]);
  });

  it("at a write is told, what it wrote ends as unknown, and the queue goes on", async () => {
    const peer = { transport: throwing };
    const transport: Transport = {
      connect(target, listener) {
        const connection = peer.transport.connect(target, listener);
        return {
          bufferedBytes: 0,
          close: (code, reason) => connection.close(code, reason),
          terminate: () => connection.terminate(),
          send(text) {
            if (text.includes("broken")) throw cause;
            connection.send(text);
          },
        };
      },
    };
    const world = await withPeer({ ...UNCONNECTED, environment: { transport } });
    const { session, clock, errors } = world;
    peer.transport = world.network.transport();
    world.peer.on("m", () => 1);
    session.connect();
    await clock.advance(10);
    const tokens = [session.request("broken"), session.request("m")];
    await clock.advance(5_000);
    expect(tokens.map(settled)).toEqual([
      ["unknown", "DEADLINE_EXCEEDED"],
      ["acked", "frame"],
    ]);
    expect(errors).toEqual(["INTERNAL", "DEADLINE_EXCEEDED"]);
  });
});

/** Each brings a session to a state. */
const STATES: Readonly<Record<string, () => Promise<PeerWorld>>> = {
  disconnected: () => withPeer(UNCONNECTED),
  connecting: async () => {
    const world = await withPeer(UNCONNECTED);
    world.session.connect();
    return world;
  },
  connected: () => withPeer(),
  authenticating: async () => {
    const world = await withPeer({ ...UNCONNECTED, credentials: "t" });
    world.session.connect();
    await world.clock.advance(2.5);
    return world;
  },
  authenticated: () => withPeer({ credentials: "t" }),
  subscribing: async () => {
    const world = await withPeer();
    world.session.subscribe("a");
    return world;
  },
  subscribed: async () => {
    const world = await withPeer();
    world.session.subscribe("a");
    await world.clock.advance(10);
    return world;
  },
};

describe("close()", () => {
  it.each(Object.entries(STATES))(
    "in state %s ends in closed, clean, with nothing left",
    async (state, make) => {
      const { session, clock, states } = await make();
      expect(session.state).toBe(state);
      const token = session.close();
      expect(session.close({ deadlineMs: 1 })).toBe(token);
      expect(settled(session.request("m"))[0]).toBe("failed");
      await clock.advance(20);
      expect((await token).clean).toBe(true);
      expect([session.state, states.at(-1), clock.pendingTimers]).toEqual(["closed", "closed", 0]);
      expect(session.close()).toBe(token);
    },
  );

  it("in backoff, with a connect() that waits, ends both", async () => {
    const { session, clock, network } = await withPeer();
    network.isRefusing = true;
    network.link()?.cut();
    await clock.advance(1);
    const connect = session.connect();
    await clock.advance(3);
    expect(session.state).toBe("disconnected");
    const close = session.close();
    expect([connect, close].map(settled)).toEqual([
      ["failed", "SESSION_CLOSED"],
      ["acked", "local"],
    ]);
    await clock.advance(60_000);
    expect([session.state, network.links.length, clock.pendingTimers]).toEqual(["closed", 2, 0]);
  });

  it("in state error leaves it, and counts the handlers that run on", async () => {
    const { session, clock, peer } = await withPeer({
      reconnect: { shouldReconnect: () => false },
    });
    const subscription = session.subscribe("a");
    subscription.on("event", () => new Promise(() => {}));
    await clock.advance(10);
    for (const seq of [1, 2]) peer.event("a", seq);
    await clock.advance(10);
    peer.cut();
    await clock.advance(10);
    expect(session.state).toBe("error");
    expect(await session.close()).toMatchObject({ clean: false, handlersAborted: 1 });
    expect([session.state, subscription.discardedEvents, clock.pendingTimers]).toEqual([
      "error",
      1,
      0,
    ]);
  });

  it("in backoff ends at its deadline, and counts the handlers that run on", async () => {
    const { session, clock, peer, network } = await withPeer();
    const subscription = session.subscribe("a");
    subscription.on("event", () => new Promise(() => {}));
    await clock.advance(10);
    for (const seq of [1, 2]) peer.event("a", seq);
    await clock.advance(10);
    network.isRefusing = true;
    network.link()?.cut();
    await clock.advance(1);
    const close = session.close({ deadlineMs: 100 });
    await clock.advance(100);
    expect(await close).toMatchObject({
      clean: false,
      handlersAborted: 1,
      unsubscribed: ["a"],
      closeCode: null,
    });
    expect([session.state, subscription.discardedEvents]).toEqual(["closed", 1]);
  });

  it("throws away what nobody listened to of a topic that the peer has ended, and is clean", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.event("a", 1);
    peer.notify("topic.closed", { topic: "a", lastSeq: 1, code: "DELETED" });
    await clock.advance(10);
    const close = session.close();
    await clock.advance(20);
    expect([(await close).clean, subscription.discardedEvents]).toEqual([true, 1]);
  });

  it("lets an unsubscribe that waits for handlers end with it", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    subscription.on("event", () => new Promise(() => {}));
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    const leaving = subscription.unsubscribe({ deadlineMs: Infinity });
    const close = session.close({ deadlineMs: 100 });
    await clock.advance(100);
    expect(await close).toMatchObject({ clean: false, handlersAborted: 1 });
    expect([settled(leaving), session.state]).toEqual([["acked", "frame"], "closed"]);
  });

  it("is joined by a handler that calls it again, also while it waits for that handler", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const clean: boolean[] = [];
    let goOn: () => void = () => {};
    subscription.on("event", async () => {
      await new Promise<void>((resolve) => (goOn = resolve));
      clean.push((await session.close()).clean);
    });
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    const close = session.close();
    await clock.advance(10);
    expect(close.outcome).toBeUndefined();
    goOn();
    await clock.advance(20);
    expect([clean, (await close).clean]).toEqual([[true], true]);
  });
});

describe("connect()", () => {
  it("while the session comes back by itself waits for that attempt", async () => {
    const { session, clock, network } = await withPeer();
    network.link()?.cut();
    await clock.advance(1);
    await clock.advance((session.reconnectAt ?? 0) - clock.now());
    expect(session.state).toBe("connecting");
    const token = session.connect();
    await clock.advance(5);
    expect([settled(token), network.links.length]).toEqual([["acked", "frame"], 2]);
  });
});

describe("an answer and an abort in one message's time", () => {
  it("end what they are about by whichever came first", async () => {
    const { session, clock, peer } = await withPeer();
    const controller = new AbortController();
    session.subscribe("a").on("event", () => controller.abort());
    await clock.advance(10);
    const token = session.request("m", undefined, { signal: controller.signal });
    await clock.advance(10);
    const { id } = peer.calls("m")[0] ?? {};
    const event = { jsonrpc: "2.0", method: "topic.event", params: { topic: "a", seq: 1 } };
    peer.say([{ jsonrpc: "2.0", id, result: 7 }, event]);
    await clock.advance(10);
    expect([settled(token), controller.signal.aborted]).toEqual([["acked", "frame"], true]);
  });
});

describe("listeners", () => {
  it("that throw are told as OBSERVER_FAILED, but for those of errors", async () => {
    const { session, clock, network, errors } = await withPeer();
    session.on("state", () => {
      throw new Error("state");
    });
    session.on("error", () => {
      throw new Error("error");
    });
    network.link()?.cut();
    await clock.advance(1);
    expect(errors).toEqual(["CONNECTION_LOST", "OBSERVER_FAILED"]);
    expect(session.state).toBe("disconnected");
  });

  it("are heard once for each time that they were added, until they are removed", async () => {
    const { session } = await withPeer(UNCONNECTED);
    let heard = 0;
    const listener = (): void => {
      heard += 1;
    };
    const [first, second] = [session.on("state", listener), session.on("state", listener)];
    session.connect();
    first();
    session.close();
    second();
    expect(heard).toBe(2 + 2);
  });

  it("may ask for what the state behind the failure refuses: it fails, and is told", async () => {
    const tokens: CompletionToken<unknown>[] = [];
    const notes: string[] = [];
    const { session, clock, network, errors } = await withPeer({
      reconnect: {
        shouldReconnect: () => {
          tokens.push(session.request("m"), session.subscribe("b").token, session.connect());
          notes.push(session.notify("note"));
          return false;
        },
      },
    });
    network.link()?.cut();
    await clock.advance(1);
    expect([session.state, notes]).toEqual(["error", ["queued"]]);
    expect(tokens.map(settled)).toEqual(Array(3).fill(["failed", "SESSION_FAILED"]));
    expect(errors.filter((code) => code === "SESSION_FAILED")).toHaveLength(4);
  });
});

describe("what a peer says that is no answer", () => {
  it("is told where it makes no sense, refused where it calls a method, and else of no consequence", async () => {
    const { session, clock, peer, errors } = await withPeer();
    peer.say("{").say([1]).notify("anything", 1).say({ jsonrpc: "2.0", id: 99, result: 1 });
    peer.say({ jsonrpc: "2.0", id: "x", method: "ask" });
    await clock.advance(10);
    expect(errors).toEqual(["PROTOCOL_VIOLATION", "PROTOCOL_VIOLATION"]);
    expect(peer.heardElse.map((text) => JSON.parse(text))).toMatchObject([
      { id: "x", error: { code: -32_601 } },
    ]);
    expect(session.state).toBe("connected");
  });
});
