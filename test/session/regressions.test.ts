import { describe, expect, it } from "vitest";
import { settled, withPeer, withServer } from "./support/world.ts";

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

  it("presents no fresh credentials behind its bye", async () => {
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

  it("does not wait for a loop whose body awaits it, though it was called before", async () => {
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
  it("counts no late answer where one topic was refused and others were granted", async () => {
    const { clock, session } = await withServer(
      {},
      { authorize: (_session, name) => name !== "b" },
    );
    const subscription = session.subscribe(["b", "a"]);
    await clock.advance(10);
    expect(settled(subscription.token)).toEqual(["failed", "TOPIC_REFUSED"]);
    expect(session.stats().lateAcks).toBe(0);
  });
});
