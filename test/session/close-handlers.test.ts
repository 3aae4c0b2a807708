import { describe, expect, it } from "vitest";
import { whole } from "./support/client.ts";
import { SlowHandler } from "./support/slow-handler.ts";
import { withPeer, withServer } from "./support/world.ts";

describe("Session.close and handlers", () => {
  it("lets handlers finish with everything that was received before", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    session.subscribe("a").on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    const token = session.close();
    for (let turn = 0; turn < 2; turn += 1) {
      await clock.advance(100);
      slow.finish();
    }
    await clock.advance(10);
    expect(slow.log).toEqual(["a1", "/a1", "a2", "/a2"]);
    expect(await token).toMatchObject({ clean: true, handlersAborted: 0 });
  });

  whole("gives slow ones at most half of what is left, then counts them and says bye", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    const subscription = session.subscribe(["a", "b"]);
    subscription.on("event", slow.handle);
    session.subscribe("c", { order: "none" }).on("event", slow.handle);
    session.onNotification(() => new Promise(() => {}));
    await clock.advance(10);
    for (const event of ["a1", "a2", "b1", "c1", "c2"])
      peer.event(event.slice(0, 1), Number(event.slice(1)));
    peer.notify("alert", 1);
    await clock.advance(10);
    const token = session.close({ deadlineMs: 1_000 });
    await clock.advance(520);
    const receipt = await token;
    expect(receipt.handlersAborted).toBe(slow.running + 1);
    expect(receipt).toMatchObject({ clean: false, closeCode: 1_000, unknown: [] });
    expect(receipt.elapsedMs).toBeLessThan(520);
    expect(session.stats().discardedEvents).toBe(1);
    while (slow.running > 0) slow.finish();
    await clock.advance(10);
    expect(slow.log.filter((line) => !line.startsWith("/"))).toEqual(["a1", "b1", "c1", "c2"]);
  });

  it("waits for a handler that an unsubscribe had no time for", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    const subscription = session.subscribe("a");
    subscription.on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    const left = subscription.unsubscribe({ deadlineMs: 100 });
    await clock.advance(200);
    expect(left.outcome).toBe("acked");
    const token = session.close({ deadlineMs: 1_000 });
    await clock.advance(100);
    expect([slow.running, token.outcome]).toEqual([1, undefined]);
    slow.finish();
    await clock.advance(10);
    expect(await token).toMatchObject({ clean: true, handlersAborted: 0 });
  });

  it("counts a handler that an unsubscribe had no time for, and the close neither", async () => {
    const { session, clock, peer } = await withPeer();
    const slow = new SlowHandler();
    const subscription = session.subscribe("a");
    subscription.on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    subscription.unsubscribe({ deadlineMs: 100 });
    await clock.advance(200);
    const token = session.close({ deadlineMs: 1_000 });
    await clock.advance(520);
    expect(await token).toMatchObject({ clean: false, handlersAborted: 1, closeCode: 1_000 });
    slow.finish();
    await clock.advance(10);
  });

  it("does not wait for such a handler when it is the one that closes", async () => {
    const { session, clock, peer } = await withPeer();
    const clean: boolean[] = [];
    let goOn = (): void => {};
    const subscription = session.subscribe("a");
    subscription.on("event", async () => {
      const unsubscribed = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      await unsubscribed;
      clean.push((await session.close()).clean);
    });
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    subscription.unsubscribe({ deadlineMs: 100 });
    await clock.advance(200);
    goOn();
    await clock.advance(20);
    expect([session.state, clean]).toEqual(["closed", [true]]);
  });

  it("from inside a handler, synchronously, does not wait for that handler", async () => {
    const { session, clock, server } = await withServer();
    const clean: boolean[] = [];
    session.subscribe("a").on("event", () => session.close().then((r) => void clean.push(r.clean)));
    await clock.advance(10);
    server.topic("a").publish(1);
    await clock.advance(20);
    expect([session.state, clean]).toEqual(["closed", [true]]);
  });

  it("from inside a handler, after an await, does not wait for that handler", async () => {
    const { session, clock, server } = await withServer();
    server.method("m", () => 1);
    const clean: boolean[] = [];
    session.subscribe("a").on("event", async () => {
      await session.request("m");
      clean.push((await session.close()).clean);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    await clock.advance(20);
    expect([session.state, clean]).toEqual(["closed", [true]]);
  });

  whole("from inside a notification's handler does not wait for that handler", async () => {
    const { session, clock, server } = await withServer();
    const clean: boolean[] = [];
    session.onNotification(async () => {
      clean.push((await session.close()).clean);
    });
    server.sessions[0]?.notify("alert", 1);
    await clock.advance(20);
    expect(clean).toEqual([true]);
  });

  whole("from inside a for-await body does not wait for that body", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe("a");
    const log: unknown[] = [];
    const loop = (async () => {
      for await (const { seq } of subscription) log.push(seq, (await session.close()).clean);
      log.push("end");
    })();
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    await clock.advance(20);
    await loop;
    expect(log).toEqual([1, true, "end"]);
  });

  it("from inside a second handler joins the close that runs, and does not wait for that one either", async () => {
    const { session, clock, server } = await withServer();
    const clean: boolean[] = [];
    const subscription = session.subscribe(["a", "b"]);
    subscription.on("event", async () => {
      clean.push((await session.close()).clean);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("b").publish(1);
    await clock.advance(30);
    expect(clean).toEqual([true, true]);
  });

  it("throws away what nobody ever listened to, and is clean", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    const token = session.close();
    await clock.advance(20);
    expect(await token).toMatchObject({ clean: true });
    expect(subscription.discardedEvents).toBe(1);
  });

  it("delivers nothing once it has settled", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    const slow = new SlowHandler();
    subscription.on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    await clock.advance(10);
    const token = session.close({ deadlineMs: 200 });
    await clock.advance(200);
    expect(token.outcome).toBe("unknown");
    slow.finish();
    await clock.advance(100);
    expect(slow.log).toEqual(["a1", "/a1"]);
  });

  it("handles what was received before a lost link, also when the link is lost while closing", async () => {
    const { session, clock, peer, network } = await withPeer();
    const slow = new SlowHandler();
    session.subscribe("a").on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    await clock.advance(10);
    const token = session.close();
    network.link()?.cut();
    await clock.advance(10);
    slow.finish();
    await clock.advance(10);
    slow.finish();
    await clock.advance(10);
    expect(slow.log).toEqual(["a1", "/a1", "a2", "/a2"]);
    expect((await token).handlersAborted).toBe(0);
  });

  it("in backoff waits for handlers that are still busy", async () => {
    const { session, clock, peer, network } = await withPeer();
    const slow = new SlowHandler();
    session.subscribe("a").on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(1);
    const token = session.close();
    await clock.advance(10);
    expect([token.outcome, session.state]).toEqual([undefined, "disconnected"]);
    expect(session.request("m").error?.code).toBe("SESSION_CLOSING");
    slow.finish();
    await clock.advance(10);
    expect(await token).toMatchObject({ clean: true, handlersAborted: 0 });
    expect(session.state).toBe("closed");
  });
});
