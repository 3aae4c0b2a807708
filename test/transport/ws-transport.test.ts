import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import type { Connection } from "../../src/session/connection/transport.ts";
import { createWsTransport } from "../../src/transport/ws-transport.ts";

const servers: WebSocketServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
});

interface Heard {
  readonly connection: Connection;
  readonly messages: (string | Uint8Array)[];
  readonly opened: Promise<string>;
  readonly closed: Promise<readonly [number, string]>;
  readonly server: WebSocketServer;
}

async function connect(
  received: (connection: Connection, data: string | Uint8Array) => void = () => {},
): Promise<Heard> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  servers.push(server);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const messages: (string | Uint8Array)[] = [];
  let open: (subprotocol: string) => void = () => {};
  let close: (end: readonly [number, string]) => void = () => {};
  const opened = new Promise<string>((resolve) => {
    open = resolve;
  });
  const closed = new Promise<readonly [number, string]>((resolve) => {
    close = resolve;
  });
  const connection = createWsTransport().connect(
    { url: `ws://127.0.0.1:${port}/`, subprotocols: ["orderly.v1"] },
    {
      opened: open,
      received: (data) => {
        messages.push(data);
        received(connection, data);
      },
      closed: (code, reason) => close([code, reason]),
    },
  );
  return { connection, messages, opened, closed, server };
}

describe("the ws transport", () => {
  it("hands over text and bytes as they came, in order, and the peer's close", async () => {
    const { messages, opened, closed, server } = await connect();
    const [socket] = await once(server, "connection");
    expect(await opened).toBe("orderly.v1");
    socket.send("é");
    socket.send(new Uint8Array([1, 2]));
    socket.close(4_001, "bye");
    expect(await closed).toEqual([4_001, "bye"]);
    expect(messages).toEqual(["é", new Uint8Array([1, 2])]);
  });

  it("sends what one turn wrote in one segment, in order, a Close frame last", async () => {
    const { connection, opened, closed, server } = await connect();
    const [socket, request] = await once(server, "connection");
    const heard: string[] = [];
    let segments = 0;
    request.socket.on("data", () => {
      segments += 1;
    });
    socket.on("message", (data: Buffer) => heard.push(String(data)));
    await opened;
    for (let index = 0; index < 100; index += 1) connection.send(String(index));
    connection.close(1_000, "");
    await closed;
    expect(heard).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    expect(segments).toBeLessThanOrEqual(3);
  });

  it("answers before it echoes a Close that came with the question", async () => {
    const { closed, server } = await connect((connection) => connection.send("answer"));
    const [socket, request] = await once(server, "connection");
    const heard: string[] = [];
    socket.on("message", (data: Buffer) => heard.push(String(data)));
    // One segment, so that both are read in one turn.
    request.socket.cork();
    socket.send("question");
    socket.close(4_001, "bye");
    request.socket.uncork();
    expect(await closed).toEqual([4_001, "bye"]);
    expect(heard).toEqual(["answer"]);
  });

  it("counts what waits as buffered, until it is written", async () => {
    const { connection, opened, server } = await connect();
    const [socket] = await once(server, "connection");
    await opened;
    connection.send("01234567");
    connection.send("é");
    expect(connection.bufferedBytes).toBe(10);
    await once(socket, "message");
    expect(connection.bufferedBytes).toBe(0);
  });

  it("sends an empty message, alone", async () => {
    const { connection, opened, server } = await connect();
    const [socket] = await once(server, "connection");
    await opened;
    connection.send("");
    expect(String((await once(socket, "message"))[0])).toBe("");
  });

  it("sends much early and in order, whatever its size", async () => {
    const { connection, opened, server } = await connect();
    const [socket] = await once(server, "connection");
    const lengths: number[] = [];
    const sizes = [1, 3_000, 10, 70_000, 2_047, 0, 2, 20_000, 5];
    const all = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        if (lengths.push(data.length) === sizes.length) resolve();
      });
    });
    await opened;
    for (const size of sizes) connection.send("x".repeat(size));
    await all;
    expect(lengths).toEqual(sizes);
  });

  it("does nothing with what is sent before it is open, or behind a close", async () => {
    const { connection, opened, closed, server } = await connect();
    connection.send("too early");
    const [socket] = await once(server, "connection");
    const heard: string[] = [];
    socket.on("message", (data: Buffer) => heard.push(String(data)));
    await opened;
    connection.send("in time");
    connection.close(1_000, "");
    connection.send("too late");
    await closed;
    connection.send("far too late");
    connection.terminate();
    expect(heard).toEqual(["in time"]);
  });

  it("stops to read while it is paused, and reads on", async () => {
    const { connection, messages, opened, server } = await connect();
    const [socket] = await once(server, "connection");
    await opened;
    connection.pause?.();
    socket.send("while paused");
    // The peer's pong proves that its message has been on the wire for a round trip.
    await new Promise((resolve) => setImmediate(resolve));
    expect(messages).toEqual([]);
    connection.resume?.();
    while (messages.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(messages).toEqual(["while paused"]);
  });

  it("drops a connection at once, with 1006, not before the call returns", async () => {
    const { connection, opened, closed } = await connect();
    await opened;
    let told = false;
    void closed.then(() => {
      told = true;
    });
    connection.terminate();
    expect(told).toBe(false);
    expect(await closed).toEqual([1_006, ""]);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 31])(
    "refuses a largest message of %d bytes, which would be none",
    (maxMessageBytes) => {
      expect(() => createWsTransport({ maxMessageBytes })).toThrow(
        new RangeError(
          `maxMessageBytes must be an integer from 1 to 2147483647, got ${maxMessageBytes}`,
        ),
      );
    },
  );
});
