import { describe, expect, it } from "vitest";
import { createWorld } from "./support/world.ts";

describe("messages that make no sense", () => {
  it.each([
    ["garbage", "}{", "PARSE_ERROR"],
    ["nothing", "", "PARSE_ERROR"],
    ["a number", "1", "INVALID_REQUEST"],
    ["null", "null", "INVALID_REQUEST"],
    ["an empty batch", "[]", "INVALID_REQUEST"],
    ["a batch of 51", `[${Array(51).fill(1).join(",")}]`, "INVALID_REQUEST"],
    ["another version", '{"jsonrpc":"1.0","id":1,"method":"a"}', "INVALID_REQUEST"],
    ["no method", '{"jsonrpc":"2.0","id":1}', "INVALID_REQUEST"],
    ["a method that is no text", '{"jsonrpc":"2.0","id":1,"method":7}', "INVALID_REQUEST"],
    ["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"a"}', "INVALID_REQUEST"],
    ["an id that is a boolean", '{"jsonrpc":"2.0","id":true,"method":"a"}', "INVALID_REQUEST"],
    ["an id beyond numbers", '{"jsonrpc":"2.0","id":1e999,"method":"a"}', "INVALID_REQUEST"],
    [
      "a very long id",
      `{"jsonrpc":"2.0","id":"${"x".repeat(257)}","method":"a"}`,
      "INVALID_REQUEST",
    ],
    ["deep nesting", `{"a":${"[".repeat(300)}${"]".repeat(300)}}`, "INVALID_REQUEST"],
    [
      "a batch with __proto__",
      '[{"jsonrpc":"2.0","id":1,"method":"a","params":{"__proto__":1}}]',
      "INVALID_PARAMS",
    ],
  ])(
    "W-2.3 W-2.4 answer %s with its error under the id null, and go on",
    async (_name, text, code) => {
      const { connect, clock } = createWorld();
      const client = await connect();
      client.text(text);
      await clock.advance(5);
      expect(client.answer(null)?.error?.data.code).toBe(code);
      expect((await client.ask(1, "session.ping"))?.result).toBeNull();
    },
  );

  it("W-2.4 finds __proto__ keys however they are written, but not in values or strings of brackets", async () => {
    const { connect, clock, server } = createWorld();
    server.method("echo", (params) => params);
    const client = await connect();
    const say = (id: number, params: string): void => {
      client.text(`{"jsonrpc":"2.0","id":${id},"method":"echo","params":${params}}`);
    };
    say(1, '{"a":[{"__proto__":{"isAdmin":true}}]}');
    say(2, '{"\\u005f_proto__":1}');
    say(3, '{"text":"about __proto__ and \\u005f"}');
    say(4, `{"text":"\\" \\\\ ${"[{".repeat(400)}"}`);
    client.text('{"jsonrpc":"2.0","method":"echo","params":{"__proto__":1}}');
    await clock.advance(5);
    expect(client.answer(1)?.error?.data.code).toBe("INVALID_PARAMS");
    expect(client.answer(2)?.error?.data.code).toBe("INVALID_PARAMS");
    expect(client.answer(3)?.result).toEqual({ text: "about __proto__ and _" });
    expect(client.answer(4)?.result).toEqual({ text: `" \\ ${"[{".repeat(400)}` });
    expect(server.stats()).toMatchObject({ notificationsAccepted: 0, notificationsDropped: 1 });
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it("W-2.2 echoes any id that is one: text, fractions, null", async () => {
    const { connect } = createWorld();
    const client = await connect();
    for (const id of ["a", 0.5, -1, 1e300, null, ""]) {
      expect((await client.ask(id, "session.ping"))?.id).toBe(id);
    }
  });

  it("W-2.2 refuses an id that is in flight, under the id null, and leaves the first alone", async () => {
    const { connect, clock, server } = createWorld();
    let finish: (value: string) => void = () => {};
    server.method(
      "slow",
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    const client = await connect();
    client.request(7, "slow");
    client.request(7, "session.ping");
    client.request(7, "slow");
    await clock.advance(5);
    expect(client.heard).toMatchObject([
      { id: null, error: { data: { code: "INVALID_REQUEST", detail: { id: 7 } } } },
      { id: null, error: { data: { code: "INVALID_REQUEST", detail: { id: 7 } } } },
    ]);
    finish("done");
    await clock.advance(5);
    expect(client.answer(7)?.result).toBe("done");
    expect((await client.ask(7, "session.ping"))?.id).toBe(7);
  });

  it("W-2.5 drops answers to requests never made", async () => {
    const { connect, clock, server } = createWorld();
    const client = await connect();
    client.json({ jsonrpc: "2.0", id: 1, result: 1 });
    client.json({ jsonrpc: "2.0", id: 2, error: { code: 1, message: "no" } });
    await clock.advance(5);
    expect(client.heard).toEqual([]);
    expect(server.stats().strayAnswers).toBe(2);
  });

  it("W-2.8 answers METHOD_NOT_FOUND, and drops notifications that nobody knows", async () => {
    const { connect, server } = createWorld();
    const client = await connect();
    expect((await client.ask(1, "nope"))?.error?.code).toBe(-32_601);
    expect((await client.ask(2, "session.nope"))?.error?.code).toBe(-32_601);
    expect((await client.ask(3, "rpc.discover"))?.error?.code).toBe(-32_601);
    expect((await client.ask(4, "toString"))?.error?.code).toBe(-32_601);
    client.notify("nope");
    client.notify("topic.subscribe", { topics: [{ topic: "a" }] });
    expect((await client.ask(5, "session.bye"))?.result).toEqual({ notifications: 0 });
    expect(server.stats()).toMatchObject({ notificationsDropped: 2, subscriptions: 0 });
  });

  it("W-1.2 closes 1003 on binary, and 1009 above maxMessageBytes", async () => {
    const { connect, clock, network } = createWorld({ limits: { maxMessageBytes: 100 } });
    const binary = await connect();
    network.link(1)?.inject("toServer", new Uint8Array([1, 2, 3]));
    const big = await connect();
    big.text(`"${"x".repeat(100)}"`);
    await clock.advance(5);
    expect(binary.closed?.code).toBe(1003);
    expect(big.closed?.code).toBe(1009);
  });

  it.each([
    [undefined],
    [{ topics: "a" }],
    [{ topics: [] }],
    [{ topics: [1] }],
    [{ topics: [null] }],
    [{ topics: [{ topic: 1 }] }],
    [{ topics: [{ topic: "a", since: 1 }] }],
    [{ topics: [{ topic: "a", since: { epoch: "e", seq: -1 } }] }],
    [{ topics: [{ topic: "a", since: { epoch: 1, seq: 1 } }] }],
    [{ topics: [{ topic: "a", since: { last: 1.5 } }] }],
    [{ topics: [{ topic: "a", since: { last: 1, seq: 1 } }] }],
    [{ topics: [{ topic: "a", delivery: "latest" }] }],
    [{ topics: [{ topic: "a", delivery: { type: "best" } }] }],
    [{ topics: [{ topic: "a", delivery: { type: "sample", intervalMs: 0 } }] }],
    [{ topics: [{ topic: "a", delivery: { type: "drop-oldest", maxEvents: 0 } }] }],
  ])("W-5.4 W-5.5 answers topic.subscribe %j INVALID_PARAMS", async (params) => {
    const { connect } = createWorld();
    const client = await connect();
    const answer = await client.ask(1, "topic.subscribe", params);
    expect(answer?.error?.data.code).toBe("INVALID_PARAMS");
  });

  it.each([[undefined], [{ topics: [] }], [{ topics: [{ topic: "a" }] }]])(
    "W-5.6 answers topic.unsubscribe %j INVALID_PARAMS",
    async (params) => {
      const { connect } = createWorld();
      const client = await connect();
      const answer = await client.ask(1, "topic.unsubscribe", params);
      expect(answer?.error?.data.code).toBe("INVALID_PARAMS");
    },
  );

  it("W-5.2 W-5.5 meets 100,000 topics with INVALID_PARAMS at once, and TOO_MANY_TOPICS one by one", async () => {
    const { connect, clock, server } = createWorld({
      limits: { maxMessageBytes: 10_000_000, maxTopicsPerSession: 1_500 },
    });
    const client = await connect();
    const topics = Array.from({ length: 100_000 }, (_, index) => ({ topic: `t${index}` }));
    const answer = await client.ask(1, "topic.subscribe", { topics });
    expect(answer?.error?.data.code).toBe("INVALID_PARAMS");
    for (let at = 0; at < 100; at += 1) {
      client.request(at, "topic.subscribe", {
        topics: topics.slice(at * 1_000, at * 1_000 + 1_000),
      });
    }
    await clock.advance(5);
    expect(server.stats().subscriptions).toBe(1_500);
    expect(client.answer(99)?.result).toMatchObject({
      topics: expect.arrayContaining([{ topic: "t99999", code: "TOO_MANY_TOPICS" }]),
    });
    client.close();
    await clock.advance(5);
    expect(server.stats()).toMatchObject({ subscriptions: 0, topics: 0 });
  });
});

describe("JSON-RPC batches", () => {
  it("W-2.6 run in order and are answered as one array, whatever takes longest", async () => {
    const { connect, clock, server } = createWorld();
    server.method("slow", async () => "slow");
    server.method("quick", () => "quick");
    const client = await connect();
    client.json([
      { jsonrpc: "2.0", id: 1, method: "slow" },
      { jsonrpc: "2.0", method: "quick" },
      { jsonrpc: "2.0", id: 2, method: "quick" },
      { jsonrpc: "2.0", id: 3, method: "topic.unsubscribe", params: { topics: ["a"] } },
      7,
      { jsonrpc: "2.0", id: 4, method: "nope" },
    ]);
    client.json([{ jsonrpc: "2.0", method: "quick" }]);
    await clock.advance(5);
    expect(client.heard).toHaveLength(1);
    expect(client.heard[0]).toMatchObject([
      { id: 3, error: { data: { code: "INVALID_REQUEST" } } },
      { id: null, error: { data: { code: "INVALID_REQUEST" } } },
      { id: 4, error: { data: { code: "METHOD_NOT_FOUND" } } },
      { id: 1, result: "slow" },
      { id: 2, result: "quick" },
    ]);
    expect((await client.ask(9, "session.bye"))?.result).toEqual({ notifications: 2 });
  });

  it("W-2.2 keep the ids of all their requests in use until they are answered", async () => {
    const { connect, clock, server } = createWorld();
    let end = (): void => {};
    server.method("slow", () => new Promise<void>((resolve) => (end = resolve)));
    server.method("quick", () => "quick");
    const client = await connect();
    const quick = { jsonrpc: "2.0", id: 1, method: "quick" };
    client.json([quick, quick, { jsonrpc: "2.0", id: 2, method: "slow" }]);
    const inUse = { code: -32_600, message: "the id is in use" };
    client.json(quick);
    await clock.advance(5);
    expect(client.heard).toMatchObject([{ id: null, error: inUse }]);
    end();
    await clock.advance(5);
    expect(client.heard[1]).toMatchObject([
      { id: 1, result: "quick" },
      { id: null, error: inUse },
      { id: 2, result: null },
    ]);
    expect(await client.ask(1, "quick")).toMatchObject({ result: "quick" });
  });

  it("W-2.7 take a token for each element", async () => {
    const { connect, clock } = createWorld({ limits: { requestsPerSecond: 1, requestBurst: 3 } });
    const client = await connect();
    client.json(Array.from({ length: 5 }, (_, id) => ({ jsonrpc: "2.0", id, method: "nope" })));
    await clock.advance(5);
    expect(client.heard[0]).toMatchObject([
      { id: 0, error: { data: { code: "METHOD_NOT_FOUND" } } },
      { id: 1, error: { data: { code: "METHOD_NOT_FOUND" } } },
      { id: 2, error: { data: { code: "METHOD_NOT_FOUND" } } },
      { id: 3, error: { data: { code: "RATE_LIMITED" } } },
      { id: 4, error: { data: { code: "RATE_LIMITED" } } },
    ]);
  });
});

describe("the request rate", () => {
  it("W-2.7 refuses above it, lets cleaning up through, and fills up again", async () => {
    const { connect, clock, server } = createWorld({
      limits: { requestsPerSecond: 1, requestBurst: 4 },
    });
    server.method("work", () => 1);
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    for (let id = 2; id <= 4; id += 1) client.request(id, "work");
    client.request(5, "work");
    client.notify("work");
    client.request(6, "topic.unsubscribe", { topics: ["a"] });
    client.request(7, "session.ping");
    await clock.advance(5);
    expect(client.answer(5)?.error?.data.code).toBe("RATE_LIMITED");
    expect(client.answer(6)?.result).toEqual({ topics: [{ topic: "a", lastSeq: 0 }] });
    expect(client.answer(7)?.result).toBeNull();
    await clock.advance(5_000);
    expect((await client.ask(8, "work"))?.result).toBe(1);
    expect((await client.ask(9, "session.bye"))?.result).toEqual({ notifications: 0 });
  });

  it.each([
    ["requests", '{"jsonrpc":"2.0","id":1,"method":"a"}'],
    ["garbage", "x"],
    ["answers", '{"jsonrpc":"2.0","id":1,"result":1}'],
    ["batches", '[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"a"}]'],
  ])("W-2.7 closes 4429 after a whole burst of refused %s", async (_name, text) => {
    const { connect, clock } = createWorld({ limits: { requestsPerSecond: 1, requestBurst: 5 } });
    const client = await connect();
    for (let count = 0; count < 20; count += 1) client.text(text);
    await clock.advance(5);
    expect(client.closed?.code).toBe(4429);
  });
});
