import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { JSONRPCClient, type JSONRPCResponse } from "json-rpc-2.0";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Refusal } from "../../src/server/methods/refusal.ts";
import { SessionServer, type SessionServerOptions } from "../../src/server/session-server.ts";
import { closeServers, serve, until } from "./support/serve.ts";
import { BareClient, RawClient } from "./support/sockets.ts";

afterEach(closeServers);

describe("a JSON-RPC client that is not ours", () => {
  it("W-2.1 calls methods and subscribes", async () => {
    const { server, url } = await serve();
    server.method("sum", (params) => (params as number[]).reduce((a, b) => a + b));
    server.method("refuse", () => {
      throw new Refusal("OUT_OF_STOCK", "none left", { left: 0 });
    });
    const socket = new WebSocket(url);
    await once(socket, "open");
    const client = new JSONRPCClient((request) => socket.send(JSON.stringify(request)));
    const events: unknown[] = [];
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as JSONRPCResponse & { params?: unknown };
      if ("method" in message) events.push(message.params);
      else client.receive(message);
    });
    expect(await client.request("sum", [1, 2, 3])).toBe(6);
    await expect(client.request("refuse", {})).rejects.toMatchObject({
      code: -32_000,
      message: "none left",
      data: { code: "OUT_OF_STOCK", detail: { left: 0 } },
    });
    const many = await Promise.all([1, 2, 3].map((value) => client.request("sum", [[value]])));
    expect(many).toEqual([1, 2, 3]);
    const subscribed = (await client.request("topic.subscribe", {
      topics: [{ topic: "a" }],
    })) as { topics: unknown[] };
    expect(subscribed.topics).toMatchObject([{ topic: "a", seq: 0 }]);
    server.topic("a").publish({ price: "1.5" });
    const unsubscribed = await client.request("topic.unsubscribe", { topics: ["a"] });
    expect(unsubscribed).toEqual({ topics: [{ topic: "a", lastSeq: 1 }] });
    expect(events).toEqual([{ topic: "a", seq: 1, data: { price: "1.5" } }]);
    expect(await client.request("session.bye", {})).toEqual({ notifications: 0 });
    socket.close(1000);
    expect((await once(socket, "close"))[0]).toBe(1000);
  });
});

