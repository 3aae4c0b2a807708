import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type * as Browser from "../../src/browser.ts";
import type * as Server from "../../src/server/index.ts";
import { importBuilt, serve, take, useBrowserSocket } from "./support/page.ts";

/**
 * The bundle for browsers has its internal names shortened and its error texts left out, so the tests of the
 * sources prove nothing of it. Here it is driven through its whole public surface, on Node, with the
 * WebSocket of `ws` in place of a browser's.
 */
const browser = await importBuilt<typeof Browser>("browser.js");

useBrowserSocket();

let server: Server.SessionServer;
let url: string;
let session: Browser.Session;
let seen: unknown[];

beforeEach(async () => {
  ({ server, url, seen } = await serve());
  session = new browser.Session({
    url,
    credentials: () => "good",
    reconnect: { initialDelayMs: 1, maxDelayMs: 5 },
  });
});

afterEach(async () => {
  await session.close({ deadlineMs: 1_000 });
  await server.close({ deadlineMs: 1_000 });
});

describe("dist/browser.js", () => {
  it("tells its states, and hands back tokens with every documented field", async () => {
    const states: string[] = [];
    const stop = session.on("state", ({ from, to, epoch }) =>
      states.push(`${from} ${to} ${epoch}`),
    );
    expect([session.state, session.epoch, session.reconnectAt]).toEqual(["disconnected", 0, null]);
    const token = session.connect();
    expect(token).toBeInstanceOf(browser.CompletionToken);
    expect(session.connect()).toBe(token);
    await token;
    await session.waitFor("authenticated");
    expect(states).toEqual([
      "disconnected connecting 0",
      "connecting connected 1",
      "connected authenticating 1",
      "authenticating authenticated 1",
    ]);
    const { id, type, outcome, proof, error, issuedAt, settledAt } = token;
    expect({ id, type, outcome, proof, error }).toEqual({
      id: 1,
      type: "connect",
      outcome: "acked",
      proof: "frame",
      error: undefined,
    });
    expect(settledAt).toBeGreaterThan(issuedAt);
    stop();
    expect(await session.authenticate()).toEqual({
      userId: "ann",
      expiresInMs: expect.closeTo(60_000, -3),
    });
    expect(states).toHaveLength(4);
  });

  it("subscribes, delivers, and stops at the unsubscribe", async () => {
    await session.connect();
    const rooms = session.subscribe(["room:1", "room:2"], { order: "connection" });
    const received = take<Browser.TopicEvent>(3, (listener) => rooms.on("event", listener));
    const { positions } = await rooms.token;
    expect(positions).toEqual({
      "room:1": { epoch: expect.any(String), seq: 0 },
      "room:2": { epoch: expect.any(String), seq: 0 },
    });
    expect([rooms.topics, session.state]).toEqual([["room:1", "room:2"], "subscribed"]);
    server.topic("room:1").publish("a");
    server.topic("room:2").publish("b");
    server.topic("room:1").publish("c");
    expect((await received).map(({ topic, seq, data }) => [topic, seq, data])).toEqual([
      ["room:1", 1, "a"],
      ["room:2", 1, "b"],
      ["room:1", 2, "c"],
    ]);
    expect(rooms.position("room:1")?.seq).toBe(2);
    expect(await session.unsubscribe("room:2")).toEqual({ lastSeq: { "room:2": 1 } });
    const token = rooms.unsubscribe();
    expect(rooms.unsubscribe()).toBe(token);
    expect(await token).toEqual({ lastSeq: { "room:1": 2 } });
    expect([token.proof, rooms.depth, rooms.discardedEvents]).toEqual(["frame", 0, 0]);
    expect([rooms.isOver("room:1"), rooms.position("room:1")?.seq]).toEqual([true, 2]);
    expect(session.state).toBe("authenticated");
  });

  it("loops over events, and ends the loop with the topic", async () => {
    await session.connect();
    const room = session.subscribe("room:1");
    const closed = take(1, (listener) => room.on("closed", listener));
    await room.token;
    for (const text of ["a", "b", "c"]) server.topic("room:1").publish(text);
    const heard: unknown[] = [];
    for await (const { data } of room) {
      heard.push(data);
      if (data === "c") await server.topic("room:1").delete();
    }
    expect(heard).toEqual(["a", "b", "c"]);
    expect(await closed).toEqual([{ topic: "room:1", lastSeq: 3, code: "DELETED" }]);
  });

  it("calls methods, and says what a refusal and a deadline mean", async () => {
    await session.connect();
    expect(await session.request("add", [2, 3])).toBe(5);
    const refused = session.request("refuse");
    await expect(refused).rejects.toMatchObject({
      name: "SessionError",
      message: "REQUEST_REFUSED, see docs/errors.md",
      code: "REQUEST_REFUSED",
      outcome: "failed",
      peer: { code: "NO_FUNDS", detail: { missing: 3 } },
    });
    expect([refused.outcome, refused.error?.code]).toEqual(["failed", "REQUEST_REFUSED"]);
    expect(refused.error).toBeInstanceOf(browser.SessionError);
    const late = session.request("never", undefined, { deadlineMs: 5 });
    await expect(late).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    const controller = new AbortController();
    const aborted = session.request("never", undefined, { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED", outcome: "unknown" });
    const cycle: unknown[] = [];
    cycle.push(cycle);
    await expect(session.request("add", cycle)).rejects.toMatchObject({ code: "NOT_ENCODABLE" });
    await expect(session.subscribe("secret").token).rejects.toMatchObject({
      code: "TOPIC_REFUSED",
      peer: { code: "FORBIDDEN" },
    });
  });

  it("notifies and is notified, and lets an interceptor see, change and stop what comes", async () => {
    await session.connect();
    const told = take<Browser.ServerNotification>(2, (listener) =>
      session.onNotification(listener),
    );
    const remove = session.intercept((message, { epoch }) => {
      if (message.type !== "notification") return;
      if (message.method === "stopped") return false;
      return { ...message, params: [message.params, epoch] };
    });
    await session.request("add", [1, 1]);
    for (const method of ["alert", "stopped"]) server.sessions[0]?.notify(method, { n: 1 });
    await session.request("add", [1, 1]);
    remove();
    server.sessions[0]?.notify("plain", { n: 2 });
    expect(await told).toEqual([
      { method: "alert", params: [{ n: 1 }, 1] },
      { method: "plain", params: { n: 2 } },
    ]);
    expect(session.notify("note", { n: 3 })).toBe("sent");
    const receipt = await session.close();
    expect(receipt.notifications).toEqual({ sent: 1, arrived: 1 });
    expect(seen).toEqual([{ n: 3 }]);
    expect(session.stats()).toMatchObject({ intercepted: 1, violations: 0 });
  });

  it("comes back after a lost link with its credentials and its topics", async () => {
    await session.connect();
    const events = take<Browser.SessionEventRecord>(1, (listener) =>
      session.on("event", (record) => record.type === "connection_lost" && listener(record)),
    );
    const errors = take<Browser.SessionError>(1, (listener) => session.on("error", listener));
    const room = session.subscribe("room:1");
    const gaps = take(1, (listener) => room.on("gap", listener));
    room.on("event", () => {});
    await room.token;
    server.topic("room:1").publish("a");
    const { port } = new URL(url);
    await server.close({ deadlineMs: 0 });
    ({ server } = await serve({ port: Number(port) }));
    expect(await gaps).toEqual([{ topic: "room:1", from: 2, to: null }]);
    expect([session.state, session.epoch > 1]).toEqual(["subscribed", true]);
    expect(await events).toMatchObject([{ type: "connection_lost", epoch: 1 }]);
    expect(await errors).toMatchObject([{ code: "CONNECTION_LOST", outcome: null }]);
    expect(session.stats().connections).toBe(session.stats().connectionsLost + 1);
  });

  it("closes with a receipt that has every documented field, and is then closed", async () => {
    await session.connect();
    const room = session.subscribe("room:1");
    room.on("event", () => {});
    await room.token;
    server.topic("room:1").publish("a");
    const request = session.request("add", [1, 2]);
    const closing = session.close({ code: 3001, reason: "bye" });
    expect(session.close()).toBe(closing);
    await expect(session.request("add", [1, 2])).rejects.toMatchObject({ code: "SESSION_CLOSING" });
    expect(await closing).toEqual({
      clean: true,
      unsubscribed: ["room:1"],
      unknown: [],
      sentUnacked: [],
      handlersAborted: 0,
      lastSeq: { "room:1": 1 },
      notifications: { sent: 0, arrived: 0 },
      bytesUnsent: 0,
      closeCode: 3001,
      elapsedMs: expect.any(Number),
    });
    expect([await request, session.state, closing.outcome]).toEqual([3, "closed", "acked"]);
    await expect(session.waitFor("connected")).rejects.toMatchObject({ code: "STATE_UNREACHABLE" });
    expect(() => session.notify("note")).toThrow(browser.SessionError);
  });

  it("says what its caller did wrong", () => {
    const make = (options: object) => () => new browser.Session({ url, ...options });
    expect(make({ url: "http://a" })).toThrow("url must be a ws: or wss: URL, got http:");
    expect(make({ pingIntervalMs: -1 })).toThrow(/^pingIntervalMs must be .* above 0 .*, got -1$/);
    expect(make({ reconnect: { maxAttempts: -1 } })).toThrow(
      /^reconnect\.maxAttempts must be .* from 0 .*, got -1$/,
    );
    expect(() => session.subscribe([])).toThrow(TypeError);
    expect(() => session.close({ code: 999 })).toThrow(RangeError);
  });

  it("fails a first connection that is refused, and knows bad credentials", async () => {
    await server.close();
    await expect(session.connect()).rejects.toMatchObject({ code: "CONNECT_REFUSED" });
    expect(session.state).toBe("disconnected");
    ({ server, url } = await serve());
    session = new browser.Session({ url, credentials: "bad" });
    const errors = take<Browser.SessionError>(1, (listener) => session.on("error", listener));
    await session.connect();
    expect(await errors).toMatchObject([{ code: "AUTHENTICATION_REFUSED" }]);
    expect(session.state).toBe("error");
  });

  it("exports the queue, the machine and the tables as documented", async () => {
    const handled: unknown[] = [];
    const failures: unknown[] = [];
    const queue = new browser.EventQueue<{ put: number; fail: string }>({
      handlers: {
        put: async (value) => void handled.push(value),
        fail: (text) => {
          throw new Error(text);
        },
      },
      onError: ({ error, event, source }) => failures.push([String(error), event, source]),
      maxDepth: 2,
      overflow: "drop-oldest",
      now: () => 5,
    });
    const observed: number[] = [];
    const stop = queue.observe("put", (value) => observed.push(value));
    for (const value of [1, 2, 3, 4]) queue.post("put", value);
    expect([queue.depth, queue.dropped, queue.oldestAgeMs]).toEqual([2, 1, 0]);
    await queue.idle();
    stop();
    queue.post("fail", "no", "control");
    expect([handled, observed]).toEqual([
      [1, 3, 4],
      [1, 3, 4],
    ]);
    expect(failures).toEqual([["Error: no", { type: "fail", payload: "no" }, "handler"]]);
    const changes: unknown[] = [];
    const machine = new browser.SessionMachine((change) => changes.push(change));
    machine.nextEpoch();
    machine.step("connecting");
    expect(changes).toEqual([{ from: "disconnected", to: "connecting", epoch: 1 }]);
    expect([machine.state, machine.epoch, machine.final]).toEqual(["connecting", 1, false]);
    expect(() => machine.step("subscribed")).toThrow(/^bug: /);
    expect(browser.canTransition("closing", "closed")).toBe(true);
    expect(browser.isFinal("error")).toBe(true);
    expect(Object.keys(browser.SESSION_ERRORS)).toEqual(browser.SESSION_ERROR_CODES);
    expect(browser.SESSION_TRANSITIONS.closed).toEqual([]);
  });
});
