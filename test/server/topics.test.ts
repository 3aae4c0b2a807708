import { describe, expect, it } from "vitest";
import { Refusal } from "../../src/server/methods/refusal.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { MemoryClient } from "./support/memory-client.ts";
import { createWorld } from "./support/world.ts";

describe("topic.subscribe", () => {
  it("W-4.2 W-5.7 answers with the position before the topic's first event", async () => {
    const { server, connect, clock } = createWorld();
    server.topic("a").publish(1);
    const client = await connect();
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(2);
    server.topic("a").publish(2);
    await clock.advance(2);
    const { epoch } = server.topic("a").position;
    expect(client.heard).toEqual([
      {
        jsonrpc: "2.0",
        id: 1,
        result: { topics: [{ topic: "a", epoch, seq: 1, recovered: false }] },
      },
      { jsonrpc: "2.0", method: "topic.event", params: { topic: "a", seq: 2, data: 2 } },
    ]);
  });

  it("W-4.2 writes no event of a topic after the answer to its unsubscribe", async () => {
    const { server, connect, clock } = createWorld();
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    server.topic("a").publish(1);
    client.request(2, "topic.unsubscribe", { topics: ["a"] });
    await clock.advance(5);
    server.topic("a").publish(2);
    await clock.advance(5);
    expect(client.heard.at(-1)).toEqual({
      jsonrpc: "2.0",
      id: 2,
      result: { topics: [{ topic: "a", lastSeq: 1 }] },
    });
    expect(client.heardOf("topic.event")).toHaveLength(1);
    expect(server.stats().subscriptions).toBe(0);
  });
});

