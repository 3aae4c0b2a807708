import { describe, expect, it } from "vitest";
import { Refusal } from "../../src/server/methods/refusal.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import type { SessionApi } from "../../src/session/session-api.ts";
import { createWorld } from "./support/world.ts";

describe("a server's options", () => {
  it.each([
    [
      "one origin's text, which would be searched for the client's",
      { allowedOrigins: "https://app.example" },
    ],
    ["allowedOrigins that is no list", { allowedOrigins: 5 }],
    ["authorize that is another text", { authorize: "everyone" }],
    ["authorize that is no function", { authorize: true }],
    ["authenticate that is no function", { authenticate: {} }],
    ["a history's text, which would be the default one", { history: "none" }],
    ["a history that is a number", { history: 500 }],
    ["a latency's text, which would measure everything", { latency: "off" }],
    ["latency that is a number", { latency: 0 }],
    ["latency that is null", { latency: null }],
    ["compression's text, which would be a yes", { perMessageDeflate: "false" }],
    ["a cookie's name that is none", { cookieName: true }],
    ["a cookie's name that is empty", { cookieName: "" }],
  ])("are refused where they would mean something else: %s", (_name, options) => {
    expect(() => new SessionServer(options as never)).toThrow(TypeError);
  });

  it("are taken as their types say", () => {
    const options = [
      { allowedOrigins: ["https://app.example"], authorize: () => true },
      { allowedOrigins: () => true, authenticate: () => null },
      { allowedOrigins: "any", authorize: "public", history: {}, latency: true },
      { history: () => ({ maxEvents: 1 }), latency: { maxTopics: 1 }, cookieName: "sid" },
    ] as const;
    for (const each of options) expect(new SessionServer(each).stats().sessions).toBe(0);
  });
});

describe("server.method", () => {
  it("refuses a handler that is no function", () => {
    expect(() => new SessionServer().method("a", undefined as never)).toThrow(TypeError);
  });

  it("refuses names that are empty, reserved or taken", () => {
    const server = new SessionServer();
    for (const name of ["", "session.hello", "topic.x", "rpc.discover"]) {
      expect(() => server.method(name, () => 1)).toThrow(RangeError);
    }
    server.method("a", () => 1);
    expect(() => server.method("a", () => 1)).toThrow("registered already");
  });

  it("answers INVALID_PARAMS when parse refuses, without a call, telling a refusal's message alone", async () => {
    const calls: unknown[] = [];
    const { connect, server } = createWorld();
    server.method("double", (value) => calls.push(value), {
      parse: (params) => {
        if (params === "secret") throw new Error("internal detail");
        if (typeof params !== "number") throw new Refusal("NOT_A_NUMBER", "a number, please");
        return params * 2;
      },
    });
    const client = await connect();
    expect((await client.ask(1, "double", "x"))?.error).toMatchObject({
      code: -32_602,
      message: "a number, please",
    });
    expect((await client.ask(2, "double", "secret"))?.error?.message).toBe(
      "the parameters have another shape",
    );
    client.notify("double", "x");
    expect((await client.ask(3, "double", 2))?.result).toBe(1);
    expect(calls).toEqual([4]);
  });

  it("hands a refusal's code, message and detail to the client, and nothing to a notification", async () => {
    const { connect, server } = createWorld();
    const cycle: unknown[] = [];
    cycle.push(cycle);
    server.method("refuse", (params) => {
      throw new Refusal("NO", "no", params === "cycle" ? cycle : { why: params });
    });
    const client = await connect();
    expect((await client.ask(1, "refuse", 5))?.error).toEqual({
      code: -32_000,
      message: "no",
      data: { code: "NO", detail: { why: 5 } },
    });
    expect((await client.ask(2, "refuse", "cycle"))?.error?.data).toEqual({ code: "NO" });
    client.notify("refuse");
    await client.ask(3, "session.ping");
    expect(client.heard).toHaveLength(3);
    expect(() => new Refusal("no", "lower case")).toThrow(RangeError);
  });

  it("gives a signal that is aborted when asked for too late, and none that anybody pays for", async () => {
    let context: { signal: AbortSignal } | undefined;
    const { connect, clock, server } = createWorld({ limits: { methodTimeoutMs: 2_000 } });
    server.method("hang", (_params, own) => {
      context = own;
      return new Promise(() => {});
    });
    const client = await connect();
    client.request(1, "hang");
    await clock.advance(4_000);
    expect(context?.signal.aborted).toBe(true);
    expect(context?.signal).toBe(context?.signal);
  });

  it("takes a thenable that settles twice at its first word", async () => {
    const { connect, server } = createWorld();
    server.method("odd", () => ({
      // biome-ignore lint/suspicious/noThenProperty: a foreign thenable is what this is about.
      then(resolve: (value: number) => void) {
        resolve(1);
        resolve(2);
      },
    }));
    const client = await connect();
    expect((await client.ask(1, "odd"))?.result).toBe(1);
    expect(client.heard).toHaveLength(1);
  });
});