describe("the handshake", () => {
  it("W-1.1 answers with the subprotocol, and does without", async () => {
    const { url } = await serve();
    const ours = await new BareClient(url, {}, ["other", "orderly.v1"]).opened();
    const none = await new BareClient(url, {}, []).opened();
    expect(ours.socket.protocol).toBe("orderly.v1");
    expect(none.socket.protocol).toBe("");
    expect((await none.ask(1, "session.ping"))["result"]).toBeNull();
  });

  it("W-1.4 answers 426 where an upgrade is due", async () => {
    const { port } = await serve();
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(426);
    expect(response.headers.get("upgrade")).toBe("websocket");
    await response.text();
  });

  it.each([
    [{ "Sec-WebSocket-Version": "7" }, "400"],
    [{ "Sec-WebSocket-Key": "short" }, "400"],
    [{ Upgrade: "other" }, "400"],
  ])("is refused in HTTP with the headers %j", async (headers, status) => {
    const { port } = await serve();
    const raw = new RawClient(port);
    expect(await raw.upgrade(headers as unknown as Record<string, string>)).toContain(status);
    await raw.closed;
  });

  it("W-1.5 lets only the own host's pages in, unless others are named", async () => {
    const { port, url, server } = await serve();
    const refused: unknown[] = [];
    server.on("refused", (address, code) => refused.push([address, code]));
    const own = await new BareClient(url, { origin: `http://127.0.0.1:${port}` }).opened();
    expect((await own.ask(1, "session.ping"))["result"]).toBeNull();
    for (const origin of ["https://evil.example", "null", `http://127.0.0.1:${port + 1}`]) {
      const foreign = new BareClient(url, { origin });
      expect((await foreign.closed).code).toBe(4403);
    }
    expect(refused).toEqual(Array(3).fill(["127.0.0.1", 4403]));
    const named = await serve({ allowedOrigins: ["https://app.example"] });
    await new BareClient(named.url, { origin: "https://app.example" }).opened();
    expect((await new BareClient(named.url, { origin: "https://other.example" }).closed).code).toBe(
      4403,
    );
    const any = await serve({ allowedOrigins: "any" });
    await new BareClient(any.url, { origin: "null" }).opened();
    const asked = await serve({ allowedOrigins: (origin) => origin.endsWith(".example") });
    await new BareClient(asked.url, { origin: "https://a.example" }).opened();
  });

  it("W-1.5 takes anything but true of allowedOrigins for a no, a promise of it too", async () => {
    for (const answer of [Promise.resolve(true), "yes", 1]) {
      const { url } = await serve({ allowedOrigins: () => answer as never });
      const { code } = await new BareClient(url, { origin: "https://a.example" }).closed;
      expect(code).toBe(4403);
    }
  });

  it("W-1.5 takes a throw of allowedOrigins for a no, reports it, and lives", async () => {
    const errors: unknown[] = [];
    const { server, url } = await serve({
      allowedOrigins: () => {
        throw new Error("the database is down");
      },
    });
    server.on("error", ({ code, message }, session) => errors.push([code, message, session]));
    expect((await new BareClient(url, { origin: "https://a.example" }).closed).code).toBe(4403);
    expect(errors).toEqual([["AUTHORIZE_THREW", "allowedOrigins threw", null]]);
    await new BareClient(url).opened();
  });

  it("W-1.5 refuses a foreign origin in HTTP when too many are being told", async () => {
    const { port, server } = await serve({ limits: { maxPendingHandshakes: 1 } });
    const first = new RawClient(port);
    expect(await first.upgrade({ Origin: "https://evil.example" })).toContain("101");
    const second = new RawClient(port);
    expect(await second.upgrade({ Origin: "https://evil.example" })).toContain("403");
    await second.closed;
    expect(server.stats().refusedUpgrades).toBe(2);
    first.socket.destroy();
  });

  it("W-7.7 refuses 503 above maxPendingHandshakes at a full limit", async () => {
    const { port, url } = await serve({ limits: { maxSessions: 1, maxPendingHandshakes: 1 } });
    await new BareClient(url).opened();
    await new BareClient(url).opened();
    const third = new RawClient(port);
    expect(await third.upgrade()).toContain("503");
    await third.closed;
  });

  it("W-1.7 refuses 503 while the server closes", async () => {
    const { server, port, url } = await serve();
    const client = await new BareClient(url).opened();
    await client.ask(1, "session.hello", { session: "0".repeat(32) });
    const raw = new RawClient(port);
    await once(raw.socket, "connect");
    const closing = server.close({ deadlineMs: 2_000 });
    await client.until(({ method }) => method === "session.goaway");
    expect(await raw.upgrade()).toContain("503");
    await client.ask(2, "session.bye");
    client.socket.close();
    expect((await closing).clean).toBe(true);
    await raw.closed;
  });

  it("is cut when its headers do not come in time", async () => {
    const { port } = await serve({ limits: { handshakeTimeoutMs: 100 } });
    const raw = new RawClient(port);
    raw.socket.write("GET / HTTP/1.1\r\nHost: a\r\n");
    await raw.closed;
    expect(raw.text).toContain("408");
  });

  it.each([Number.POSITIVE_INFINITY, 1_500.5, 0.5])(
    "is taken by a server whose handshakeTimeoutMs is %s",
    async (handshakeTimeoutMs) => {
      const { url } = await serve({ limits: { handshakeTimeoutMs } });
      expect(
        (await (await new BareClient(url).opened()).ask(1, "session.ping"))["result"],
      ).toBeNull();
    },
  );

  it.each([undefined, "localhost"])(
    "fails with SERVER_CLOSED where the server is closed before it listens on %s",
    async (host) => {
      const server = new SessionServer();
      const listening = server.listen(0, host);
      await server.close();
      await expect(listening).rejects.toMatchObject({ code: "SERVER_CLOSED" });
    },
  );

  it("fails with LISTENER_FAILED on a port that is taken", async () => {
    const { port } = await serve();
    const second = new SessionServer();
    await expect(second.listen(port, "127.0.0.1")).rejects.toMatchObject({
      code: "LISTENER_FAILED",
      cause: { code: "EADDRINUSE" },
    });
  });
});

