import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { browserTransport, Session } from "../../src/browser.ts";
import { closeServers, serve } from "../server/support/serve.ts";
import { failureOf } from "../session/support/world.ts";

/** The `ws` package's WebSocket has the browser's interface; a browser's throws nothing where nobody listens. */
class BrowserWebSocket extends WebSocket {
  constructor(url: string, subprotocols: string[]) {
    super(url, subprotocols);
    this.on("error", () => {});
  }
}

beforeEach(() => {
  vi.stubGlobal("WebSocket", BrowserWebSocket);
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await closeServers();
});

/** A server that accepts WebSockets and does as it is told. */
async function accepting(
  onSocket: (socket: WebSocket) => void,
): Promise<{ url: string; end: () => void }> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", onSocket);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    end: () => {
      for (const socket of sockets.clients) socket.terminate();
      http.close();
    },
  };
}

describe("a session over a browser's WebSocket", () => {
  it("connects, calls, gets events in order, and closes with a clean receipt", async () => {
    const { server, url } = await serve();
    server.method("double", (value) => Number(value) * 2);
    const session = new Session({ url });
    const seen: unknown[] = [];
    await session.connect();
    const subscription = session.subscribe("a");
    subscription.on("event", ({ seq, data }) => {
      seen.push([seq, data]);
    });
    await subscription.token;
    server.topic("a").publish("x");
    expect(await session.request("double", 21)).toBe(42);
    expect(await session.close({ code: 3_000, reason: "over" })).toMatchObject({
      clean: true,
      unsubscribed: ["a"],
      closeCode: 3_000,
      bytesUnsent: 0,
    });
    expect(seen).toEqual([[1, "x"]]);
  });

  it("rejects a refused connection at once", async () => {
    const { url, end } = await accepting(() => {});
    end();
    const error = await failureOf(new Session({ url }).connect());
    expect([error.code, error.closeCode]).toEqual(["CONNECT_REFUSED", 1_006]);
  });

  it("lets go of a peer that is mute at the deadline, and hears nothing of it afterwards", async () => {
    let peer: WebSocket | undefined;
    const { url, end } = await accepting((socket) => {
      peer = socket;
    });
    const session = new Session({ url });
    const codes: string[] = [];
    await session.connect();
    session.on("error", ({ code }) => codes.push(code));
    const receipt = await session.close({ deadlineMs: 100 });
    expect(receipt).toMatchObject({ clean: false, closeCode: 1_006 });
    peer?.send('{"jsonrpc":"2.0","method":"late"}');
    expect([session.state, codes]).toEqual(["closed", []]);
    end();
  });

  it("comes back when it lets go of a silent connection: the browser may take its time", async () => {
    let connections = 0;
    const { url, end } = await accepting(() => {
      connections += 1;
    });
    const session = new Session({
      url,
      pingIntervalMs: 20,
      pongTimeoutMs: 20,
      reconnect: { initialDelayMs: 1, maxDelayMs: 1 },
    });
    await session.connect();
    await session.waitFor("disconnected");
    await session.waitFor("connected");
    expect([session.epoch, connections]).toEqual([2, 2]);
    await session.close({ deadlineMs: 20 });
    end();
  });

  it("reports binary messages, which the protocol does not have", async () => {
    const { url, end } = await accepting((socket) => socket.send(new Uint8Array([1, 2, 3])));
    const session = new Session({ url });
    const reported = new Promise((resolve) => session.on("error", ({ code }) => resolve(code)));
    await session.connect();
    expect(await reported).toBe("PROTOCOL_VIOLATION");
    await session.close({ deadlineMs: 20 });
    end();
  });

  it("knows the synchronous part of a handler that closes its own session", async () => {
    const { server, url } = await serve();
    const session = new Session({ url });
    await session.connect();
    const subscription = session.subscribe("a");
    const closed = new Promise<boolean>((resolve) => {
      subscription.on("event", () => session.close().then(({ clean }) => resolve(clean)));
    });
    await subscription.token;
    server.topic("a").publish(1);
    expect(await closed).toBe(true);
  });

  it("does nothing more with a connection that it has let go of, and tells its end once", async () => {
    const heard: string[] = [];
    const { url, end } = await accepting((socket) => {
      socket.on("message", (data) => heard.push(String(data)));
    });
    const ends: number[] = [];
    await new Promise<void>((resolve) => {
      const connection = browserTransport.connect(
        { url, subprotocols: [] },
        {
          opened: () => {
            connection.send("in time");
            connection.terminate();
            connection.send("too late");
            connection.close(1_000, "");
            connection.terminate();
            expect(ends).toEqual([]);
          },
          received: () => {},
          closed: (code) => {
            ends.push(code);
            setImmediate(resolve);
          },
        },
      );
      connection.send("too early");
    });
    while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect([ends, heard]).toEqual([[1_006], ["in time"]]);
    end();
  });
});
