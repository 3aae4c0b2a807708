import { describe, expect, it } from "vitest";
import type { CompletionToken } from "../../src/session/tokens/completion-token.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { describeWhole, expectCounted, whole } from "./support/client.ts";
import { PeerFailure } from "./support/scripted-peer.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

const noop = (): void => {};

/** Resolves after ten milliseconds of the world's clock. */
function slowly(clock: VirtualClock): Promise<true> {
  return new Promise((resolve) => {
    clock.setTimer(() => resolve(true), 10);
  });
}

describe("Session.close", () => {
  it("before the connection is open is clean, with operations that wait for it", async () => {
    const { clock, session, errors } = await withServer({ connected: false });
    session.connect();
    const subscription = session.subscribe("a");
    const request = session.request("echo");
    const close = session.close();
    await clock.advance(10);
    expect(settled(close)).toEqual(["acked", "local"]);
    expect(settled(subscription.token)).toEqual(["failed", "SESSION_CLOSED"]);
    expect(settled(request)).toEqual(["failed", "SESSION_CLOSED"]);
    expect(errors).not.toContain("INTERNAL");
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a close that was called before", () => {
  it("does not wait for a handler that awaits it", async () => {
    const { clock, server, session } = await withServer();
    const subscription = session.subscribe("a");
    subscription.on("event", async () => {
      await session.close();
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    const close = session.close();
    await clock.advance(20);
    expect(settled(close)).toEqual(["acked", "frame"]);
  });

  whole(
    "is carried out though a handler of the same event stops the session: what is in flight is still answered",
    async () => {
      const { clock, server, session } = await withServer();
      server.method("slow", () => slowly(clock));
      const stopping = session.subscribe("a", { onHandlerFailure: "stop-session" });
      stopping.on("event", () => {
        throw new Error("handler");
      });
      const closing = session.subscribe("a");
      const closes: CompletionToken<unknown>[] = [];
      closing.on("event", () => {
        closes.push(session.close());
      });
      await clock.advance(10);
      server.topic("a").publish(1);
      const request = session.request("slow");
      await clock.advance(100);
      expect(settled(request)).toEqual(["acked", "frame"]);
      expect(closes.map(settled)).toEqual([["acked", "frame"]]);
      expect(session.state).toBe("closed");
    },
  );

  it("tells how many notifications were sent, with those that waited for the credentials", async () => {
    const { clock, server, session } = await withServer(
      { credentials: "good", connected: false },
      { authenticate: () => ({ userId: "u" }) },
    );
    server.method("note", () => null);
    session.connect();
    await clock.advance(2);
    expect(session.state).toBe("authenticating");
    expect(session.notify("note")).toBe("queued");
    const close = session.close();
    await clock.advance(20);
    expect(await close).toMatchObject({ clean: true, notifications: { sent: 1, arrived: 1 } });
  });

  whole("presents no fresh credentials behind its bye", async () => {
    const { clock, peer, session } = await withPeer({ credentials: () => "token" });
    peer.on("session.authenticate", () => ({ userId: "u", expiresInMs: 90 })).mute("session.bye");
    session.connect();
    await clock.advance(10);
    session.authenticate();
    await clock.advance(10);
    session.close({ deadlineMs: 200 });
    await clock.advance(300);
    expect(peer.methods.at(-1)).toBe("session.bye");
  });

  it("names a topic once that was left and subscribed anew", async () => {
    const { clock, peer, session } = await withPeer();
    peer.mute("topic.subscribe", "topic.unsubscribe");
    const first = session.subscribe("a");
    await clock.advance(10);
    first.unsubscribe();
    session.subscribe("a");
    const close = session.close({ deadlineMs: 50 });
    await clock.advance(60);
    expect(await close).toMatchObject({ clean: false, unsubscribed: [], unknown: ["a"] });
  });
});

describe("Subscription.unsubscribe", () => {
  it("does not wait for a handler that awaits it, though it was called before", async () => {
    const { clock, server, session } = await withServer();
    const subscription = session.subscribe("a");
    subscription.on("event", async () => {
      await subscription.unsubscribe();
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    const leaving = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(leaving)).toEqual(["acked", "frame"]);
  });

  whole("does not wait for a loop whose body awaits it, though it was called before", async () => {
    const { clock, server, session } = await withServer();
    const subscription = session.subscribe("a");
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { seq } of subscription) {
        seen.push(seq);
        await subscription.unsubscribe();
      }
    })();
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    const leaving = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(leaving)).toEqual(["acked", "frame"]);
    await loop;
    expect(seen).toEqual([1]);
  });
});

describe("a subscribe of several topics", () => {
  whole("counts no late answer where one topic was refused and others were granted", async () => {
    const { clock, session } = await withServer(
      {},
      { authorize: (_session, name) => name !== "b" },
    );
    const subscription = session.subscribe(["b", "a"]);
    await clock.advance(10);
    expect(settled(subscription.token)).toEqual(["failed", "TOPIC_REFUSED"]);
    expect(session.stats().lateAcks).toBe(0);
  });

  it("starts each topic where it was when it became this subscription's", async () => {
    const { clock, server, session } = await withServer(
      {},
      { authorize: (_session, name) => name === "a" || slowly(clock) },
    );
    session.subscribe("a");
    await clock.advance(10);
    const both = session.subscribe(["a", "b"]);
    const seen: number[] = [];
    both.on("event", ({ seq }) => {
      seen.push(seq);
    });
    server.topic("a").publish(1);
    await clock.advance(30);
    expect(seen).toEqual([1]);
    expect((await both.token).positions["a"]?.seq).toBe(0);
  });

  it("stays pending where only some of them are unsubscribed", async () => {
    const { clock, session } = await withServer({ connected: false });
    session.connect();
    const both = session.subscribe(["a", "b"]);
    session.unsubscribe("a");
    expect(settled(both.token)).toEqual([undefined, undefined]);
    await clock.advance(10);
    expect(settled(both.token)).toEqual(["acked", "frame"]);
    expect(both.position("b")?.seq).toBe(0);
  });
});

describe("a subscribe that is unsubscribed before its answer", () => {
  it("ends as unknown where another subscription keeps the topic", async () => {
    const { clock, session } = await withServer();
    const first = session.subscribe("a");
    const second = session.subscribe("a");
    first.unsubscribe();
    await clock.advance(10);
    expect(settled(first.token)).toEqual(["unknown", "ABORTED"]);
    expect(settled(second.token)).toEqual(["acked", "frame"]);
  });

  it("ends when the unsubscribe is aborted, and so before a close", async () => {
    const { clock, peer, session } = await withPeer();
    peer.mute("topic.subscribe", "topic.unsubscribe");
    const subscription = session.subscribe("a");
    const controller = new AbortController();
    const leaving = subscription.unsubscribe({ signal: controller.signal });
    await clock.advance(5);
    controller.abort();
    expect(settled(leaving)).toEqual(["unknown", "ABORTED"]);
    expect(settled(subscription.token)).toEqual(["unknown", "ABORTED"]);
  });
});

describe("an unsubscribe whose link is lost", () => {
  it("settles behind the handlers of what was received before", async () => {
    const { clock, server, network, session } = await withServer();
    const subscription = session.subscribe("a");
    const log: string[] = [];
    subscription.on("event", async ({ seq }) => {
      log.push(`event ${seq}`);
      await slowly(clock);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    await clock.advance(1);
    const leaving = subscription.unsubscribe();
    leaving.then(noop, () => log.push("settled"));
    network.link()?.cut();
    await clock.advance(100);
    expect(log).toEqual(["event 1", "event 2", "settled"]);
    expect(settled(leaving)).toEqual(["unknown", "LINK_LOST"]);
  });
});

describeWhole("a for await loop", () => {
  it("has an event before the gap behind it is told", async () => {
    const { clock, peer, session } = await withPeer();
    const subscription = session.subscribe("a");
    const log: string[] = [];
    subscription.on("gap", ({ from, to }) => {
      log.push(`gap ${from} to ${to}`);
    });
    void (async () => {
      for await (const { seq } of subscription) {
        log.push(`event ${seq}`);
        await slowly(clock);
      }
    })();
    await clock.advance(10);
    for (const seq of [1, 2, 4]) peer.event("a", seq);
    await clock.advance(100);
    expect(log).toEqual(["event 1", "event 2", "gap 3 to 3", "event 4"]);
  });
});

describe("an unsubscribe of what is off the wire already", () => {
  it("still waits for the handlers", async () => {
    const { clock, server, session } = await withServer();
    const subscription = session.subscribe("a");
    const log: string[] = [];
    subscription.on("event", async ({ seq }) => {
      log.push(`event ${seq}`);
      await slowly(clock);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    session.unsubscribe("a");
    await clock.advance(5);
    subscription.unsubscribe().then(() => log.push("settled"), noop);
    await clock.advance(100);
    expect(log).toEqual(["event 1", "event 2", "settled"]);
  });
});

describeWhole("credentials that are refused in a close", () => {
  it("do not keep what was live before from being unsubscribed", async () => {
    const { clock, peer, session } = await withPeer();
    peer.on("session.authenticate", () => {
      throw new PeerFailure(-32_601);
    });
    session.subscribe("a");
    await clock.advance(10);
    session.authenticate("token");
    const close = session.close();
    await clock.advance(20);
    expect(peer.methods.slice(-2)).toEqual(["topic.unsubscribe", "session.bye"]);
    expect(await close).toMatchObject({ clean: true, unsubscribed: ["a"] });
  });
});

describe("a session that fails", () => {
  it("fails what its own callback asks for before it says no", async () => {
    const tokens: CompletionToken<unknown>[] = [];
    const { clock, network, session, errors } = await withServer({
      reconnect: {
        shouldReconnect: () => {
          tokens.push(session.request("echo"), session.subscribe("b").token);
          return false;
        },
      },
    });
    network.link()?.cut();
    await clock.advance(1);
    expect(session.state).toBe("error");
    expect(tokens.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
    expect(errors).not.toContain("INTERNAL");
    session.close();
    await clock.advance(5);
    expect(clock.pendingTimers).toBe(0);
  });

  whole("fails what was asked for between the failure and its turn", async () => {
    const { clock, server, session } = await withServer();
    session.subscribe("a", { onHandlerFailure: "stop-session" }).on("event", () => {
      throw new Error("stop");
    });
    const tokens: CompletionToken<unknown>[] = [];
    session.subscribe("a").on("event", () => {
      tokens.push(session.request("echo"), session.authenticate("token"));
      tokens.push(session.subscribe("b").token);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    await clock.advance(1);
    expect(session.state).toBe("error");
    const failed = ["failed", "SESSION_FAILED"];
    expect(tokens.map(settled)).toEqual([failed, failed, failed]);
    session.close();
    await clock.advance(5);
    expect(clock.pendingTimers).toBe(0);
  });

  whole("throws away at its close what waits for handlers, and says that they ran", async () => {
    const { clock, peer, session } = await withPeer();
    peer.on("session.authenticate", () => {
      throw new PeerFailure(-32_001);
    });
    const seen: number[] = [];
    const subscription = session.subscribe("a");
    subscription.on("event", async ({ seq }) => {
      seen.push(seq);
      await slowly(clock);
    });
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    session.authenticate("token");
    await clock.advance(5);
    expect(session.state).toBe("error");
    const close = session.close();
    await clock.advance(50);
    expect(seen).toEqual([1]);
    expect(await close).toMatchObject({ clean: false, handlersAborted: 1 });
    expect(subscription.discardedEvents).toBe(1);
  });
});

describe("an event before the answer to its subscribe", () => {
  it("is not taken for the topic's, though it is being unsubscribed", async () => {
    const { clock, peer, session } = await withPeer();
    peer.mute("topic.subscribe", "topic.unsubscribe");
    const subscription = session.subscribe("a");
    const gaps: unknown[] = [];
    subscription.on("gap", (gap) => {
      gaps.push(gap);
    });
    subscription.unsubscribe();
    await clock.advance(2);
    peer.event("a", 2);
    const topics = [{ topic: "a", epoch: "e", seq: 1, recovered: false }];
    peer.answer(peer.calls("topic.subscribe")[0], { topics });
    await clock.advance(2);
    expect(gaps).toEqual([]);
    expect(subscription.position("a")).toEqual({ epoch: "e", seq: 1 });
    expectCounted(session, { strayEvents: 1 });
  });
});
