import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { closeServers, serve, until } from "./support/serve.ts";
import { BareClient, closeCodeOf, frame, RawClient } from "./support/sockets.ts";

afterEach(closeServers);

describe("bytes that break the rules", () => {
  const limits = { maxMessageBytes: 1_000, closeTimeoutMs: 200 };

  it.each([
    ["binary", frame(2, Buffer.from([1, 2])), 1003],
    ["text that is not UTF-8", frame(1, Buffer.from([0xff, 0xfe])), 1007],
    ["a frame above maxMessageBytes", frame(1, Buffer.alloc(2_000, 0x20)), 1009],
    [
      "the head of a frame of 100 MB",
      Buffer.from([0x81, 0xff, 0, 0, 0, 0, 6, 0, 0, 0, 1, 1, 1, 1]),
      1009,
    ],
    [
      "a message of a hundred thousand empty frames",
      Buffer.concat([
        frame(1, Buffer.alloc(0), false),
        ...Array.from({ length: 100_000 }, () => frame(0, Buffer.alloc(0), false)),
      ]),
      1008,
    ],
    ["an unmasked frame", Buffer.from([0x81, 1, 0x31]), 1002],
    ["a reserved opcode", frame(3, Buffer.from("a")), 1002],
    ["a fragmented ping", frame(9, Buffer.from("a"), false), 1002],
  ])("W-1.2 close the connection on %s, and nobody else notices", async (_name, bytes, code) => {
    const { server, port, url } = await serve({ limits });
    const bystander = await new BareClient(url).opened();
    await bystander.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    const raw = new RawClient(port);
    await raw.upgrade();
    raw.socket.write(bytes);
    await raw.closed;
    expect(closeCodeOf(raw.text)).toBe(code);
    await until(() => server.stats().sessions === 1);
    expect(server.stats().closes).toEqual({ [code]: 1 });
    server.topic("a").publish(1);
    await bystander.until(({ method }) => method === "topic.event");
  });

  it("W-1.3 close 4408 on a message that comes a byte a second", async () => {
    const clock = new VirtualClock();
    const { server, port } = await serve({
      clock,
      limits: { closeTimeoutMs: 100, pingIntervalMs: 200_000, idleTimeoutMs: 300_000 },
    });
    const raw = new RawClient(port);
    await raw.upgrade();
    const bytes = frame(1, Buffer.from('{"jsonrpc":"2.0","id":1,"method":"session.ping"}'));
    raw.socket.write(bytes);
    const before = raw.text.length;
    await until(() => raw.text.length > before);
    const slow = frame(1, Buffer.alloc(100, 0x20));
    let sent = 0;
    while (server.sessions.some(({ isOpen }) => isOpen) && sent < 100) {
      raw.socket.write(slow.subarray(sent, sent + 1));
      sent += 1;
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1_000);
    }
    await raw.closed;
    expect(sent).toBeGreaterThan(9);
    expect(closeCodeOf(raw.text)).toBe(4408);
    await until(() => server.stats().sessions === 0);
    expect(server.stats().closes).toEqual({ 4408: 1 });
  });

  it("W-1.3 close 4408 on a message in parts that never ends, whatever pings come between them", async () => {
    const clock = new VirtualClock();
    const { server, port } = await serve({ clock, limits: { closeTimeoutMs: 100 } });
    const raw = new RawClient(port);
    await raw.upgrade();
    raw.socket.write(frame(1, Buffer.from("["), false));
    let parts = 0;
    while (server.sessions.some(({ isOpen }) => isOpen) && parts < 30) {
      const before = raw.text.length;
      raw.socket.write(frame(9, Buffer.from("ping")));
      raw.socket.write(frame(0, Buffer.from(" "), false));
      parts += 1;
      await until(() => raw.text.length > before);
      await clock.advance(1_000);
    }
    await raw.closed;
    expect(parts).toBeGreaterThan(9);
    expect(parts).toBeLessThan(13);
    expect(closeCodeOf(raw.text)).toBe(4408);
  });

  it("W-1.3 are not awaited from a client that says nothing and hears what it is sent", async () => {
    const clock = new VirtualClock();
    const { server, url } = await serve({ clock });
    const client = await new BareClient(url).opened();
    // Past the time of a message, short of the first ping.
    await clock.advance(14_000);
    server.sessions[0]?.notify("news", { text: "still here" });
    await client.until(({ method }) => method === "news");
    expect(server.stats()).toMatchObject({ sessions: 1, closes: {} });
  });

  it("W-1.3 W-1.6 are whole where a ping comes in two pieces, behind a message or alone", async () => {
    const clock = new VirtualClock();
    const { server, port } = await serve({ clock });
    const raw = new RawClient(port);
    await raw.upgrade();
    const message = frame(1, Buffer.from('{"jsonrpc":"2.0","id":1,"method":"session.ping"}'));
    const ping = frame(9, Buffer.from("twelve bytes"));
    const pieces = [
      [Buffer.concat([message, ping.subarray(0, 3)]), ping.subarray(3)],
      [ping.subarray(0, 9), ping.subarray(9)],
    ];
    for (const [first = ping, second = ping] of pieces) {
      const { length } = raw.text;
      const pongs = raw.text.split("twelve bytes").length;
      raw.socket.write(first);
      if (first.length > ping.length) await until(() => raw.text.length > length);
      await clock.advance(2_000);
      raw.socket.write(second);
      await until(() => raw.text.split("twelve bytes").length > pongs);
      await clock.advance(14_000);
      expect(server.stats()).toMatchObject({ sessions: 1, closes: {} });
    }
    raw.socket.destroy();
  });

  it("W-1.6 are no reason to end a client that only sends pings", async () => {
    const clock = new VirtualClock();
    const { server, url } = await serve({ clock });
    const client = await new BareClient(url).opened();
    for (let count = 0; count < 6; count += 1) {
      client.socket.ping();
      await once(client.socket, "pong");
      await clock.advance(8_000);
    }
    expect(server.stats()).toMatchObject({ sessions: 1, pingsSent: 0 });
    const pinged = once(client.socket, "ping");
    await clock.advance(15_000);
    await pinged;
    expect(server.stats()).toMatchObject({ sessions: 1, pingsSent: 1 });
  });
});

