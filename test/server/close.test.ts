import { describe, expect, it } from "vitest";
import type { ServerReceipt, SessionReceipt } from "../../src/server/closing/receipts.ts";
import { createWorld, secret } from "./support/world.ts";

function gate<T>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe("serverSession.close", () => {
  it("W-7.4 takes no new request, answers what is under way, then closes with its code", async () => {
    const work = gate<string>();
    const { connect, clock, server } = createWorld();
    server.method("slow", () => work.promise);
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    client.request(2, "slow");
    await clock.advance(5);
    const session = server.sessions[0];
    const closing = session?.close({ code: 4403, reason: "banned" });
    expect(session?.close()).toBe(closing);
    server.topic("a").publish(1);
    client.request(3, "slow");
    client.request(4, "topic.unsubscribe", { topics: ["a"] });
    client.request(5, "session.ping");
    await clock.advance(5);
    expect(client.answer(3)?.error?.data.code).toBe("GOING_AWAY");
    expect(client.answer(4)?.result).toEqual({ topics: [{ topic: "a", code: "NOT_SUBSCRIBED" }] });
    expect(client.answer(5)?.result).toBeNull();
    expect(client.closed).toBeNull();
    work.open("done");
    await clock.advance(5);
    expect(client.answer(2)?.result).toBe("done");
    expect(client.heardOf("topic.event")).toEqual([]);
    expect(client.closed).toEqual({ code: 4403, reason: "banned" });
    expect(await closing).toMatchObject({
      clean: true,
      farewell: "handshake",
      subscribed: { a: 0 },
      unanswered: 0,
      closeCode: 4403,
    });
    expect(clock.pendingTimers).toBe(0);
    expect(await session?.close()).toBe(await closing);
  });

  it("begins the handshake before the deadline, and says what is left", async () => {
    const signals: AbortSignal[] = [];
    const { connect, clock, server } = createWorld();
    server.method("hang", (_params, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const client = await connect();
    client.request(1, "hang");
    client.request(2, "hang");
    await clock.advance(5);
    let receipt: SessionReceipt | undefined;
    void server.sessions[0]?.close({ deadlineMs: 1_000 }).then((value) => {
      receipt = value;
    });
    await clock.advance(799);
    expect(receipt).toBeUndefined();
    await clock.advance(10);
    expect(receipt).toMatchObject({ clean: false, unanswered: 2, closeCode: 1000 });
    expect(signals[0]?.aborted).toBe(true);
    expect(signals).toHaveLength(1);
  });

  it("settles at its deadline when the client is mute", async () => {
    const { connect, clock, server, network } = createWorld();
    await connect();
    network.link()?.cut("both");
    let receipt: SessionReceipt | undefined;
    void server.sessions[0]?.close({ deadlineMs: 1_000 }).then((value) => {
      receipt = value;
    });
    await clock.advance(1_001);
    expect(receipt).toMatchObject({ clean: false, farewell: "lost", closeCode: 1006 });
    expect(receipt?.elapsedMs).toBeLessThanOrEqual(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it("answers a bye that was pending, and closes behind it", async () => {
    const work = gate<string>();
    const { connect, clock, server } = createWorld();
    server.method("slow", () => work.promise);
    const client = await connect();
    client.request(1, "slow");
    client.request(2, "session.bye");
    await clock.advance(5);
    void server.sessions[0]?.close({ code: 4000 });
    work.open("done");
    await clock.advance(5);
    expect(client.singles.map((wire) => wire.id)).toEqual([1, 2]);
    expect(client.closed?.code).toBe(4000);
  });

  it.each([
    ["a method", 2, "logout", {}],
    ["a listener of an unsubscribe", 2, "topic.unsubscribe", { topics: ["a"] }],
    ["a listener of a bye", 2, "session.bye", {}],
    ["authorize", 2, "topic.subscribe", { topics: [{ topic: "b" }] }],
  ])("W-7.4 that %s calls at once comes behind the answer", async (_who, id, method, params) => {
    const { connect, clock, server } = createWorld({
      authorize: (session, topic) => {
        if (topic === "b") void session.close();
        return topic === "a";
      },
    });
    server.method("logout", (_params, { session }) => {
      void session.close();
      return "bye";
    });
    server.on("unsubscribed", (session) => void session.close());
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await client.ask(id, method, params);
    expect(client.answer(id)).toBeDefined();
    await clock.advance(5);
    expect(client.closed?.code).toBe(1000);
  });

  it("W-7.3 of the server, called by a method that answers at once, comes behind the answer", async () => {
    const { connect, clock, server } = createWorld();
    server.method("stop", () => {
      void server.close();
      return "stopping";
    });
    const client = await connect();
    expect((await client.ask(1, "stop"))?.result).toBe("stopping");
    await clock.advance(5);
    expect(client.closed?.code).toBe(1012);
  });

  it("refuses options out of their range", async () => {
    const { connect, server } = createWorld();
    await connect();
    const session = server.sessions[0];
    expect(() => session?.close({ deadlineMs: -1 })).toThrow("got -1");
    expect(() => session?.close({ code: 1001 })).toThrow("got 1001");
    expect(() => session?.close({ code: 4000.5 })).toThrow("got 4000.5");
    expect(() => session?.close({ reason: "가".repeat(50) })).toThrow("got 150");
  });
});

describe("server.close", () => {
  it("W-7.3 asks clients to say bye, lets methods run, and hands back clean receipts", async () => {
    const work = gate<string>();
    const { connect, clock, server, network } = createWorld();
    server.method("slow", () => work.promise);
    const client = await connect();
    await client.ask(1, "session.hello", { session: secret(1) });
    await client.ask(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    const closing = server.close({ deadlineMs: 2_000 });
    expect(server.close()).toBe(closing);
    server.topic("a").publish("still");
    client.request(3, "slow");
    client.request(4, "topic.subscribe", { topics: [{ topic: "b" }] });
    await clock.advance(5);
    expect(client.heardOf("session.goaway")).toEqual([{ deadlineMs: 2_000 }]);
    expect(client.heardOf("topic.event")).toHaveLength(1);
    expect(client.answer(4)?.error?.data.code).toBe("GOING_AWAY");
    const late = await connect();
    expect(late.closed?.code).toBe(1012);
    client.request(5, "topic.unsubscribe", { topics: ["a"] });
    client.request(6, "session.bye", { lastSeq: { a: 1 } });
    work.open("done");
    await clock.advance(5);
    expect(client.answer(3)?.result).toBe("done");
    expect(client.answer(6)?.result).toEqual({ notifications: 0 });
    expect(client.closed).toBeNull();
    client.close();
    await clock.advance(5);
    expect(await closing).toMatchObject({
      clean: true,
      sessions: [{ farewell: "bye", closeCode: 1000, lastSeqSeen: { a: 1 } }],
    });
    expect(network.links.every((link) => !link.isOpen)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it("W-7.3 closes 1012 who never said hello as soon as nothing is under way", async () => {
    const work = gate<string>();
    const { connect, clock, server } = createWorld({ authenticate: () => ({ userId: "u" }) });
    server.method("slow", () => work.promise);
    const unknown = await connect();
    await unknown.ask(1, "session.hello", { session: secret(1) });
    const idle = await connect();
    const busy = await connect();
    await idle.ask(1, "session.authenticate", { token: "t" });
    await busy.ask(1, "session.authenticate", { token: "t" });
    busy.request(2, "slow");
    await clock.advance(5);
    const closing = server.close();
    await clock.advance(5);
    expect(unknown.closed?.code).toBe(1012);
    expect(idle.closed?.code).toBe(1012);
    expect(busy.closed).toBeNull();
    work.open("done");
    await clock.advance(5);
    expect(busy.answer(2)?.result).toBe("done");
    expect(busy.closed?.code).toBe(1012);
    expect(await closing).toMatchObject({ clean: true });
  });

  it("W-7.3 W-5.10 writes what waits for its interval before it closes who never said hello", async () => {
    const { connect, clock, server } = createWorld();
    const client = await connect();
    const delivery = { type: "sample", intervalMs: 1_000 };
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a", delivery }] });
    for (const data of [1, 2, 3]) server.topic("a").publish(data);
    void server.close();
    await clock.advance(5);
    expect(client.closed?.code).toBe(1012);
    expect(client.heardOf("topic.event")).toEqual([
      { topic: "a", seq: 1, data: 1 },
      { topic: "a", seq: 3, data: 3, conflated: 2 },
    ]);
  });

  it("settles at its deadline, whatever clients do", async () => {
    const { connect, clock, server, network } = createWorld();
    server.method("hang", () => new Promise(() => {}));
    const deaf = await connect();
    await deaf.ask(1, "session.hello", { session: secret(1) });
    const mute = await connect();
    await mute.ask(1, "session.hello", { session: secret(2) });
    mute.request(2, "hang");
    await clock.advance(5);
    network.link(1)?.cut("both");
    let receipt: ServerReceipt | undefined;
    void server.close({ deadlineMs: 1_000 }).then((value) => {
      receipt = value;
    });
    await clock.advance(1_001);
    expect(receipt?.clean).toBe(false);
    expect(receipt?.elapsedMs).toBeLessThanOrEqual(1_000);
    expect(receipt?.sessions).toMatchObject([
      { farewell: "lost", closeCode: 1006 },
      { farewell: "handshake", closeCode: 1012, unanswered: 1 },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits for a session that is being closed already", async () => {
    const { connect, clock, server } = createWorld();
    await connect();
    const session = server.sessions[0];
    const own = session?.close({ code: 4000 });
    const closing = server.close();
    await clock.advance(5);
    expect((await closing).sessions).toEqual([await own]);
    const second = createWorld();
    const client = await second.connect();
    await client.ask(1, "session.hello", { session: secret(1) });
    const all = second.server.close();
    const one = second.server.sessions[0]?.close({ code: 4000 });
    await second.clock.advance(5);
    expect(client.closed?.code).toBe(4000);
    expect((await all).sessions).toEqual([await one]);
  });

  it("refuses a deadline out of its range, and listening afterwards", async () => {
    const { server } = createWorld();
    expect(() => server.close({ deadlineMs: Number.NaN })).toThrow(RangeError);
    await server[Symbol.asyncDispose]();
    await expect(server.listen(0)).rejects.toMatchObject({ code: "SERVER_CLOSED" });
  });
});

describe("a session whose link is lost", () => {
  it("W-3.8 leaves nothing behind, and says what it did not answer", async () => {
    const { connect, clock, server, network } = createWorld({
      authenticate: () => ({ userId: "u" }),
    });
    const started: unknown[] = [];
    const receipts: SessionReceipt[] = [];
    const ended: unknown[] = [];
    server.method("hang", (params) => {
      started.push(params);
      return new Promise(() => {});
    });
    server.on("closed", (_session, receipt) => receipts.push(receipt));
    server.on("unsubscribed", (_session, topic, _lastSeq, code) => ended.push([topic, code]));
    const client = await connect();
    await client.ask(1, "session.authenticate", { token: "t" });
    await client.ask(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    client.request(3, "hang", 1);
    client.request(4, "hang", 2);
    await clock.advance(5);
    const session = server.sessions[0];
    network.link()?.cut();
    await clock.advance(5);
    expect(receipts).toMatchObject([
      { clean: false, farewell: "lost", unanswered: 2, userId: "u" },
    ]);
    expect(ended).toEqual([["a", "CLOSED"]]);
    expect(started).toEqual([1]);
    expect(session?.isOpen).toBe(false);
    expect(session?.notify("alert", {})).toBe(false);
    expect(await session?.close()).toEqual(receipts[0]);
    expect(server.stats()).toMatchObject({ sessions: 0, users: 0, subscriptions: 0, topics: 0 });
    expect(clock.pendingTimers).toBe(0);
  });
});
