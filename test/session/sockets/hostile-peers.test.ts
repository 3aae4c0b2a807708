import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { createWsTransport, Session } from "../../../src/index.ts";
import { failureOf } from "../support/world.ts";

const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  cleanUps.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  if (!server.listening) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  return (server.address() as AddressInfo).port;
}

/** A WebSocket server that accepts, and does what the test says with each message. */
async function acceptor(
  onMessage: (text: string, send: (text: string) => void) => void,
): Promise<number> {
  const http = createHttpServer();
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => onMessage(String(data), (text) => socket.send(text)));
    socket.on("error", () => {});
  });
  return portOf(http);
}

const sessionAt = (port: number, options: object = {}): Session =>
  new Session({ url: `ws://127.0.0.1:${port}/`, ...options });

describe("a session on real sockets", () => {
  it("rejects a refused connection at once, not at the deadline", async () => {
    const server = createServer();
    const port = await portOf(server);
    server.close();
    await once(server, "close");
    const session = sessionAt(port);
    const token = session.connect();
    const error = await failureOf(token);
    expect([error.code, (error.cause as NodeJS.ErrnoException).code]).toEqual([
      "CONNECT_REFUSED",
      "ECONNREFUSED",
    ]);
    expect((token.settledAt ?? Infinity) - token.issuedAt).toBeLessThan(2_000);
    expect(session.state).toBe("disconnected");
  });

  it("rejects a name that no resolver knows", async () => {
    const session = new Session({ url: "ws://does-not-exist.invalid/" });
    expect((await failureOf(session.connect())).code).toBe("CONNECT_REFUSED");
  });

  it.each([200, 404, 500])("rejects where the server answers HTTP %i", async (status) => {
    const http = createHttpServer((_request, response) => response.writeHead(status).end("no"));
    const port = await portOf(http);
    const error = await failureOf(sessionAt(port).connect());
    expect(error.code).toBe("CONNECT_REFUSED");
    expect((error.cause as Error).message).toContain(String(status));
  });

  it("rejects where the server answers what is no HTTP", async () => {
    const port = await portOf(createServer((socket) => socket.end("220 smtp ready\r\n")));
    expect((await failureOf(sessionAt(port).connect())).code).toBe("CONNECT_REFUSED");
  });

  it("gives up a handshake that is never answered at its deadline, and drops the socket", async () => {
    let dropped: () => void = () => {};
    const closed = new Promise<void>((resolve) => {
      dropped = resolve;
    });
    const port = await portOf(createServer((socket) => socket.on("close", dropped).resume()));
    const token = sessionAt(port).connect({ deadlineMs: 200 });
    expect((await failureOf(token)).code).toBe("DEADLINE_EXCEEDED");
    expect((token.settledAt ?? Infinity) - token.issuedAt).toBeLessThan(2_000);
    await closed;
  });

  it("gives up a handshake at connectTimeoutMs under retryFirst, and tries again", async () => {
    let connections = 0;
    const port = await portOf(
      createServer((socket) => {
        connections += 1;
        socket.resume();
      }),
    );
    const session = sessionAt(port, {
      connectTimeoutMs: 50,
      reconnect: { retryFirst: true, initialDelayMs: 1, maxDelayMs: 1 },
    });
    session.connect();
    while (connections < 3) {
      await session.waitFor("disconnected");
      await session.waitFor("connecting");
    }
    expect((await session.close()).clean).toBe(true);
  });

  it("against a peer that is mute is closed at our deadline, not at the 30 s of the socket library", async () => {
    const port = await portOf(
      createServer((socket) => {
        socket.once("data", (data) => {
          const key = /sec-websocket-key: (.+)\r\n/i.exec(String(data))?.[1] ?? "";
          void acceptKey(key).then((accept) => {
            // Accepts the upgrade, and never says a word again: no answer, no Close frame.
            socket.write(
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
                `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: orderly.v1\r\n\r\n`,
            );
            socket.resume();
          });
        });
      }),
    );
    const session = sessionAt(port);
    await session.connect();
    const request = session.request("order");
    const receipt = await session.close({ deadlineMs: 300 });
    expect(receipt).toMatchObject({
      clean: false,
      closeCode: 1_006,
      sentUnacked: [{ type: "request", subject: ["order"] }],
    });
    expect(receipt.elapsedMs).toBeGreaterThanOrEqual(299);
    expect(receipt.elapsedMs).toBeLessThan(3_000);
    expect([request.outcome, session.state]).toEqual(["unknown", "closed"]);
  });

  it("ends a connection that brings a message over maxMessageBytes with 1009", async () => {
    const port = await acceptor((text, send) => {
      if (text.includes("big")) send(`{"jsonrpc":"2.0","id":1,"result":"${"x".repeat(2_000)}"}`);
    });
    const session = new Session(
      { url: `ws://127.0.0.1:${port}/`, reconnect: { maxAttempts: 0 } },
      { transport: createWsTransport({ maxMessageBytes: 1_000 }) },
    );
    await session.connect();
    const token = session.request("big");
    expect((await failureOf(token)).code).toBe("LINK_LOST");
    expect(session.state).toBe("error");
    expect(session.request("m").error?.cause).toMatchObject({
      code: "CONNECTION_LOST",
      cause: { code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" },
    });
  });

  it("sends the headers that its transport was given", async () => {
    const seen: unknown[] = [];
    const http = createHttpServer();
    http.on("upgrade", (request, socket) => {
      seen.push(request.headers.authorization, request.headers["sec-websocket-extensions"]);
      socket.destroy();
    });
    const port = await portOf(http);
    const session = new Session(
      { url: `ws://127.0.0.1:${port}/` },
      { transport: createWsTransport({ headers: { Authorization: "Bearer t" } }) },
    );
    await failureOf(session.connect());
    expect(seen).toEqual(["Bearer t", undefined]);
  });

  it("says what it could not send where the peer does not read", async () => {
    const http = createHttpServer();
    const sockets = new WebSocketServer({ server: http });
    sockets.on("connection", (socket) => socket.pause());
    const port = await portOf(http);
    const session = sessionAt(port);
    await session.connect();
    const log = (): void => {
      for (let index = 0; index < 40; index += 1) session.notify("log", "x".repeat(1_000_000));
    };
    // The 17th would be beyond 16 MiB.
    expect(log).toThrow(expect.objectContaining({ code: "QUEUE_FULL" }));
    const receipt = await session.close({ deadlineMs: 200 });
    expect(receipt.bytesUnsent).toBeGreaterThan(1_000_000);
    expect(receipt.clean).toBe(false);
  });

  it("says what it could not send where the link is lost meanwhile", async () => {
    const http = createHttpServer();
    const sockets = new WebSocketServer({ server: http });
    sockets.on("connection", (socket) => socket.pause());
    const port = await portOf(http);
    const session = sessionAt(port);
    await session.connect();
    for (let index = 0; index < 15; index += 1) session.notify("log", "x".repeat(1_000_000));
    const token = session.close();
    for (const socket of sockets.clients) socket.terminate();
    const receipt = await token;
    expect(receipt.bytesUnsent).toBeGreaterThan(1_000_000);
    expect(receipt.clean).toBe(false);
  });
});

/** RFC 6455 §4.2.2: proves that the server read the handshake. */
async function acceptKey(key: string): Promise<string> {
  const text = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return Buffer.from(digest).toString("base64");
}