describe("a reader that stops reading", () => {
  it("W-7.6 is closed 4408, its memory given back, while others go on", async () => {
    const { server, url } = await serve({
      limits: { maxPendingBytes: 500_000, closeTimeoutMs: 100, sweepIntervalMs: 50 },
    });
    const stalled = await new BareClient(url).opened();
    const reader = await new BareClient(url).opened();
    await stalled.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await reader.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    stalled.socket.pause();
    let published = 0;
    while (server.stats().slowClosed === 0) {
      server.topic("a").publish("x".repeat(50_000));
      published += 1;
      await reader.until(
        (message) => (message["params"] as { seq?: number } | undefined)?.seq === published,
      );
    }
    await until(() => server.stats().sessions === 1);
    expect(server.stats().closes).toEqual({ 4408: 1 });
    expect(server.stats().bufferedBytes).toBeLessThan(500_000);
    stalled.socket.terminate();
  });
});

describe("writes of one turn", () => {
  it("leave together: ten events are fewer than ten writes", async () => {
    const { server, port } = await serve();
    const raw = new RawClient(port);
    await raw.upgrade();
    raw.socket.write(
      frame(
        1,
        Buffer.from(
          '{"jsonrpc":"2.0","id":1,"method":"topic.subscribe","params":{"topics":[{"topic":"a"}]}}',
        ),
      ),
    );
    await until(() => raw.text.includes('"recovered"'));
    const chunks: number[] = [];
    raw.socket.on("data", (chunk) => chunks.push(chunk.length));
    for (let count = 0; count < 10; count += 1) server.topic("a").publish(count);
    await until(() => raw.text.includes('"seq":10'));
    expect(chunks).toHaveLength(1);
    raw.socket.destroy();
  });

  it("keep their order before a close, and nothing follows it", async () => {
    const { server, url } = await serve();
    const client = await new BareClient(url).opened();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    server.topic("a").publish("last");
    void server.sessions[0]?.close({ code: 4000, reason: "enough" });
    server.topic("a").publish("too late");
    expect(await client.closed).toEqual({ code: 4000, reason: "enough" });
    expect(client.heard.slice(1).map((message) => message["params"])).toEqual([
      { topic: "a", seq: 1, data: "last" },
    ]);
  });

  it("work with compression, too", async () => {
    const { server, url } = await serve({ perMessageDeflate: true });
    const client = await new BareClient(url, { perMessageDeflate: true }).opened();
    expect(client.socket.extensions).toContain("permessage-deflate");
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    for (let count = 1; count <= 20; count += 1) server.topic("a").publish("x".repeat(5_000));
    await client.until(
      (message) => (message["params"] as { seq?: number } | undefined)?.seq === 20,
    );
    const seqs = client.heard.slice(1).map((message) => (message["params"] as { seq: number }).seq);
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});
