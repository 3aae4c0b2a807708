import { describe, expect, it } from "vitest";
import { BackplaneError, MemoryBackplane, type Position } from "../../src/backplane/index.ts";
import { SessionServer, type SessionServerOptions } from "../../src/server/session-server.ts";
import { TopicRegistry } from "../../src/server/topics/topic-registry.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { DelayedBackplane } from "../backplane/support/delayed-backplane.ts";
import { MemoryClient } from "./support/memory-client.ts";
import { createWorld } from "./support/world.ts";

const HELD = { topics: [{ topic: "a", since: { last: 5 } }] };

/** A client of a server whose backplane answers after 10 ms, with one event on topic a. */
async function delayedWorld(options: SessionServerOptions<never, Promise<Position>> = {}) {
  const clock = new VirtualClock();
  const backplane = new DelayedBackplane(clock, () => 10);
  const server = new SessionServer<never, Promise<Position>>({
    authorize: "public",
    ...options,
    clock,
    backplane,
  });
  const network = new MemoryNetwork({ clock });
  network.listen((connection, info) => server.accept(connection, info));
  backplane.memory.publish("a", '"one"');
  const client = await MemoryClient.connect(network, clock);
  return { clock, backplane, server, client, session: server.sessions[0] };
}

function decision(): { readonly promise: Promise<boolean>; readonly allow: () => void } {
  let allow = (): void => {};
  const promise = new Promise<boolean>((resolve) => {
    allow = () => resolve(true);
  });
  return { promise, allow };
}

describe("A subscribe that is decided late", () => {
  it("W-7.1 is answered GOING_AWAY where the client said bye meanwhile, and brings no event", async () => {
    const { promise, allow } = decision();
    const { server, clock, connect } = createWorld({ authorize: () => promise });
    server.topic("a").publish("before");
    const client = await connect();
    client.request(1, "topic.subscribe", HELD);
    client.request(2, "session.bye");
    await clock.advance(5);
    allow();
    await clock.advance(5);
    server.topic("a").publish("after");
    await clock.advance(5);
    expect(client.singles.map(({ id }) => id)).toEqual([1, 2]);
    expect(client.answer(1)?.error?.data.code).toBe("GOING_AWAY");
    expect(server.stats().subscriptions).toBe(0);
  });

  it("W-7.4 is answered GOING_AWAY where the server closes the session meanwhile, and brings no event", async () => {
    const { promise, allow } = decision();
    const { server, clock, connect } = createWorld({ authorize: () => promise });
    server.topic("a").publish("before");
    server.method("hang", () => new Promise(() => {}));
    const client = await connect();
    client.request(1, "topic.subscribe", HELD);
    client.request(2, "hang");
    await clock.advance(5);
    const receipt = server.sessions[0]?.close();
    allow();
    await clock.advance(5);
    expect(client.answer(1)?.error?.data.code).toBe("GOING_AWAY");
    server.topic("a").publish("after");
    await clock.advance(5_000);
    expect(client.heardOf("topic.event")).toEqual([]);
    expect(await receipt).toMatchObject({ subscribed: {}, unanswered: 1 });
  });

  it.each([
    ["joins the topic", 5],
    ["reads the history", 15],
  ])(
    "W-7.1 is answered GOING_AWAY where the bye comes while the backplane %s",
    async (_when, afterMs) => {
      const { clock, backplane, server, client } = await delayedWorld();
      client.request(1, "topic.subscribe", HELD);
      await clock.advance(afterMs);
      client.request(2, "session.bye");
      await clock.advance(50);
      backplane.memory.publish("a", '"two"');
      await clock.advance(50);
      expect(client.singles.map(({ id }) => id)).toEqual([1, 2]);
      expect(client.answer(1)?.error?.data.code).toBe("GOING_AWAY");
      expect(client.answer(2)?.result).toEqual({ notifications: 0 });
      expect(server.stats()).toMatchObject({ subscriptions: 0 });
    },
  );

  it("W-5.9 is answered with the code of a revoke that came first, without a topic.closed or an event", async () => {
    const { clock, backplane, server, client, session } = await delayedWorld();
    const told: string[] = [];
    server.on("subscribed", (_session, topic) => told.push(`+${topic}`));
    server.on("unsubscribed", (_session, topic) => told.push(`-${topic}`));
    client.request(1, "topic.subscribe", HELD);
    await clock.advance(15);
    expect(session?.revoke("a", "MOVED")).toBe(true);
    await clock.advance(50);
    backplane.memory.publish("a", '"two"');
    await clock.advance(50);
    expect(client.singles).toEqual([
      { jsonrpc: "2.0", id: 1, result: { topics: [{ topic: "a", code: "MOVED" }] } },
    ]);
    expect(told).toEqual([]);
    const again = await client.ask(2, "topic.unsubscribe", { topics: ["a"] });
    expect(again?.result).toEqual({ topics: [{ topic: "a", code: "NOT_SUBSCRIBED" }] });
  });

  it("is answered with the code of a delete of its topic that came first", async () => {
    const { clock, server, client } = await delayedWorld();
    client.request(1, "topic.subscribe", HELD);
    await clock.advance(15);
    void server.topic("a" as never).delete();
    await clock.advance(50);
    expect(client.singles).toEqual([
      { jsonrpc: "2.0", id: 1, result: { topics: [{ topic: "a", code: "DELETED" }] } },
    ]);
    expect(server.stats()).toMatchObject({ subscriptions: 0 });
  });

  it("W-5.9 brings no event behind the topic.closed of a topic that a listener of the one before it revokes", async () => {
    const { server, clock, connect } = createWorld();
    for (const topic of ["a", "b"]) server.topic(topic).publish(topic);
    const told: string[] = [];
    server.on("subscribed", (session, topic) => {
      told.push(topic);
      session.revoke("b");
    });
    const client = await connect();
    const since = { last: 1 };
    client.request(1, "topic.subscribe", {
      topics: [
        { topic: "a", since },
        { topic: "b", since },
      ],
    });
    await clock.advance(5);
    expect(client.singles.map(({ method }) => method)).toEqual([
      undefined,
      "topic.event",
      "topic.event",
      "topic.closed",
    ]);
    expect(told).toEqual(["a"]);
  });
});

