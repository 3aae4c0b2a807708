import { afterEach, describe, expect, it } from "vitest";
import type { DeliveryPolicy } from "../../src/protocol/json-rpc/messages.ts";
import { resolveLimits } from "../../src/server/server-limits.ts";
import type { ServerSession } from "../../src/server/server-session.ts";
import type { MemoryClient } from "./support/memory-client.ts";
import { closeServers, serve, until } from "./support/serve.ts";
import { BareClient } from "./support/sockets.ts";
import { DATA, type EventParams, eventsOf, stalled } from "./support/stalled.ts";
import { createWorld } from "./support/world.ts";

afterEach(closeServers);

describe("a subscriber that is behind (W-5.4)", () => {
  it("under reliable gets every event, up to the hard limit", async () => {
    const { client, publish, release } = await stalled({ type: "reliable" });
    publish(10);
    await release();
    expect(eventsOf(client)).toEqual(
      Array.from({ length: 10 }, (_, index) => [index + 1, undefined]),
    );
  });

  it("under latest gets what was written before, then the newest, which stands for the others", async () => {
    const { client, publish, release, server } = await stalled({ type: "latest" });
    publish(10);
    expect(server.stats()).toMatchObject({ behind: 1, heldMessages: 1, eventsConflated: 7 });
    await release();
    expect(eventsOf(client)).toEqual([
      [1, undefined],
      [2, undefined],
      [10, 8],
    ]);
    expect(server.stats()).toMatchObject({ behind: 0, heldMessages: 0, heldBytes: 0 });
    publish(1);
    await release();
    expect(eventsOf(client).at(-1)).toEqual([11, undefined]);
  });

  it("under latest with a key gets the newest of each key, in the order of their numbers", async () => {
    const delivery: DeliveryPolicy = { type: "latest", key: "side" };
    const { client, publish, release } = await stalled(delivery);
    publish(2);
    const sides = ["buy", 7, "buy", { a: 1 }, null, 7, { a: 1 }, undefined, "sell"];
    publish(sides.length, (index) => ({ side: sides[index], data: DATA }));
    // Neither an object, nor one with that member: one key together.
    publish(2, (index) => [index, DATA]);
    await release();
    expect(eventsOf(client).slice(2)).toEqual([
      [5, 2],
      [7, undefined],
      [8, 2],
      [9, 2],
      [11, undefined],
      [13, 3],
    ]);
  });

  it("under drop-oldest gets the newest so many, the first of which stands for the dropped", async () => {
    const { client, publish, release } = await stalled({ type: "drop-oldest", maxEvents: 3 });
    publish(10);
    await release();
    expect(eventsOf(client)).toEqual([
      [1, undefined],
      [2, undefined],
      [8, 6],
      [9, undefined],
      [10, undefined],
    ]);
  });

  it("under sample gets one event an interval, behind or not, and the last one without a new one", async () => {
    const { client, publish, release, clock } = await stalled({
      type: "sample",
      intervalMs: 1_000,
    });
    await release();
    publish(3);
    await clock.advance(5);
    expect(eventsOf(client)).toEqual([[1, undefined]]);
    await clock.advance(1_010);
    expect(eventsOf(client).slice(1)).toEqual([[3, 2]]);
    await clock.advance(5_000);
    publish(1);
    await clock.advance(5);
    expect(eventsOf(client).slice(2)).toEqual([[4, undefined]]);
  });

  it("leaves no timer when it is gone before its interval is over", async () => {
    const world = await stalled({ type: "sample", intervalMs: 3_600_000 });
    await world.release();
    world.publish(5);
    expect(world.server.stats().heldMessages).toBe(1);
    world.client.terminate();
    await world.clock.advance(5);
    expect(world.server.stats()).toMatchObject({ sessions: 0, heldMessages: 0, heldBytes: 0 });
    await world.clock.advance(2_000);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it("under sample, catching up on a history, gets its newest event alone", async () => {
    const { publish, release, connect } = await stalled({ type: "reliable" });
    publish(5);
    await release();
    const client = await connect();
    const delivery = { type: "sample", intervalMs: 50 };
    const item = { topic: "a", since: { last: 4 }, delivery };
    await client.ask(1, "topic.subscribe", { topics: [item] });
    expect(eventsOf(client)).toEqual([[5, 4]]);
  });

  it("is written what is held before the answer to its unsubscribe, before topic.closed and before bye's answer, which says up to where (W-5.10, W-7.1)", async () => {
    const ends = [
      (client: MemoryClient) => client.request(2, "topic.unsubscribe", { topics: ["a"] }),
      (client: MemoryClient) => client.request(2, "session.bye", {}),
      (_client: MemoryClient, session: ServerSession) => session.revoke("a"),
      (_client: MemoryClient, session: ServerSession) => void session.close(),
    ];
    for (const end of ends) {
      const { client, publish, release, session, clock } = await stalled({ type: "latest" });
      publish(9);
      end(client, session);
      await clock.advance(5);
      await release();
      expect(eventsOf(client)).toEqual([
        [1, undefined],
        [2, undefined],
        [9, 7],
      ]);
      const last = client.singles.at(-1);
      if (last?.method !== "topic.event") expect(JSON.stringify(last)).toMatch(/9/);
    }
    const { client, publish, release, clock } = await stalled({ type: "latest" });
    publish(9);
    client.request(2, "session.bye", {});
    await clock.advance(5);
    await release();
    expect(client.answer(2)?.result).toEqual({ notifications: 0, lastSeq: { a: 9 } });
  });

  it("has its part of the hard limit held for it too: 4408 above (W-7.6)", async () => {
    const { client, publish, release, server, clock } = await stalled(
      { type: "latest", key: "n" },
      { limits: { maxPendingBytes: 2_000 } },
    );
    publish(30, (n) => ({ n, data: DATA }));
    expect(server.stats()).toMatchObject({ slowClosed: 1, heldMessages: 0, heldBytes: 0 });
    await release();
    await clock.advance(5_000);
    expect(client.closed?.code).toBe(4408);
  });

  it("holds fewer under drop-oldest where more would not fit, and stays (W-7.6)", async () => {
    const { client, publish, release, server } = await stalled(
      { type: "drop-oldest", maxEvents: 1_000 },
      { limits: { maxPendingBytes: 2_000 } },
    );
    publish(100);
    const { heldBytes, bufferedBytes } = server.stats();
    expect(heldBytes + bufferedBytes).toBeLessThanOrEqual(2_000);
    await release();
    const events = eventsOf(client);
    expect(events.at(-1)).toEqual([100, undefined]);
    expect(events.reduce((sum, [, conflated = 1]) => sum + conflated, 0)).toBe(100);
    expect(client.closed).toBeNull();
  });

  describe("under drop-oldest, whatever fills its limit, is not closed for it (W-7.6)", () => {
    const policy = { type: "drop-oldest", maxEvents: 1_000_000 } as const;
    const options = { limits: { maxPendingBytes: 2_000 } };

    async function brimful() {
      const world = await stalled(policy, { limits: { maxPendingBytes: 5_000 } });
      world.publish(100);
      return world;
    }

    function expectWhole(client: MemoryClient, lastSeq: number): void {
      const counts = eventsOf(client).map(([, conflated = 1]) => conflated);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(lastSeq);
      expect(eventsOf(client).at(-1)?.[0]).toBe(lastSeq);
      expect(client.closed).toBeNull();
    }

    it("nor for the first event of a second topic", async () => {
      const { client, server, clock, network, release } = await stalled(policy, options);
      network.link()?.release("toClient");
      await client.ask(2, "topic.subscribe", { topics: [{ topic: "b", delivery: policy }] });
      network.link()?.hold("toClient");
      for (let count = 0; count < 60; count += 1) server.topic("a").publish(DATA);
      for (let count = 0; count < 60; count += 1) server.topic("b").publish(DATA);
      const { heldBytes, bufferedBytes } = server.stats();
      expect(heldBytes + bufferedBytes).toBeLessThanOrEqual(2_000);
      await release();
      await clock.advance(5);
      expect(client.closed).toBeNull();
      const events = client.heardOf("topic.event") as (EventParams & { topic: string })[];
      for (const topic of ["a", "b"]) {
        const own = events.filter((event) => event.topic === topic);
        expect(own.reduce((sum, { conflated = 1 }) => sum + conflated, 0)).toBe(60);
        expect(own.at(-1)?.seq).toBe(60);
      }
    });

    it("nor for an answer, a notification, or one with a key", async () => {
      const { client, server, session, clock, release } = await brimful();
      client.request(2, "session.ping", { padding: DATA });
      server.method("echo", (value) => value);
      client.request(3, "echo", { value: DATA.repeat(20) });
      await clock.advance(5);
      expect(session.notify("note" as never, { value: DATA } as never)).toBe(true);
      expect(session.send("note" as never, { value: DATA } as never, { key: "k" })).toBe("queued");
      await release();
      expect(client.answer(3)?.result).toEqual({ value: DATA.repeat(20) });
      expect(client.heardOf("note")).toHaveLength(2);
      expectWhole(client, 100);
    });

    it("nor for a reliable topic beside it, which loses nothing", async () => {
      const { client, server, clock, network, publish, release } = await stalled(policy, options);
      network.link()?.release("toClient");
      await client.ask(2, "topic.subscribe", { topics: [{ topic: "b" }] });
      network.link()?.hold("toClient");
      publish(100);
      for (let count = 0; count < 6; count += 1) server.topic("b").publish(DATA);
      await release();
      await clock.advance(5);
      const events = client.heardOf("topic.event") as (EventParams & { topic: string })[];
      expect(events.filter(({ topic }) => topic === "b").map(({ seq }) => seq)).toEqual([
        1, 2, 3, 4, 5, 6,
      ]);
      const own = events.filter(({ topic }) => topic === "a");
      expect(own.reduce((sum, { conflated = 1 }) => sum + conflated, 0)).toBe(100);
      expect(client.closed).toBeNull();
    });

    it.each([
      ["topic.unsubscribe", { topics: ["a"] }],
      ["session.bye", {}],
    ])("nor for what is held and the answer to its %s", async (method, params) => {
      const { client, clock, release } = await brimful();
      client.request(2, method, params);
      await clock.advance(5);
      await release();
      expect(client.answer(2)?.result).toBeDefined();
      expectWhole(client, 100);
    });
  });

  it("costs nobody else anything: another subscriber of the topic gets every event", async () => {
    const { connect, publish, clock } = await stalled({ type: "latest" });
    const other = await connect();
    await other.ask(1, "topic.subscribe", {
      topics: [{ topic: "a", delivery: { type: "latest" } }],
    });
    publish(9);
    await clock.advance(5);
    expect(eventsOf(other)).toEqual(
      Array.from({ length: 9 }, (_, index) => [index + 1, undefined]),
    );
  });

  it.each([
    [{ type: "latest", key: "" }],
    [{ type: "latest", key: "k".repeat(129) }],
    [{ type: "latest", key: 1 }],
    [{ type: "sample", intervalMs: 86_400_001 }],
    [{ type: "drop-oldest", maxEvents: 1_000_001 }],
  ])("cannot have the policy %j", async (delivery) => {
    const client = await createWorld().connect();
    const answer = await client.ask(1, "topic.subscribe", { topics: [{ topic: "a", delivery }] });
    expect(answer?.error?.data.code).toBe("INVALID_PARAMS");
  });
});

describe("a reader that pauses for an hour", () => {
  const POLICIES: readonly (readonly [DeliveryPolicy, number])[] = [
    [{ type: "latest" }, 1],
    [{ type: "latest", key: "k" }, 4],
    [{ type: "sample", intervalMs: 60_000 }, 1],
    [{ type: "drop-oldest", maxEvents: 20 }, 20],
  ];

  it.each(POLICIES)(
    "under %j holds a bounded part, and then gets the last value",
    async (delivery, held) => {
      const { client, publish, release, clock, server } = await stalled(delivery, {
        history: { maxEvents: 10 },
        limits: { maxPendingBytes: 40_000 },
      });
      for (let minute = 0; minute < 60 * 6; minute += 1) {
        publish(20, (index) => ({ k: index % 4, data: DATA }));
        // It still writes, so it is not taken for gone.
        client.request(`ping ${minute}`, "session.ping");
        await clock.advance(10_000);
        const stats = server.stats();
        expect(stats.heldMessages).toBeLessThanOrEqual(held);
        expect(stats.heldBytes + stats.bufferedBytes).toBeLessThanOrEqual(40_000);
      }
      await release();
      const events = eventsOf(client);
      expect(events.at(-1)?.[0]).toBe(7_200);
      expect(events.reduce((sum, [, conflated = 1]) => sum + conflated, 0)).toBe(7_200);
      expect(client.closed).toBeNull();
    },
  );

  it("under reliable is closed 4408 at the limit; one that says nothing at all, 4411 (W-1.6, W-7.6)", async () => {
    const loud = await stalled({ type: "reliable" }, { limits: { maxPendingBytes: 20_000 } });
    for (let count = 0; count < 1_000; count += 1) loud.publish(1);
    expect(loud.server.stats()).toMatchObject({ slowClosed: 1, closes: {} });
    expect(loud.server.stats().bufferedBytes).toBeLessThanOrEqual(20_000);
    await loud.clock.advance(5_000);
    expect(loud.server.stats()).toMatchObject({
      sessions: 0,
      bufferedBytes: 0,
      closes: { 4408: 1 },
    });
    const silent = await stalled({ type: "latest" });
    silent.publish(100);
    await silent.clock.advance(3_600_000);
    expect(silent.server.stats()).toMatchObject({
      sessions: 0,
      heldMessages: 0,
      closes: { 4411: 1 },
    });
  });
});

describe("the watermarks", () => {
  it("fit the limit on pending bytes where they are not given", () => {
    expect(resolveLimits()).toMatchObject({
      highWatermarkBytes: 131_072,
      lowWatermarkBytes: 32_768,
    });
    expect(resolveLimits({ maxPendingBytes: 1_000 })).toMatchObject({
      highWatermarkBytes: 500,
      lowWatermarkBytes: 125,
    });
    expect(resolveLimits({ highWatermarkBytes: 400 }).lowWatermarkBytes).toBe(100);
  });

  it("throw RangeError where they are out of order, with both values", () => {
    expect(() => resolveLimits({ highWatermarkBytes: 5e6 })).toThrow(
      "highWatermarkBytes must be at most maxPendingBytes (4194304), got 5000000",
    );
    expect(() => resolveLimits({ lowWatermarkBytes: 200_000 })).toThrow(
      "lowWatermarkBytes must be at most highWatermarkBytes (131072), got 200000",
    );
  });
});

describe.each([[false], [true]])("over a real socket, compressed: %s", (perMessageDeflate) => {
  it("a reader that takes nothing has one event held, and has the last one as soon as it reads", async () => {
    const { server, url } = await serve({
      perMessageDeflate,
      limits: { maxEventBytes: 200_000, sweepIntervalMs: 1e9, idleTimeoutMs: 1e9 },
    });
    const client = await new BareClient(url, { perMessageDeflate }).opened();
    const delivery = { type: "latest" };
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a", delivery }] });
    client.socket.pause();
    const topic = server.topic("a");
    // Random, so that compression does not make it small.
    const data = Array.from({ length: 20_000 }, () =>
      Math.random().toString(36).slice(2, 7),
    ).join();
    while (server.stats().heldMessages === 0 || server.stats().eventsConflated < 50) {
      topic.publish(data);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(server.stats()).toMatchObject({ behind: 1, heldMessages: 1, slowClosed: 0 });
    const { seq } = topic.position;
    client.socket.resume();
    await client.until(
      ({ method, params }) => method === "topic.event" && (params as EventParams).seq === seq,
    );
    const events = client.heard.filter(({ method }) => method === "topic.event");
    const sum = events.reduce(
      (total, { params }) => total + ((params as EventParams).conflated ?? 1),
      0,
    );
    expect(sum).toBe(seq);
    await until(() => server.stats().behind === 0);
    client.socket.terminate();
  });
});
