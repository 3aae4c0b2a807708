import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { closeServers, type Served, serve, until } from "./support/serve.ts";
import { BareClient, closeCodeOf, frame, RawClient } from "./support/sockets.ts";

afterEach(closeServers);

/** A client's frame with a JSON-RPC message. */
function message(body: object): Buffer {
  return frame(1, Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...body })));
}

const SUBSCRIBE_A = message({
  id: "sub",
  method: "topic.subscribe",
  params: { topics: [{ topic: "a" }] },
});
const CLOSE = frame(8, Buffer.from([0x03, 0xe8]));

/** A server with a method that publishes and then answers, and a raw client that reads topic `a`. */
async function publishing(): Promise<
  Served & { readonly raw: RawClient; readonly heard: () => string }
> {
  const served = await serve({ limits: { closeTimeoutMs: 200 } });
  served.server.method("publish", (params) => {
    served.server.topic("a").publish(params);
    return "done";
  });
  const raw = new RawClient(served.port);
  await raw.upgrade();
  raw.socket.write(SUBSCRIBE_A);
  await until(() => raw.text.includes('"sub"'));
  const from = raw.text.length;
  return { ...served, raw, heard: () => raw.text.slice(from) };
}

const PUBLISH = message({ id: "pub", method: "publish", params: 7 });
const EVENT = '"params":{"topic":"a","seq":1,"data":7}}';
const ANSWER = '{"jsonrpc":"2.0","id":"pub","result":"done"}';

/** Where a text begins that must be there. */
function placeOf(heard: string, text: string): number {
  expect(heard).toContain(text);
  return heard.indexOf(text);
}

describe("what is sent in the turn in which a connection ends", () => {
  it("precedes the echo of a Close that came in the same chunk as the request", async () => {
    const { raw, heard } = await publishing();
    raw.socket.write(Buffer.concat([PUBLISH, CLOSE]));
    await raw.closed;
    expect(placeOf(heard(), EVENT)).toBeLessThan(placeOf(heard(), ANSWER));
    // The Close frame ends what was heard: 0x88, two bytes of code, nothing behind them.
    expect(heard().endsWith("\x88\x02\x03\xe8")).toBe(true);
  });

  it("precedes the Close that answers bytes which break the rules", async () => {
    const { raw, heard } = await publishing();
    raw.socket.write(Buffer.concat([PUBLISH, frame(3, Buffer.from("reserved"))]));
    await raw.closed;
    placeOf(heard(), EVENT);
    placeOf(heard(), ANSWER);
    expect(heard().endsWith("\x88\x02\x03\xea")).toBe(true);
    expect(closeCodeOf(raw.text)).toBe(1002);
  });

  it("reaches a client that ends its side without a Close", async () => {
    const { server, port } = await serve({ flushMs: 1_000, clock: new VirtualClock() });
    const raw = new RawClient(port);
    await raw.upgrade();
    raw.socket.write(SUBSCRIBE_A);
    await until(() => raw.text.includes('"sub"'));
    server.topic("a").publish(7);
    raw.socket.end();
    await raw.closed;
    placeOf(raw.text, EVENT);
  });

  it("is followed by nothing once the Close is written, though the connection lingers", async () => {
    const { raw, heard, server } = await publishing();
    raw.socket.allowHalfOpen = true;
    raw.socket.write(Buffer.concat([PUBLISH, CLOSE]));
    await until(() => heard().includes("\x88"));
    const [session] = server.sessions;
    expect(session?.isOpen).toBe(true);
    server.topic("a").publish("too late");
    expect(session?.bufferedBytes).toBe(0);
    raw.socket.end();
    await raw.closed;
    expect(heard().endsWith("\x88\x02\x03\xe8")).toBe(true);
  });
});