describe("session.notify", () => {
  it("W-4.1 W-6.5 comes in one order with events, and refuses what is no notification", async () => {
    const { connect, clock, server } = createWorld({ limits: { maxEventBytes: 50 } });
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    const session = server.sessions[0];
    server.topic("a").publish(1);
    expect(session?.notify("alert", { text: "hi" })).toBe(true);
    server.topic("a").publish(2);
    session?.notify("bare", undefined);
    await clock.advance(5);
    expect(client.singles.slice(1)).toEqual([
      { jsonrpc: "2.0", method: "topic.event", params: { topic: "a", seq: 1, data: 1 } },
      { jsonrpc: "2.0", method: "alert", params: { text: "hi" } },
      { jsonrpc: "2.0", method: "topic.event", params: { topic: "a", seq: 2, data: 2 } },
      { jsonrpc: "2.0", method: "bare" },
    ]);
    expect(() => session?.notify("topic.event", {})).toThrow(RangeError);
    expect(() => session?.notify("alert", 1n)).toThrow(TypeError);
    expect(() => session?.notify("alert", "x".repeat(60))).toThrow(RangeError);
  });
});

describe("observers", () => {
  it("hear what happens to their session and the server, and disturb nothing when they throw", async () => {
    const { connect, clock, server } = createWorld({ authenticate: () => ({ userId: "u" }) });
    const heard: unknown[] = [];
    server.on("opened", (session) => {
      session.on("subscribed", (topic, position) =>
        heard.push(["subscribed", topic, position.seq]),
      );
      session.on("unsubscribed", (topic, lastSeq, code) => heard.push([topic, lastSeq, code]));
      session.on("closed", ({ farewell }) => heard.push(farewell));
      const never = (): void => {
        throw new Error("removed");
      };
      session.on("closed", never).off("closed", never);
      session.on("authenticated", ({ userId }) => {
        heard.push(userId);
        throw new Error("broken observer");
      });
      throw new Error("broken observer");
    });
    const errors: string[] = [];
    const onError = (error: { code: string }): void => {
      errors.push(error.code);
      throw new Error("broken error listener");
    };
    server.on("error", onError);
    const client = await connect();
    await client.ask(1, "session.authenticate", { token: "t" });
    await client.ask(2, "session.authenticate", { token: "t" });
    server.off("error", onError);
    await client.ask(3, "topic.subscribe", { topics: [{ topic: "a" }] });
    await client.ask(4, "topic.unsubscribe", { topics: ["a"] });
    client.close();
    await clock.advance(5);
    expect(heard).toEqual(["u", ["subscribed", "a", 0], ["a", 0, null], "handshake"]);
    expect(errors).toEqual(["OBSERVER_THREW", "OBSERVER_THREW"]);
  });

  it("hear of a bug of ours as INTERNAL, and the session is closed 1011", async () => {
    const { connect, clock, server } = createWorld();
    const errors: unknown[] = [];
    server.on("error", ({ code, message }) => errors.push([code, message]));
    const client = await connect();
    const session = server.sessions[0];
    Object.defineProperty(session, "write", {
      value: () => {
        throw new Error("planted");
      },
    });
    client.request(1, "session.ping");
    await clock.advance(5);
    expect(errors).toEqual([["INTERNAL", "bug: a message was not handled"]]);
    expect(client.closed?.code).toBe(1011);
  });
});

describe("server.stats", () => {
  it("counts what happened, in a Prometheus view whose labels are bounded", async () => {
    const { connect, clock, server, network } = createWorld();
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await client.ask(2, "nope");
    server.topic("a").publish(1);
    const other = await connect();
    network.link(1)?.hold("toClient");
    server.topic("a").publish("waits");
    expect(server.stats()).toMatchObject({
      sessions: 2,
      subscriptions: 1,
      connections: 2,
      messagesReceived: 2,
      messagesSent: 4,
      eventsPublished: 2,
      eventsDelivered: 2,
      errorAnswers: { METHOD_NOT_FOUND: 1 },
      limits: { maxSessions: 20_000 },
    });
    expect(server.stats().bufferedBytes).toBeGreaterThan(0);
    other.close(3333);
    await clock.advance(5);
    const text = server.prometheus();
    expect(text).toContain("# TYPE orderly_ws_sessions gauge\norderly_ws_sessions 1\n");
    expect(text).toContain("orderly_ws_events_published_total 2\n");
    expect(text).toContain('orderly_ws_closes_total{code="0"} 1\n');
    expect(text).toContain('orderly_ws_error_answers_total{code="METHOD_NOT_FOUND"} 1\n');
    for (const line of text.trimEnd().split("\n")) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) orderly_ws_\w+ .+|orderly_ws_\w+(\{code="\w+"\})? \d+)$/,
      );
    }
  });
});

interface MarketApi extends SessionApi {
  topics: { "quotes:${string}": { price: string } };
  methods: { "order.place"(order: { symbol: string }): { id: number } };
  notifications: { alert: { text: string } };
}

describe("SessionServer<Api>", () => {
  it("types topics, methods and notifications by the map", () => {
    const server = new SessionServer<MarketApi>();
    server.method("order.place", (order, { session }) => {
      session.notify("alert", { text: order.symbol });
      return { id: 1 };
    });
    server.topic("quotes:AAPL").publish({ price: "1.5" });
    // @ts-expect-error: another shape.
    server.topic("quotes:AAPL").publish({ price: 1.5 });
    // @ts-expect-error: no such topic.
    server.topic("trades:AAPL");
    // @ts-expect-error: no such method.
    server.method("order.cancel", () => 1);
    // @ts-expect-error: no such notification.
    server.notifyUser("u", "alarm", {});
    expect(server.topic("quotes:AAPL").position.seq).toBe(2);
  });
});