describe("server.attach", () => {
  it("serves one path of a server that is somebody else's", async () => {
    const http = createServer((_request, response) => response.end("mine"));
    const server = new SessionServer();
    server.attach(http, { path: "/ws" });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    const client = await new BareClient(`ws://127.0.0.1:${port}/ws?room=1`).opened();
    expect(server.sessions[0]?.url).toBe("/ws?room=1");
    const wrong = new RawClient(port);
    expect(await wrong.upgrade({}, "/other")).toContain("404");
    await wrong.closed;
    http.on("upgrade", (request, socket) => {
      if (request.url === "/other") socket.end("HTTP/1.1 418 Teapot\r\n\r\n");
    });
    const other = new RawClient(port);
    expect(await other.upgrade({}, "/other")).toContain("418");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("mine");
    void server.close();
    expect((await client.closed).code).toBe(1012);
    expect(http.listening).toBe(true);
    http.close();
    http.closeAllConnections();
  });
});

describe("server.handleUpgrade", () => {
  it("makes a session of the upgrade that its caller chose", async () => {
    const http = createServer();
    const server = new SessionServer();
    http.on("upgrade", (request, socket, head) => server.handleUpgrade(request, socket, head));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    const client = await new BareClient(`ws://127.0.0.1:${port}/`).opened();
    expect((await client.ask(1, "session.ping"))["result"]).toBeNull();
    expect((await server.close()).clean).toBe(true);
    const late = new RawClient(port);
    expect(await late.upgrade()).toContain("503");
    http.close();
  });
});

describe("credentials of the upgrade", () => {
  const options: SessionServerOptions = {
    cookieName: "sid",
    authenticate: ({ token, source }) => ({ userId: `${source}:${token}` }),
  };

  it("W-3.3 W-1.5 come as a bearer token, or as a cookie with an Origin", async () => {
    const { server, port, url } = await serve(options);
    server.method("who", (_params, { session }) => session.userId);
    const origin = `http://127.0.0.1:${port}`;
    const bearer = new BareClient(url, { headers: { authorization: "Bearer abc" } });
    expect((await (await bearer.opened()).ask(1, "who"))["result"]).toBe("header:abc");
    const cookies = [
      ["a=1; sid=x%20y; b=2", "cookie:x y"],
      ['sid="quoted"', "cookie:quoted"],
      ["flag; sid=%E0%A4%A", "cookie:%E0%A4%A"],
    ];
    for (const [cookie = "", userId] of cookies) {
      const client = new BareClient(url, { origin, headers: { cookie } });
      expect((await (await client.opened()).ask(1, "who"))["result"]).toBe(userId);
    }
    const headless = new BareClient(url, { headers: { cookie: "sid=abc" } });
    expect((await headless.closed).code).toBe(4403);
    const none = await new BareClient(url, {
      origin,
      headers: { cookie: "sid=; other=1" },
    }).opened();
    expect(await none.ask(1, "who")).toMatchObject({
      error: { data: { code: "UNAUTHENTICATED" } },
    });
  });
});

describe("the client's address", () => {
  it("is the socket's, or the one that the trusted proxy heard", async () => {
    const headers = { "x-forwarded-for": "6.6.6.6, 203.0.113.7, 10.0.0.1" };
    const cases = [
      [0, "127.0.0.1"],
      [1, "10.0.0.1"],
      [2, "203.0.113.7"],
      [4, "127.0.0.1"],
    ] as const;
    for (const [trustProxy, address] of cases) {
      const { server, url } = await serve({ trustProxy });
      await new BareClient(url, { headers }).opened();
      await until(() => server.sessions.length === 1);
      expect(server.sessions[0]?.address).toBe(address);
    }
    const { server, url } = await serve({ trustProxy: 1 });
    await new BareClient(url).opened();
    await until(() => server.sessions.length === 1);
    expect(server.sessions[0]?.address).toBe("127.0.0.1");
    expect(() => new SessionServer({ trustProxy: -1 })).toThrow("got -1");
  });
});
