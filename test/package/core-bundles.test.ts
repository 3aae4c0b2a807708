import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type * as Core from "../../src/core/with-authentication-browser.ts";
import type * as Server from "../../src/server/index.ts";
import { importBuilt, serve, take, useBrowserSocket } from "./support/page.ts";

useBrowserSocket();

/** Both bundles have their internal names shortened: the tests of the sources prove nothing of them. */
const bundles = [
  ["core-browser.js", await importBuilt<Omit<typeof Core, "authentication">>("core-browser.js")],
  [
    "core-with-authentication-browser.js",
    await importBuilt<typeof Core>("core-with-authentication-browser.js"),
  ],
] as const;

let server: Server.SessionServer;
let url: string;
let seen: unknown[];
let session: Core.CoreSession;

const reconnect = { initialDelayMs: 1, maxDelayMs: 5 } as const;

afterEach(async () => {
  await session.close({ deadlineMs: 1_000 });
  await server.close({ deadlineMs: 1_000 });
});

describe.each(bundles)("dist/%s", (file, core) => {
  beforeEach(async () => {
    ({ server, url, seen } = await serve({ isOpen: true }));
    session = new core.Session({ url, reconnect });
  });

  it("exports what it documents, and no more", () => {
    const more = file === "core-browser.js" ? [] : ["authentication"];
    expect(Object.keys(core).toSorted()).toEqual(["Session", "SessionError", ...more]);
  });

  it("tells its states, and hands back tokens with every documented field", async () => {
    const states: string[] = [];
    const stop = session.on("state", ({ from, to, epoch }) =>
      states.push(`${from} ${to} ${epoch}`),
    );
    expect([session.state, session.epoch, session.reconnectAt]).toEqual(["disconnected", 0, null]);
    const token = session.connect();
    expect(session.connect()).toBe(token);
    await token;
    stop();
    expect(states).toEqual(["disconnected connecting 0", "connecting connected 1"]);
    const { id, type, outcome, proof, error, issuedAt, settledAt } = token;
    expect({ id, type, outcome, proof, error }).toEqual({
      id: 1,
      type: "connect",
      outcome: "acked",
      proof: "frame",
      error: undefined,
    });
    expect(settledAt).toBeGreaterThan(issuedAt);
  });

  it("subscribes, delivers, and stops at the unsubscribe", async () => {
    await session.connect();
    const rooms = session.subscribe(["room:1", "room:2"], { maxQueuedEvents: 100 });
    const received = take<Core.TopicEvent>(3, (listener) => rooms.on("event", listener));
    const { positions } = await rooms.token;
    expect(positions).toEqual({
      "room:1": { epoch: expect.any(String), seq: 0 },
      "room:2": { epoch: expect.any(String), seq: 0 },
    });
    expect([rooms.topics, session.state]).toEqual([["room:1", "room:2"], "subscribed"]);
    for (const text of ["a", "b"]) server.topic("room:1").publish(text);
    server.topic("room:2").publish("c");
    expect((await received).map(({ topic, seq, data }) => [topic, seq, data])).toEqual([
      ["room:1", 1, "a"],
      ["room:1", 2, "b"],
      ["room:2", 1, "c"],
    ]);
    expect(rooms.position("room:1")?.seq).toBe(2);
    expect(await session.unsubscribe("room:2")).toEqual({ lastSeq: { "room:2": 1 } });
    const token = rooms.unsubscribe();
    expect(rooms.unsubscribe()).toBe(token);
    expect(await token).toEqual({ lastSeq: { "room:1": 2 } });
    expect([token.proof, rooms.discardedEvents, session.state]).toEqual(["frame", 0, "connected"]);
  });

  it("tells the end of a topic, and a gap where one joins it late", async () => {
    await session.connect();
    const room = session.subscribe("room:1");
    const { positions } = await room.token;
    const ended = take(1, (listener) => room.on("closed", listener));
    const events = take(2, (listener) => room.on("event", listener));
    for (const text of ["a", "b"]) server.topic("room:1").publish(text);
    await events;
    const late = session.subscribe("room:1", { since: positions["room:1"] as Core.Position });
    const gaps = take(1, (listener) => late.on("gap", listener));
    late.on("event", () => {});
    expect(await gaps).toEqual([{ topic: "room:1", from: 1, to: 2 }]);
    await server.topic("room:1").delete();
    expect(await ended).toEqual([{ topic: "room:1", lastSeq: 2, code: "DELETED" }]);
  });

  it("calls methods, and says what a refusal, a deadline and an abort mean", async () => {
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
    expect(refused.error).toBeInstanceOf(core.SessionError);
    const late = session.request("never", undefined, { deadlineMs: 5 });
    await expect(late).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    const controller = new AbortController();
    const aborted = session.request("never", undefined, { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED", outcome: "unknown" });
    await expect(session.request("add", 1n)).rejects.toMatchObject({ code: "NOT_ENCODABLE" });
    await expect(session.subscribe("secret").token).rejects.toMatchObject({
      code: "TOPIC_REFUSED",
      peer: { code: "FORBIDDEN" },
    });
  });

  it("comes back after a lost link with its topics, and says what was missed", async () => {
    await session.connect();
    const errors = take<Core.SessionError>(1, (listener) => session.on("error", listener));
    const room = session.subscribe("room:1");
    const gaps = take(1, (listener) => room.on("gap", listener));
    const events = take(1, (listener) => room.on("event", listener));
    await room.token;
    server.topic("room:1").publish("a");
    await events;
    const { port } = new URL(url);
    await server.close({ deadlineMs: 0 });
    ({ server } = await serve({ port: Number(port), isOpen: true }));
    expect(await gaps).toEqual([{ topic: "room:1", from: 2, to: null }]);
    expect([session.state, session.epoch > 1]).toEqual(["subscribed", true]);
    expect(await errors).toMatchObject([{ code: "CONNECTION_LOST", outcome: null }]);
  });

  it("closes with a receipt that has every documented field, and is then closed", async () => {
    await session.connect();
    const room = session.subscribe("room:1");
    room.on("event", () => {});
    await room.token;
    server.topic("room:1").publish("a");
    const request = session.request("add", [1, 2]);
    expect(session.notify("note", { n: 3 })).toBe("sent");
    const closing = session.close({ code: 3_001, reason: "bye" });
    expect(session.close()).toBe(closing);
    await expect(session.request("add", [1, 2])).rejects.toMatchObject({ code: "SESSION_CLOSING" });
    expect(await closing).toEqual({
      clean: true,
      unsubscribed: ["room:1"],
      unknown: [],
      sentUnacked: [],
      handlersAborted: 0,
      lastSeq: { "room:1": 1 },
      notifications: { sent: 1, arrived: 1 },
      bytesUnsent: 0,
      closeCode: 3_001,
      elapsedMs: expect.any(Number),
    });
    expect([await request, session.state, seen]).toEqual([3, "closed", [{ n: 3 }]]);
    expect(() => session.notify("note")).toThrow(core.SessionError);
    await session[Symbol.asyncDispose]();
  });

  it("names what its caller did wrong", () => {
    const make = (options: object) => () => new core.Session({ url, ...options });
    expect(make({ url: "http://a" })).toThrow("bad url");
    expect(make({ pingIntervalMs: -1 })).toThrow("bad pingIntervalMs: -1");
    expect(make({ reconnect: { maxAttempts: -1 } })).toThrow("bad maxAttempts: -1");
    expect(() => session.subscribe([])).toThrow(TypeError);
    expect(() => session.request("session.bye")).toThrow("bad method");
    expect(() => session.close({ code: 999 })).toThrow(RangeError);
  });

  it("fails a first connection that is refused", async () => {
    await server.close();
    await expect(session.connect()).rejects.toMatchObject({ code: "CONNECT_REFUSED" });
    expect(session.state).toBe("disconnected");
  });
});

describe("dist/core-with-authentication-browser.js", () => {
  const [, [, core]] = bundles;

  /** A session of a server that asks for credentials. */
  const withCredentials = async (token: string): Promise<void> => {
    ({ server, url } = await serve());
    session = new core.Session({
      url,
      reconnect,
      authentication: core.authentication(() => token),
    });
  };

  it("presents credentials before anything else, and again after a lost link", async () => {
    await withCredentials("good");
    const authenticated = take(2, (listener) =>
      session.on("state", (change) => change.to === "authenticated" && listener(change)),
    );
    session.connect();
    expect(await session.request("add", [2, 3])).toBe(5);
    const { port } = new URL(url);
    await server.close({ deadlineMs: 0 });
    ({ server } = await serve({ port: Number(port) }));
    expect((await authenticated)[1]).toMatchObject({ from: "authenticating" });
    expect(await session.request("add", [3, 3])).toBe(6);
  });

  it("knows bad credentials", async () => {
    await withCredentials("bad");
    const errors = take<Core.SessionError>(1, (listener) => session.on("error", listener));
    await session.connect();
    expect(await errors).toMatchObject([{ code: "AUTHENTICATION_REFUSED" }]);
    expect(session.state).toBe("error");
  });
});