describe("the order of one connection", () => {
  it("is that of the calls: answers, events and notifications of one turn", async () => {
    const { server, url } = await serve();
    server.method("publish", (count: unknown, { session }) => {
      for (let index = 0; index < (count as number); index += 1) {
        server.topic("a").publish({ call: count, index });
        session.notify("note", { call: count, index });
      }
      return count;
    });
    const client = await new BareClient(url).opened();
    await client.ask("sub", "topic.subscribe", { topics: [{ topic: "a" }] });
    const from = client.heard.length;
    for (const count of [1, 3, 2]) {
      client.socket.send(
        JSON.stringify({ jsonrpc: "2.0", id: count, method: "publish", params: count }),
      );
    }
    await client.until(({ id }) => id === 2);
    const expected: unknown[] = [];
    let seq = 0;
    for (const call of [1, 3, 2]) {
      for (let index = 0; index < call; index += 1) {
        const data = { call, index };
        seq += 1;
        expected.push({ jsonrpc: "2.0", method: "topic.event", params: { topic: "a", seq, data } });
        expected.push({ jsonrpc: "2.0", method: "note", params: data });
      }
      expected.push({ jsonrpc: "2.0", id: call, result: call });
    }
    expect(client.heard.slice(from)).toEqual(expected);
  });

  it("is the same for a client with compression beside one without", async () => {
    const { server, url } = await serve({ perMessageDeflate: true });
    const bytesRead: (() => number)[] = [];
    const clients = await Promise.all(
      [true, false].map((perMessageDeflate) => {
        const client = new BareClient(url, { perMessageDeflate });
        client.socket.on("upgrade", ({ socket }) => bytesRead.push(() => socket.bytesRead));
        return client.opened();
      }),
    );
    expect(clients.map(({ socket }) => socket.extensions)).toEqual(["permessage-deflate", ""]);
    for (const client of clients)
      await client.ask("sub", "topic.subscribe", { topics: [{ topic: "a" }] });
    for (let seq = 1; seq <= 30; seq += 1) {
      // Above and below the size from which messages are compressed.
      server.topic("a").publish("x".repeat(seq % 2 === 0 ? 10 : 5_000));
      for (const session of server.sessions) session.notify("note", { seq });
    }
    const told = clients.map(async (client) => {
      await client.until(
        ({ method, params }) => method === "note" && (params as { seq: number }).seq === 30,
      );
      return client.heard.slice(1);
    });
    const [compressed, plain] = await Promise.all(told);
    expect(plain).toHaveLength(60);
    expect(compressed).toEqual(plain);
    const [least = 0, most = 0] = bytesRead.map((read) => read()).toSorted((a, b) => a - b);
    expect(least).toBeLessThan(most / 4);
  });
});

