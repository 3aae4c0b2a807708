import { describe, expect, it } from "vitest";
import type { Wire } from "./support/memory-client.ts";
import { createWorld } from "./support/world.ts";

/** A promise that a test settles. */
function gate<T>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

const ids = (wires: readonly unknown[]): unknown[] => wires.map((wire) => (wire as Wire).id);

describe("topic requests", () => {
  it("W-4.4 wait for an earlier one on the same topic, a pending authorize included", async () => {
    const decision = gate<boolean>();
    const { connect, clock, server } = createWorld({ authorize: () => decision.promise });
    const client = await connect();
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    client.request(2, "topic.unsubscribe", { topics: ["a"] });
    client.request(3, "topic.unsubscribe", { topics: ["b"] });
    await clock.advance(5);
    expect(ids(client.heard)).toEqual([3]);
    decision.open(true);
    await clock.advance(5);
    expect(ids(client.heard)).toEqual([3, 1, 2]);
    expect(client.answer(1)?.result).toMatchObject({ topics: [{ topic: "a", seq: 0 }] });
    expect(client.answer(2)?.result).toEqual({ topics: [{ topic: "a", lastSeq: 0 }] });
    expect(server.stats().topics).toBe(0);
  });

  it("W-4.2 give the position of the answer, not of the request", async () => {
    const decision = gate<boolean>();
    const { connect, clock, server } = createWorld({ authorize: () => decision.promise });
    const client = await connect();
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(5);
    server.topic("a").publish("before");
    decision.open(true);
    await clock.advance(5);
    server.topic("a").publish("after");
    await clock.advance(5);
    expect(client.answer(1)?.result).toMatchObject({ topics: [{ seq: 1 }] });
    expect(client.heardOf("topic.event")).toEqual([{ topic: "a", seq: 2, data: "after" }]);
  });

  it("W-4.4 run a request on two topics when its turn has come on both", async () => {
    const decisions = new Map([
      ["a", gate<boolean>()],
      ["b", gate<boolean>()],
      ["c", gate<boolean>()],
    ]);
    const asked: string[] = [];
    const { connect, clock } = createWorld({
      authorize: (_session, topic) => {
        asked.push(topic);
        return decisions.get(topic)?.promise ?? false;
      },
    });
    const client = await connect();
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    client.request(2, "topic.subscribe", { topics: [{ topic: "b" }] });
    client.request(3, "topic.unsubscribe", { topics: ["a", "b"] });
    client.request(4, "topic.subscribe", { topics: [{ topic: "b" }, { topic: "c" }] });
    await clock.advance(5);
    expect(asked).toEqual(["a", "b"]);
    decisions.get("b")?.open(true);
    await clock.advance(5);
    expect(ids(client.heard)).toEqual([2]);
    decisions.get("a")?.open(true);
    await clock.advance(5);
    expect(ids(client.heard)).toEqual([2, 1, 3]);
    decisions.get("c")?.open(false);
    await clock.advance(5);
    expect(client.answer(4)?.result).toMatchObject({
      topics: [
        { topic: "b", seq: 0 },
        { topic: "c", code: "FORBIDDEN" },
      ],
    });
  });

  it("W-4.3 W-3.7 do not wait for methods, and neither does session.ping", async () => {
    const work = gate<string>();
    const { connect, clock, server } = createWorld();
    server.method("slow", () => work.promise);
    const client = await connect();
    client.request(1, "slow");
    client.request(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    client.request(3, "topic.unsubscribe", { topics: ["a"] });
    client.request(4, "session.ping");
    await clock.advance(5);
    expect(ids(client.heard)).toEqual([2, 3, 4]);
    work.open("done");
    await clock.advance(5);
    expect(client.answer(1)?.result).toBe("done");
  });

  it("end without an answer when the connection is lost first", async () => {
    const decision = gate<boolean>();
    const { connect, clock, server, network } = createWorld({ authorize: () => decision.promise });
    const client = await connect();
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(5);
    network.link()?.cut();
    await clock.advance(5);
    decision.open(true);
    await clock.advance(5);
    expect(server.stats()).toMatchObject({ subscriptions: 0, sessions: 0, authorizations: 0 });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("methods", () => {
  it("W-4.5 run one after another within a session, and beside those of others", async () => {
    const gates = [gate<number>(), gate<number>(), gate<number>()];
    const started: unknown[] = [];
    const { connect, clock, server } = createWorld();
    server.method("work", (params) => {
      started.push(params);
      return gates[Number(params)]?.promise;
    });
    const first = await connect();
    const second = await connect();
    first.request(1, "work", 0);
    first.notify("work", 1);
    second.request(1, "work", 2);
    await clock.advance(5);
    expect(started).toEqual([0, 2]);
    gates[0]?.open(0);
    await clock.advance(5);
    expect(started).toEqual([0, 2, 1]);
  });

  it("W-6.2 are answered METHOD_TIMEOUT, and the next one starts", async () => {
    const signals: AbortSignal[] = [];
    const stuck = gate<string>();
    const { connect, clock, server } = createWorld({ limits: { methodTimeoutMs: 3_000 } });
    server.method("stuck", (_params, { signal }) => {
      signals.push(signal);
      return stuck.promise;
    });
    server.method("quick", () => "quick");
    const client = await connect();
    client.request(1, "stuck");
    client.request(2, "quick");
    await clock.advance(2_000);
    expect(client.heard).toEqual([]);
    await clock.advance(2_000);
    expect(client.answer(1)?.error).toMatchObject({
      code: -32_008,
      data: { code: "METHOD_TIMEOUT" },
    });
    expect(client.answer(2)?.result).toBe("quick");
    expect(signals[0]?.aborted).toBe(true);
    stuck.open("late");
    await clock.advance(5);
    expect(client.heard).toHaveLength(2);
    expect(server.stats().methodsLate).toBe(1);
  });

  it("W-6.1 W-6.2 that hang for ever do not pile up", async () => {
    const { connect, clock, server } = createWorld({
      limits: {
        methodTimeoutMs: 2_000,
        maxPendingMethods: 2,
        idleTimeoutMs: Number.POSITIVE_INFINITY,
      },
    });
    server.method("hang", () => new Promise(() => {}));
    const client = await connect();
    client.request(1, "hang");
    client.request(2, "hang");
    client.request(3, "hang");
    client.notify("hang");
    await clock.advance(5);
    expect(client.answer(3)?.error?.data.code).toBe("TOO_MANY_PENDING");
    expect(server.stats().notificationsDropped).toBe(1);
    await clock.advance(10_000);
    expect((await client.ask(4, "hang"))?.error?.data.code).toBe("TOO_MANY_PENDING");
    expect((await client.ask(5, "session.ping"))?.result).toBeNull();
  });

  it("W-6.3 that throw are answered METHOD_FAILED without a word of why, and reported", async () => {
    const { connect, server } = createWorld();
    const errors: unknown[] = [];
    server.on("error", (error, session) => errors.push([error.code, error.cause, session?.id]));
    const secret = new Error("password is hunter2");
    server.method("throws", () => {
      throw secret;
    });
    server.method("rejects", () => Promise.reject(secret));
    server.method("cycle", () => {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      return cycle;
    });
    const client = await connect();
    for (const [id, method] of ["throws", "rejects", "cycle"].entries()) {
      const answer = await client.ask(id, method);
      expect(answer?.error).toMatchObject({ code: -32_603, message: "the method failed" });
    }
    expect(errors[0]).toEqual(["METHOD_THREW", secret, 1]);
    expect(errors).toHaveLength(3);
    client.notify("throws");
    expect((await client.ask(9, "session.ping"))?.result).toBeNull();
    expect(errors).toHaveLength(4);
  });
});

describe("session.bye", () => {
  it("W-4.6 W-6.4 W-7.1 is answered after every earlier request, and refuses later ones", async () => {
    const work = gate<string>();
    const decision = gate<boolean>();
    const { connect, clock, server } = createWorld({ authorize: () => decision.promise });
    server.method("slow", () => work.promise);
    const client = await connect();
    client.request(1, "slow");
    client.request(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    client.notify("slow");
    client.request(3, "session.bye", { notifications: 1 });
    client.request(4, "slow");
    client.request(5, "topic.subscribe", { topics: [{ topic: "b" }] });
    client.request(6, "session.ping");
    await clock.advance(5);
    expect(ids(client.heard)).toEqual([4, 5, 6]);
    expect(client.answer(4)?.error?.data.code).toBe("GOING_AWAY");
    expect(client.answer(5)?.error?.data.code).toBe("GOING_AWAY");
    work.open("done");
    await clock.advance(5);
    expect(client.answer(3)).toBeUndefined();
    decision.open(true);
    await clock.advance(5);
    expect(ids(client.heard.slice(3))).toEqual([1, 2, 3]);
    expect(client.answer(3)?.result).toEqual({ notifications: 1 });
  });

  it("W-7.1 stops the events of topics that are still subscribed", async () => {
    const { connect, clock, server } = createWorld();
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    server.topic("a").publish(1);
    await client.ask(2, "session.bye", { lastSeq: { a: 1 } });
    server.topic("a").publish(2);
    const receipts: unknown[] = [];
    server.on("closed", (_session, receipt) => receipts.push(receipt));
    client.close();
    await clock.advance(5);
    expect(client.heardOf("topic.event")).toHaveLength(1);
    expect(receipts).toMatchObject([
      { clean: true, subscribed: { a: 1 }, lastSeqSeen: { a: 1 }, farewell: "bye" },
    ]);
  });

  it("W-7.2 closes the connection when the client does not", async () => {
    const { connect, clock, server } = createWorld();
    const client = await connect();
    await client.ask(1, "session.bye");
    await clock.advance(4_000);
    expect(client.closed?.code).toBe(1000);
    expect(server.stats().sessions).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [{ lastSeq: [] }],
    [{ lastSeq: { a: -1 } }],
    [{ lastSeq: 1 }],
    [{ notifications: 0.5 }],
    [[]],
    ["bye"],
  ])("is refused INVALID_PARAMS with %j, and the session goes on", async (params) => {
    const { connect } = createWorld();
    const client = await connect();
    expect((await client.ask(1, "session.bye", params))?.error?.data.code).toBe("INVALID_PARAMS");
    expect((await client.ask(2, "session.bye"))?.result).toEqual({ notifications: 0 });
  });
});