describe("topic positions", () => {
  it("W-5.3 are recovered where everything missed is remembered, and are the newest where it is not", async () => {
    const { connect, server } = createWorld();
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    const { epoch } = server.topic("a").position;
    const client = await connect();
    const cases = [
      [{ epoch, seq: 2 }, 2, true],
      [{ epoch, seq: 1 }, 1, true],
      [{ epoch, seq: 0 }, 0, true],
      [{ epoch, seq: 3 }, 2, false],
      [{ epoch: "other", seq: 2 }, 2, false],
      [{ last: 1 }, 1, true],
      [{ last: 9 }, 0, true],
      [undefined, 2, false],
    ] as const;
    for (const [id, [since, seq, recovered]] of cases.entries()) {
      const answer = await client.ask(id, "topic.subscribe", { topics: [{ topic: "a", since }] });
      expect(answer?.result).toEqual({ topics: [{ topic: "a", epoch, seq, recovered }] });
      await client.ask(`${id}u`, "topic.unsubscribe", { topics: ["a"] });
    }
  });

  it("W-5.1 cost nothing without a publish, and begin anew under another epoch once forgotten", async () => {
    const { connect, server } = createWorld({ limits: { maxTopics: 2 } });
    const client = await connect();
    const subscribe = (id: number, topic: string): Promise<unknown> =>
      client.ask(id, "topic.subscribe", { topics: [{ topic }] });
    server.topic("old").publish(1);
    server.topic("newer").publish(1);
    const before = server.topic("old").position;
    server.topic("newer").publish(2);
    server.topic("newest").publish(1);
    expect(server.stats()).toMatchObject({ topics: 2, topicsEvicted: 1 });
    expect(server.topic("old").position).toMatchObject({ seq: 0 });
    expect(server.topic("old").position.epoch).not.toBe(before.epoch);
    expect(server.topic("newer").position).toEqual({ epoch: before.epoch, seq: 2 });
    await subscribe(1, "newer");
    await subscribe(2, "newest");
    expect(client.answer(2)?.result).toMatchObject({ topics: [{ seq: 1 }] });
    const full = await client.ask(3, "topic.subscribe", { topics: [{ topic: "old" }] });
    expect(full?.result).toEqual({ topics: [{ topic: "old", code: "TOO_MANY_TOPICS" }] });
    expect(() => server.topic("old").publish(1)).toThrow(
      expect.objectContaining({ code: "TOO_MANY_TOPICS" }),
    );
    expect(server.topic("newest").publish(2)).toMatchObject({ seq: 2 });
  });

  it("W-5.5 refuse names that are none, and a second subscription", async () => {
    const { connect } = createWorld();
    const client = await connect();
    const names = ["", "x".repeat(256), "a\u0000b", "__proto__", "a", "a"];
    const answer = await client.ask(1, "topic.subscribe", {
      topics: names.map((topic) => ({ topic, delivery: { type: "latest" } })),
    });
    expect(answer?.result).toMatchObject({
      topics: [
        { code: "UNKNOWN_TOPIC" },
        { code: "UNKNOWN_TOPIC" },
        { code: "UNKNOWN_TOPIC" },
        { code: "UNKNOWN_TOPIC" },
        { topic: "a", seq: 0 },
        { topic: "a", code: "ALREADY_SUBSCRIBED" },
      ],
    });
    const again = await client.ask(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    expect(again?.result).toEqual({ topics: [{ topic: "a", code: "ALREADY_SUBSCRIBED" }] });
    const gone = await client.ask(3, "topic.unsubscribe", { topics: ["a", "a"] });
    expect(gone?.result).toEqual({
      topics: [
        { topic: "a", lastSeq: 0 },
        { topic: "a", code: "NOT_SUBSCRIBED" },
      ],
    });
  });
});

describe("authorize", () => {
  it("refuses everybody where it is not given", async () => {
    const clock = new VirtualClock();
    const server = new SessionServer({ clock });
    const network = new MemoryNetwork({ clock });
    network.listen((connection, info) => server.accept(connection, info));
    const client = await MemoryClient.connect(network, clock);
    const answer = await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    expect(answer?.result).toEqual({ topics: [{ topic: "a", code: "FORBIDDEN" }] });
  });

  it("refuses by anything but true, tells a refusal's code, and hides other errors", async () => {
    const errors: string[] = [];
    const { connect, server } = createWorld({
      authorize: (_session, topic) => {
        if (topic === "truthy") return 1 as unknown as boolean;
        if (topic === "async") return Promise.resolve("yes" as unknown as boolean);
        if (topic === "refusal") throw new Refusal("NO_LICENCE", "buy one");
        if (topic === "late refusal") return Promise.reject(new Refusal("NO_LICENCE", "buy one"));
        throw new Error("the database is down at 10.0.0.1");
      },
    });
    server.on("error", ({ code }) => errors.push(code));
    const client = await connect();
    const topics = ["truthy", "async", "refusal", "late refusal", "throws"];
    const answer = await client.ask(1, "topic.subscribe", {
      topics: topics.map((topic) => ({ topic })),
    });
    expect(answer?.result).toEqual({
      topics: [
        { topic: "truthy", code: "FORBIDDEN" },
        { topic: "async", code: "FORBIDDEN" },
        { topic: "refusal", code: "NO_LICENCE", message: "buy one" },
        { topic: "late refusal", code: "NO_LICENCE", message: "buy one" },
        { topic: "throws", code: "FORBIDDEN" },
      ],
    });
    expect(errors).toEqual(["AUTHORIZE_THREW"]);
  });

  it("refuses by a thenable that answers at once, or throws, no topic but its own", async () => {
    const answers = (topic: string) => ({
      // biome-ignore lint/suspicious/noThenProperty: that is what is tried.
      then(resolve: (allowed: boolean) => void): void {
        if (topic === "c") throw new Error("no");
        resolve(topic === "a");
      },
    });
    const { connect } = createWorld({ authorize: (_session, topic) => answers(topic) as never });
    const client = await connect();
    const topics = ["a", "b", "c", "d"].map((topic) => ({ topic }));
    const answer = await client.ask(1, "topic.subscribe", { topics });
    expect(answer?.result).toMatchObject({
      topics: [
        { topic: "a", seq: 0 },
        { topic: "b", code: "FORBIDDEN" },
        { topic: "c", code: "FORBIDDEN" },
        { topic: "d", code: "FORBIDDEN" },
      ],
    });
  });

  it("is given up after authorizeTimeoutMs, and refused above maxPendingAuthorizations", async () => {
    let late: (allowed: boolean) => void = () => {};
    const { connect, clock, server } = createWorld({
      authorize: () =>
        new Promise<boolean>((resolve) => {
          late = resolve;
        }),
      limits: { authorizeTimeoutMs: 3_000, maxPendingAuthorizations: 1 },
    });
    const client = await connect();
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    const other = await client.ask(2, "topic.subscribe", { topics: [{ topic: "b" }] });
    expect(other?.result).toEqual({ topics: [{ topic: "b", code: "TOO_MANY_PENDING" }] });
    await clock.advance(5_000);
    expect(client.answer(1)?.result).toEqual({
      topics: [{ topic: "a", code: "FORBIDDEN", message: "no decision in time" }],
    });
    late(true);
    await clock.advance(5);
    expect(server.stats()).toMatchObject({ subscriptions: 0, authorizations: 0 });
  });

  it("counts topics under way against maxTopicsPerSession, and bounds the requests that wait", async () => {
    const { connect, clock, server } = createWorld({
      authorize: () => new Promise(() => {}),
      limits: { maxTopicsPerSession: 2, maxPendingMethods: 2 },
    });
    const client = await connect();
    const topics = ["a", "b", "c"].map((topic) => ({ topic }));
    client.request(1, "topic.subscribe", { topics });
    client.request(2, "topic.unsubscribe", { topics: ["a"] });
    client.request(3, "topic.unsubscribe", { topics: ["a"] });
    await clock.advance(5);
    expect(server.stats().authorizations).toBe(2);
    expect(client.answer(3)?.error?.data.code).toBe("TOO_MANY_PENDING");
    await clock.advance(12_000);
    expect(client.answer(1)?.result).toMatchObject({
      topics: [{ code: "FORBIDDEN" }, { code: "FORBIDDEN" }, { code: "TOO_MANY_TOPICS" }],
    });
    expect(client.answer(2)?.result).toEqual({ topics: [{ topic: "a", code: "NOT_SUBSCRIBED" }] });
  });

  it("is asked again only about what is still subscribed when its turn comes", async () => {
    let decide: (allowed: boolean) => void = () => {};
    let calls = 0;
    const { connect, clock, server } = createWorld({
      authenticate: () => ({ userId: "u" }),
      authorize: () => {
        calls += 1;
        return calls === 1
          ? true
          : new Promise<boolean>((resolve) => {
              decide = resolve;
            });
      },
    });
    const client = await connect();
    await client.ask(1, "session.authenticate", { token: "t" });
    await client.ask(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    await client.ask(3, "session.authenticate", { token: "t" });
    await client.ask(4, "session.authenticate", { token: "t" });
    client.request(5, "topic.unsubscribe", { topics: ["a"] });
    await clock.advance(5);
    expect(calls).toBe(2);
    decide(false);
    await clock.advance(5);
    expect(client.heardOf("topic.closed")).toEqual([{ topic: "a", lastSeq: 0, code: "REVOKED" }]);
    expect(client.answer(5)?.result).toEqual({ topics: [{ topic: "a", code: "NOT_SUBSCRIBED" }] });
    expect(calls).toBe(2);
    await client.ask(6, "session.authenticate", { token: "t" });
    client.close();
    await clock.advance(5);
    expect(server.stats().sessions).toBe(0);
  });
});

describe("server.topic", () => {
  it("refuses names that are none and data that is no JSON or too large, and numbers nothing then", () => {
    const { server } = createWorld({ limits: { maxEventBytes: 10 } });
    expect(() => server.topic("")).toThrow(RangeError);
    expect(() => server.topic("__proto__")).toThrow(RangeError);
    const topic = server.topic("a");
    expect(() => topic.publish(undefined)).toThrow(TypeError);
    expect(() => topic.publish(1n)).toThrow(TypeError);
    expect(() => topic.publish("x".repeat(9))).toThrow("got 11");
    expect(() => topic.publish("가가가")).toThrow("got 11");
    expect(topic.publish("x".repeat(8))).toMatchObject({ seq: 1 });
  });

  it("W-5.9 ends all subscriptions of a topic that is deleted, and numbers anew", async () => {
    const { connect, clock, server } = createWorld();
    const ended: unknown[] = [];
    server.on("unsubscribed", (session, topic, lastSeq, code) => {
      ended.push([session.id, topic, lastSeq, code]);
    });
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    const { epoch } = server.topic("a").publish(1);
    await server.topic("a").delete();
    await server.topic("a").delete();
    expect(server.topic("a").publish(2)).toEqual({
      epoch: expect.not.stringMatching(`^${epoch}$`),
      seq: 1,
    });
    await clock.advance(5);
    expect(client.heardOf("topic.event")).toHaveLength(1);
    expect(client.heardOf("topic.closed")).toEqual([{ topic: "a", lastSeq: 1, code: "DELETED" }]);
    expect(ended).toEqual([[1, "a", 1, "DELETED"]]);
    expect(server.sessions[0]?.topics).toEqual([]);
    expect(server.sessions[0]?.revoke("a")).toBe(false);
  });

  it("shows every subscriber one order, though an observer publishes in the middle of a fan-out", async () => {
    const { connect, clock, server, network } = createWorld({ limits: { maxPendingBytes: 300 } });
    const clients = [await connect(), await connect(), await connect()];
    for (const client of clients) {
      await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    }
    // The second is closed for being slow while an event is on its way to all; that publishes another.
    network.link(2)?.hold("toClient");
    server.on("unsubscribed", () => server.topic("a").publish("from within"));
    server.topic("a").publish("x".repeat(150));
    server.topic("a").publish("y".repeat(150));
    await clock.advance(5);
    const seqs = (client: MemoryClient | undefined): unknown[] =>
      client?.heardOf("topic.event").map((event) => (event as { seq: number }).seq) ?? [];
    expect(seqs(clients[0])).toEqual([1, 2, 3]);
    expect(seqs(clients[2])).toEqual([1, 2, 3]);
    expect(server.topic("a").subscribers).toBe(2);
  });
});