describe("A subscribe to topics of which the backplane fails one", () => {
  it("keeps nothing of those that it brings later", async () => {
    const { clock, backplane, server, client } = await delayedWorld();
    const join = backplane.join.bind(backplane);
    backplane.join = (topic, listener) =>
      topic === "bad"
        ? Promise.reject(new BackplaneError("BACKPLANE_UNAVAILABLE", "gone"))
        : join(topic, listener);
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }, { topic: "bad" }] });
    await clock.advance(50);
    expect(client.answer(1)?.error?.data.code).toBe("METHOD_FAILED");
    expect(server.stats()).toMatchObject({ subscriptions: 0 });
    client.request(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(50);
    expect(client.answer(2)?.result).toMatchObject({ topics: [{ topic: "a", seq: 1 }] });
  });

  it("gives their places under maxTopicsPerSession back", async () => {
    const { clock, backplane, client } = await delayedWorld({ limits: { maxTopicsPerSession: 1 } });
    backplane.failure = new BackplaneError("BACKPLANE_UNAVAILABLE", "gone");
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(50);
    backplane.failure = undefined;
    client.request(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(50);
    expect(client.answer(2)?.result).toMatchObject({ topics: [{ topic: "a", seq: 1 }] });
  });

  it("does not take a topic for joined whose join has just failed", async () => {
    const backplane = new MemoryBackplane();
    let joins = 0;
    backplane.join = () => {
      joins += 1;
      return Promise.reject(new Error("gone")) as never;
    };
    const registry = new TopicRegistry(backplane, {
      maxHeldBytes: 1_000,
      maxEventBytes: 1_000,
      latency: null,
      onOversized: () => {},
    });
    const reader = { deliver: () => {} };
    const asked = [registry.subscribe("a", reader)];
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
      asked.push(registry.subscribe("a", reader));
    }
    const settled = await Promise.allSettled(asked.map(async (one) => one));
    expect(settled.map(({ status }) => status)).toEqual(asked.map(() => "rejected"));
    expect(joins).toBeGreaterThan(1);
    expect(registry.subscriptions).toBe(0);
  });
});

describe("A backplane that throws at once", () => {
  function throwing(method: "join" | "read") {
    const { promise, allow } = decision();
    const backplane = new MemoryBackplane();
    backplane.publish("a", '"one"');
    backplane[method] = () => {
      throw new BackplaneError("BACKPLANE_UNAVAILABLE", "gone");
    };
    const world = createWorld({ authorize: () => promise, backplane });
    const errors: string[] = [];
    world.server.on("error", ({ code }) => errors.push(code));
    return { ...world, allow, errors };
  }

  it.each([
    ["join", "topic.subscribe", HELD],
    ["read", "topic.subscribe", HELD],
    ["read", "topic.history", HELD.topics[0]],
  ] as const)("from %s fails a late %s alone", async (method, request, params) => {
    const { clock, connect, allow, errors, server } = throwing(method);
    const client = await connect();
    client.request(1, request, params);
    await clock.advance(5);
    allow();
    await clock.advance(5);
    expect(client.answer(1)?.error?.data.code).toBe("METHOD_FAILED");
    expect((await client.ask(2, "session.ping"))?.result).toBeNull();
    expect(errors).toEqual(["BACKPLANE_FAILED"]);
    expect(server.stats().subscriptions).toBe(0);
  });

  it("in the middle of a replay ends that subscription as FAILED", async () => {
    const backplane = new MemoryBackplane();
    const limits = { maxPendingBytes: 2_000, highWatermarkBytes: 500, lowWatermarkBytes: 100 };
    const { server, network, clock, connect } = createWorld({ backplane, limits });
    for (let count = 0; count < 50; count += 1) server.topic("a").publish("x".repeat(100));
    const client = await connect();
    network.link()?.hold("toClient");
    client.request(1, "topic.subscribe", { topics: [{ topic: "a", since: { last: 50 } }] });
    await clock.advance(5);
    backplane.read = () => {
      throw new BackplaneError("BACKPLANE_UNAVAILABLE", "gone");
    };
    network.link()?.release("toClient");
    await clock.advance(1_500);
    expect(client.heardOf("topic.closed")).toEqual([{ topic: "a", lastSeq: 50, code: "FAILED" }]);
    expect((await client.ask(2, "session.ping"))?.result).toBeNull();
  });
});
