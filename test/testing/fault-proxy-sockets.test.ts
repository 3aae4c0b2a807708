import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Session } from "../../src/index.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import { FakeServer, FaultProxy } from "../../src/testing/index.ts";

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function onSockets() {
  const server = new FakeServer().on("echo", (params) => params);
  const listening = await server.listen();
  const proxy = new FaultProxy();
  const { url, close } = await proxy.listen({ upstream: listening.url });
  closers.push(listening.close, close);
  const session = new Session({ url, reconnect: { initialDelayMs: 1, maxDelayMs: 5 } });
  closers.push(async () => session.close({ deadlineMs: 200 }));
  await session.connect();
  const told: unknown[] = [];
  const subscription = session.subscribe("a");
  subscription.on("event", ({ seq }) => void told.push(seq));
  subscription.on("gap", ({ from, to }) => void told.push({ from, to }));
  await subscription.token;
  /** Everything that was sent before has arrived: answers and events are in one order. */
  const roundTrip = async (): Promise<void> => {
    await session.request("echo", {});
  };
  return { server, proxy, session, subscription, told, roundTrip, url };
}

describe("FaultProxy on sockets", () => {
  it("is not there without a rule: a server of ours, its subprotocol, its close codes", async () => {
    const server = new SessionServer({ authorize: "public" });
    server.method("echo", (params) => params);
    const { port } = await server.listen(0, "127.0.0.1");
    const proxy = new FaultProxy();
    const { url, close } = await proxy.listen({ upstream: `ws://127.0.0.1:${port}/` });
    closers.push(() => server.close(), close);
    const session = new Session({ url });
    await session.connect();
    expect(await session.request("echo", { text: "ü" })).toEqual({ text: "ü" });
    const subscription = session.subscribe("a");
    await subscription.token;
    const receipt = await session.close();
    expect([receipt.clean, receipt.closeCode]).toEqual([true, 1000]);
    const bare = new WebSocket(url, "orderly.v1");
    const code = await new Promise((resolve) => {
      bare.on("open", () => bare.send(Uint8Array.of(1)));
      bare.on("close", resolve);
    });
    expect(code).toBe(1003);
  });

  it.each(["nowhere", "http://127.0.0.1:1/"])("does not listen for %s", async (upstream) => {
    await expect(new FaultProxy().listen({ upstream })).rejects.toThrow(TypeError);
  });

  it("hands on the path and the headers that a server may decide by, and none of its own connection", async () => {
    const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(wss, "listening");
    const { port } = wss.address() as { port: number };
    const proxy = new FaultProxy();
    const { url, close } = await proxy.listen({ upstream: `ws://127.0.0.1:${port}/` });
    closers.push(async () => wss.close(), close);
    const headers = { "x-api-key": "k", "x-forwarded-for": "192.0.2.7", cookie: "a=1", te: "gzip" };
    const client = new WebSocket(new URL("/feed?b=1", url), { headers });
    const [, request] = (await once(wss, "connection")) as [WebSocket, IncomingMessage];
    expect(request.url).toBe("/feed?b=1");
    expect(request.headers).toMatchObject({
      "x-api-key": "k",
      "x-forwarded-for": "192.0.2.7",
      cookie: "a=1",
      host: `127.0.0.1:${port}`,
    });
    const { te, "sec-websocket-extensions": extensions } = request.headers;
    expect([te, extensions]).toEqual([undefined, undefined]);
    await once(client, "open");
    client.terminate();
  });

  it("drops, duplicates, corrupts and replaces single frames", async () => {
    const { proxy, server, told, roundTrip, session } = await onSockets();
    const errors: string[] = [];
    session.on("error", ({ code }) => errors.push(code));
    const events = { direction: "toClient", topic: "a", method: "topic.event" } as const;
    proxy.add({ ...events, nth: 2, action: "drop" });
    proxy.add({ ...events, nth: 3, action: "duplicate" });
    proxy.add({ ...events, nth: 4, action: "corrupt" });
    for (let n = 0; n < 5; n += 1) server.publish("a", n);
    await roundTrip();
    expect([told, errors]).toEqual([
      [1, { from: 2, to: 2 }, 3, { from: 4, to: 4 }, 5],
      ["PROTOCOL_VIOLATION"],
    ]);
  });

  it("stalls until released, and delays in order", async () => {
    const { proxy, server, told, roundTrip } = await onSockets();
    proxy.add({ direction: "toServer", method: "echo", nth: 1, action: "stall" });
    const first = roundTrip();
    const fault = proxy.add({ direction: "toClient", topic: "a", nth: 1, action: { delayMs: 30 } });
    server.publish("a", 1);
    server.publish("a", 2);
    await new Promise<void>((resolve) => {
      const look = (): void => (told.length === 2 ? resolve() : void setImmediate(look));
      look();
    });
    expect([server.calls("echo").length, proxy.waiting("toServer"), fault.hits]).toEqual([0, 1, 1]);
    proxy.release();
    await first;
    expect(server.calls("echo").length).toBe(1);
  });

  it("cuts at the answer to an unsubscribe, and the session comes back without the topic", async () => {
    const { proxy, session, subscription, server } = await onSockets();
    proxy.add({ direction: "toClient", method: "topic.unsubscribe", nth: 1, action: "cut" });
    const left = subscription.unsubscribe();
    await expect(left).rejects.toMatchObject({ code: "LINK_LOST", outcome: "unknown" });
    await session.waitFor("connected");
    await session.request("echo", {});
    expect(server.calls("topic.subscribe").map(({ connection }) => connection)).toEqual([1]);
    expect(server.closed).toEqual([1006]);
  });

  it("refuses where the server behind refuses, or is not there", async () => {
    const server = new SessionServer({ authorize: "public", allowedOrigins: [] });
    const { port } = await server.listen(0, "127.0.0.1");
    const proxy = new FaultProxy();
    const { url, close } = await proxy.listen({ upstream: `ws://127.0.0.1:${port}/` });
    const first = new Session({ url });
    await first.connect();
    await first.close();
    await server.close();
    const session = new Session({ url });
    await expect(session.connect()).rejects.toMatchObject({ code: "CONNECT_REFUSED" });
    expect(proxy.connections).toBe(0);
    await close();
    const gone = new Session({ url });
    await expect(gone.connect()).rejects.toMatchObject({ code: "CONNECT_REFUSED" });
  });

  it.each([
    ["a path of two slashes", "//", "", 101, 1],
    ["a path that looks like another host", "//203.0.113.1/a?b", "", 101, 1],
    ["a fragment", "/a#b", "", 101, 1],
    ["a subprotocol twice", "/", "Sec-WebSocket-Protocol: a, a\r\n", 400, 0],
    ["an empty subprotocol", "/", "Sec-WebSocket-Protocol: \r\n", 400, 0],
    ["no handshake of RFC 6455", "/", "Sec-WebSocket-Version: 1\r\n", 400, 0],
  ])("lives on, and leaves nothing behind, when a client asks with %s", async (...odd) => {
    const [, path, header, status, connections] = odd;
    const server = new FakeServer();
    const behind = await server.listen();
    const proxy = new FaultProxy();
    const front = await proxy.listen({ upstream: behind.url });
    closers.push(behind.close, front.close);
    const socket = connect(Number(new URL(front.url).port), "127.0.0.1");
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${header}` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("latin1")).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (status !== 101) await once(socket, "close");
    expect(proxy.connections).toBe(connections);
    expect(server.connections.length - server.closed.length).toBeGreaterThanOrEqual(connections);
    socket.destroy();
  });
});