describe("buffers that sockets share", () => {
  const TOPICS = ["a", "b", "c"] as const;
  const data = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 200 }),
    // Around the sizes at which a frame's header grows, and above what may wait.
    fc.constantFrom(90, 130, 65_400, 65_536, 90_000).map((length) => "é".repeat(length)),
  );
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ topic: fc.constantFrom(...TOPICS), data }) },
    { weight: 2, arbitrary: fc.record({ client: fc.nat(), data }) },
    { weight: 1, arbitrary: fc.constant("turn" as const) },
  );

  it("hold for each socket its own frames, whole and in order", async () => {
    const { server, url } = await serve({ limits: { maxPendingBytes: Number.POSITIVE_INFINITY } });
    // Every set of topics, and each twice, so that some sockets have the same frames and some do not.
    const wanted = Array.from({ length: 14 }, (_, index) =>
      TOPICS.filter((_topic, bit) => (((index % 7) + 1) >> bit) % 2 === 1),
    );
    const clients = await Promise.all(wanted.map(() => new BareClient(url).opened()));
    for (const [index, client] of clients.entries()) {
      const topics = (wanted[index] ?? []).map((topic) => ({ topic }));
      await client.ask("sub", "topic.subscribe", { topics });
    }
    const sessions = server.sessions;
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        for (const client of clients) client.heard.length = 0;
        const expected: unknown[][] = clients.map(() => []);
        for (const each of steps) {
          if (each === "turn") {
            await new Promise((resolve) => setImmediate(resolve));
          } else if ("topic" in each) {
            const { seq } = server.topic(each.topic).publish(each.data);
            for (const [index, topics] of wanted.entries()) {
              if (topics.includes(each.topic)) expected[index]?.push([each.topic, seq, each.data]);
            }
          } else {
            const index = each.client % clients.length;
            sessions[index]?.notify("note", each.data);
            expected[index]?.push(["note", [each.data]]);
          }
        }
        round += 1;
        for (const session of sessions) session.notify("end", round);
        for (const [index, client] of clients.entries()) {
          await client.until(
            ({ method, params }) => method === "end" && (params as [number])[0] === round,
          );
          const heard = client.heard.slice(0, -1).map(({ method, params }) => {
            if (method === "note") return ["note", params];
            const event = params as { topic: string; seq: number; data: string };
            return [event.topic, event.seq, event.data];
          });
          expect(heard).toEqual(expected[index]);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("bytes that wait", () => {
  it("count from the call on, before anything is written", async () => {
    const { server, url } = await serve();
    const client = await new BareClient(url).opened();
    await client.ask("sub", "topic.subscribe", { topics: [{ topic: "a" }] });
    const [session] = server.sessions;
    expect(session?.bufferedBytes).toBe(0);
    server.topic("a").publish("x".repeat(100));
    const one = session?.bufferedBytes ?? 0;
    // The header of a frame of 126 to 65,535 bytes has four bytes.
    const text = `{"jsonrpc":"2.0","method":"topic.event","params":{"topic":"a","seq":1,"data":"${"x".repeat(100)}"}}`;
    expect(one).toBe(text.length + 4);
    server.topic("a").publish("x".repeat(100));
    expect(session?.bufferedBytes).toBe(2 * one);
    await client.until(({ params }) => (params as { seq?: number } | undefined)?.seq === 2);
    await until(() => session?.bufferedBytes === 0);
  });

  it("never pass the limit for a reader that has stalled, even within one turn", async () => {
    const maxPendingBytes = 300_000;
    const { server, port } = await serve({ limits: { maxPendingBytes, closeTimeoutMs: 100 } });
    const raw = new RawClient(port);
    await raw.upgrade();
    raw.socket.write(SUBSCRIBE_A);
    await until(() => raw.text.includes('"sub"'));
    raw.socket.pause();
    const [session] = server.sessions;
    let most = 0;
    // What the system takes is not known; what waits in this process must stay below the limit.
    for (let count = 0; count < 20_000 && session?.isOpen; count += 1) {
      server.topic("a").publish("x".repeat(10_000));
      most = Math.max(most, session.bufferedBytes);
    }
    expect(session?.isOpen).toBe(false);
    expect(server.stats().slowClosed).toBe(1);
    expect(most).toBeLessThanOrEqual(maxPendingBytes);
    expect(most).toBeGreaterThan(maxPendingBytes / 2);
    await until(() => server.stats().sessions === 0);
    expect(server.stats()).toMatchObject({ bufferedBytes: 0, closes: { 4408: 1 } });
    raw.socket.destroy();
  });

  it("of one stalled reader hold back none of the 200 others", async () => {
    const { server, url, port } = await serve({
      limits: { maxPendingBytes: 200_000, maxSessionsPerAddress: 300, closeTimeoutMs: 100 },
    });
    const stalled = new RawClient(port);
    await stalled.upgrade();
    const topics = [{ topic: "a" }, { topic: "bulk" }];
    stalled.socket.write(message({ id: "sub", method: "topic.subscribe", params: { topics } }));
    await until(() => stalled.text.includes('"sub"'));
    stalled.socket.pause();
    const readers = await Promise.all(
      Array.from({ length: 200 }, () => new BareClient(url).opened()),
    );
    await Promise.all(
      readers.map((reader) => reader.ask("sub", "topic.subscribe", { topics: [{ topic: "a" }] })),
    );
    let seq = 0;
    while (server.stats().slowClosed === 0) {
      // What only the stalled one gets fills up what the system takes for it.
      server.topic("bulk").publish("x".repeat(150_000));
      seq = server.topic("a").publish("x".repeat(200)).seq;
      const isIt = ({ params }: Record<string, unknown>): boolean =>
        (params as { seq?: number } | undefined)?.seq === seq;
      await Promise.all(readers.map((reader) => reader.until(isIt)));
      for (const reader of readers) {
        expect(reader.heard.splice(0)).toHaveLength(seq === 1 ? 2 : 1);
      }
      expect(server.stats().bufferedBytes).toBeLessThanOrEqual(200_000);
    }
    await until(() => server.stats().sessions === 200);
    expect(server.stats().closes).toEqual({ 4408: 1 });
    stalled.socket.destroy();
    for (const reader of readers) reader.socket.terminate();
  });
});

describe("flushMs", () => {
  it("lets events wait for more, and answers take what waits along at once", async () => {
    const clock = new VirtualClock();
    const { server, url } = await serve({ clock, flushMs: 50 });
    const client = await new BareClient(url).opened();
    await client.ask("sub", "topic.subscribe", { topics: [{ topic: "a" }] });
    const isSeq =
      (seq: number) =>
      ({ params }: Record<string, unknown>): boolean =>
        (params as { seq?: number } | undefined)?.seq === seq;
    server.topic("a").publish(1);
    await new Promise((resolve) => setImmediate(resolve));
    server.topic("a").publish(2);
    await client.ask("ping", "session.ping");
    // The answer came, and both events before it, though their time had not come.
    expect(
      client.heard.slice(1).map(({ id, params }) => id ?? (params as { seq: number }).seq),
    ).toEqual([1, 2, "ping"]);
    server.topic("a").publish(3);
    await new Promise((resolve) => setImmediate(resolve));
    const [session] = server.sessions;
    expect(session?.bufferedBytes).toBeGreaterThan(0);
    await clock.advance(49);
    expect(session?.bufferedBytes).toBeGreaterThan(0);
    await clock.advance(1);
    await client.until(isSeq(3));
  });

  it.each([-1, 1_001, Number.NaN])("refuses %d", async (flushMs) => {
    await expect(serve({ flushMs })).rejects.toThrow(
      new RangeError(`flushMs must be 0 to 1000, got ${flushMs}`),
    );
  });
});
