import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BackplaneError, MemoryBackplane, type Position } from "../../../src/backplane/index.ts";
import type { DeliveryPolicy } from "../../../src/protocol/json-rpc/messages.ts";
import { SessionServer } from "../../../src/server/session-server.ts";
import { MemoryNetwork } from "../../../src/testing/memory-network.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { DelayedBackplane } from "../../backplane/support/delayed-backplane.ts";
import { MemoryClient } from "../support/memory-client.ts";
import { createWorld } from "../support/world.ts";

const DATA = "x".repeat(1_000);
const LIMITS = { maxPendingBytes: 10_000, highWatermarkBytes: 3_000, lowWatermarkBytes: 1_000 };

interface EventParams {
  readonly topic: string;
  readonly seq: number;
  readonly conflated?: number;
}

function seqsOf(client: MemoryClient): number[] {
  return client.heardOf("topic.event").map((event) => (event as EventParams).seq);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** A topic of many events, and a client that subscribes to it and reads nothing yet. */
async function behind(events: number, from = 0, delivery?: DeliveryPolicy, maxEvents = 1_000) {
  const world = createWorld({ limits: LIMITS, history: { maxEvents } });
  const { server, network, clock } = world;
  const topic = server.topic("a");
  const publish = (times: number): void => {
    for (let count = 0; count < times; count += 1) topic.publish({ key: count % 3, DATA });
  };
  publish(events);
  const client = await world.connect();
  const { epoch } = topic.position;
  network.link()?.hold("toClient");
  const item = { topic: "a", since: { epoch, seq: from }, ...(delivery && { delivery }) };
  client.request(1, "topic.subscribe", { topics: [item] });
  await clock.advance(5);
  const release = async (): Promise<void> => {
    network.link()?.release("toClient");
    await clock.advance(50);
  };
  return { ...world, client, epoch, publish, release };
}

describe("a replay that is longer than what may wait (W-5.3)", () => {
  it("comes piece by piece as the client reads, whole and in order, and then goes on live", async () => {
    const { client, server, release, publish, epoch } = await behind(100, 1);
    expect(server.stats().bufferedBytes).toBeLessThanOrEqual(LIMITS.maxPendingBytes / 2 + 200);
    publish(3);
    await release();
    publish(1);
    await release();
    expect(client.answer(1)?.result).toEqual({
      topics: [{ topic: "a", epoch, seq: 1, recovered: true }],
    });
    expect(seqsOf(client)).toEqual(range(2, 104));
    expect([client.closed, server.stats().slowClosed]).toEqual([null, 0]);
  });

  it("of a thousand topics at once closes nobody as slow", async () => {
    const { server, connect, clock } = createWorld({ limits: LIMITS });
    const names = range(1, 1_000).map((number) => `t${number}`);
    for (const name of names) for (const data of [1, 2, DATA]) server.topic(name).publish(data);
    const client = await connect();
    const topics = names.map((topic) => ({ topic, since: { last: 3 } }));
    await client.ask(1, "topic.subscribe", { topics });
    await clock.advance(50);
    expect(client.closed).toBeNull();
    const heard = client.heardOf("topic.event") as EventParams[];
    expect(heard).toHaveLength(3_000);
    for (const name of ["t1", "t500", "t1000"])
      expect(heard.filter(({ topic }) => topic === name).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("tells as a gap what was forgotten before the client had read so far (W-5.8)", async () => {
    const { client, publish, release } = await behind(20, 0, undefined, 20);
    publish(12);
    await release();
    publish(1);
    await release();
    const written = seqsOf(client).filter((seq) => seq <= 12).length;
    expect(written).toBeGreaterThan(0);
    expect(client.heardOf("topic.gap")).toEqual([{ topic: "a", from: written + 1, to: 12 }]);
    expect(seqsOf(client)).toEqual([...range(1, written), ...range(13, 33)]);
  });

  it("ends with an unsubscribe that says how far it came, and goes on from there (W-5.6)", async () => {
    const { client, clock, release, epoch } = await behind(100);
    client.request(2, "topic.unsubscribe", { topics: ["a"] });
    await clock.advance(5);
    await release();
    const lastSeq = seqsOf(client).length;
    expect(lastSeq).toBeLessThan(10);
    expect(client.answer(2)?.result).toEqual({ topics: [{ topic: "a", lastSeq }] });
    const since = { epoch, seq: lastSeq };
    await client.ask(3, "topic.subscribe", { topics: [{ topic: "a", since }] });
    await release();
    expect(seqsOf(client)).toEqual(range(1, 100));
  });

  it("ends with a bye that says how far it came (W-7.1)", async () => {
    const { client, clock, release, server } = await behind(100);
    client.request(2, "session.bye", {});
    await clock.advance(5);
    await release();
    const lastSeq = { a: seqsOf(client).length };
    expect(client.answer(2)?.result).toEqual({ notifications: 0, lastSeq });
    expect(server.stats()).toMatchObject({ subscriptions: 0, behind: 0 });
  });

  it("that the server ends says up to where the topic is: the rest will not come (W-5.9)", async () => {
    const { client, server, release } = await behind(100);
    for (const session of server.sessions) session.revoke("a");
    await release();
    expect(seqsOf(client).length).toBeLessThan(10);
    expect(client.heardOf("topic.closed")).toEqual([{ topic: "a", lastSeq: 100, code: "REVOKED" }]);
  });

  it("under latest by key comes whole, or counted", async () => {
    const { client, release, publish } = await behind(100, 0, { type: "latest", key: "key" });
    publish(5);
    await release();
    publish(1);
    await release();
    const events = client.heardOf("topic.event") as EventParams[];
    const seqs = events.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((one, other) => one - other));
    expect(events.reduce((sum, { conflated = 1 }) => sum + conflated, 0)).toBe(106);
    expect([seqs.at(-1), client.closed]).toEqual([106, null]);
  });
});

describe("a long replay from a backplane that takes its time", () => {
  async function delayed(delayMs: () => number) {
    const clock = new VirtualClock();
    const history = { maxEvents: 1_000, maxAgeMs: Number.POSITIVE_INFINITY };
    const backplane = new DelayedBackplane(clock, delayMs, { history });
    const server = new SessionServer<never, Promise<Position>>({
      authorize: "public",
      clock,
      backplane,
      limits: LIMITS,
    });
    const network = new MemoryNetwork({ clock, latencyMs: 1 });
    network.listen((connection, info) => server.accept(connection, info));
    return { clock, backplane, server, network };
  }

  it("brings each event once and in order, whatever is published and read meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.integer({ min: 0, max: 20 })),
        fc.integer({ min: 20, max: 60 }),
        fc.array(fc.constantFrom("publish", "hold", "release", "wait"), { maxLength: 30 }),
        async (delays, known, steps) => {
          const { clock, backplane, server, network } = await delayed(() => delays.next().value);
          for (let count = 0; count < known; count += 1)
            backplane.memory.publish("a", JSON.stringify(DATA));
          const { epoch } = backplane.memory.position("a");
          const client = await MemoryClient.connect(network, clock);
          const since = { epoch, seq: 0 };
          client.request(1, "topic.subscribe", { topics: [{ topic: "a", since }] });
          let published = known;
          for (const step of steps) {
            if (step === "hold") network.link()?.hold("toClient");
            else if (step === "release") network.link()?.release("toClient");
            else if (step === "publish") {
              published += 1;
              void server.topic("a" as never).publish(DATA as never);
            }
            await clock.advance(3);
          }
          network.link()?.release("toClient");
          await clock.advance(20_000);
          // Live events may be more than may wait for a client that reads nothing: that one is slow.
          if (client.closed?.code === 4408) return;
          expect(seqsOf(client)).toEqual(range(1, published));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("ends as FAILED where the backplane fails in the middle, and the server says so", async () => {
    const { clock, backplane, server, network } = await delayed(() => 3);
    const errors: string[] = [];
    server.on("error", ({ code }) => errors.push(code));
    for (let count = 0; count < 50; count += 1) backplane.memory.publish("a", JSON.stringify(DATA));
    const client = await MemoryClient.connect(network, clock);
    const topics = [{ topic: "a", since: { last: 50 } }];
    client.request(1, "topic.subscribe", { topics });
    network.link()?.hold("toClient");
    await clock.advance(30);
    backplane.failure = new BackplaneError("BACKPLANE_UNAVAILABLE", "gone");
    network.link()?.release("toClient");
    await clock.advance(2_000);
    expect(client.heardOf("topic.closed")).toEqual([{ topic: "a", lastSeq: 50, code: "FAILED" }]);
    expect([errors, server.stats().subscriptions]).toEqual([["BACKPLANE_FAILED"], 0]);
  });

  it("leaves nothing behind where its session goes while the history is read", async () => {
    const { clock, backplane, server, network } = await delayed(() => 100);
    for (let count = 0; count < 50; count += 1) backplane.memory.publish("a", JSON.stringify(DATA));
    const client = await MemoryClient.connect(network, clock);
    client.request(1, "topic.subscribe", { topics: [{ topic: "a", since: { last: 50 } }] });
    await clock.advance(250);
    client.terminate();
    await clock.advance(5_000);
    expect(server.stats()).toMatchObject({ sessions: 0, subscriptions: 0, behind: 0 });
  });
});

it("a history that is lost under the topic in the middle of a replay is a gap up to where the topic is", async () => {
  const memory = new MemoryBackplane({ history: { maxEvents: 1_000 } });
  let isLost = false;
  const backplane: MemoryBackplane = Object.create(memory, {
    read: {
      value: (...asked: Parameters<MemoryBackplane["read"]>) =>
        isLost
          ? { position: { epoch: "another", seq: 3 }, recovered: false, events: [] }
          : memory.read(...asked),
    },
  });
  for (const method of ["publish", "position", "join", "leave", "stats"] as const)
    Object.defineProperty(backplane, method, { value: memory[method].bind(memory) });
  const { server, network, clock, connect } = createWorld({ limits: LIMITS, backplane });
  for (let count = 0; count < 50; count += 1) server.topic("a").publish(DATA);
  const client = await connect();
  network.link()?.hold("toClient");
  client.request(1, "topic.subscribe", { topics: [{ topic: "a", since: { last: 50 } }] });
  await clock.advance(5);
  isLost = true;
  network.link()?.release("toClient");
  await clock.advance(50);
  const { length } = seqsOf(client);
  expect(client.heardOf("topic.gap")).toEqual([{ topic: "a", from: length + 1, to: 50 }]);
  server.topic("a").publish(DATA);
  await clock.advance(5);
  expect(seqsOf(client).at(-1)).toBe(51);
});
