import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Position } from "../../src/backplane/index.ts";
import { MemoryBackplane } from "../../src/backplane/index.ts";
import type { DeliveryPolicy } from "../../src/protocol/json-rpc/messages.ts";
import { SampleTimers, type Sleeper } from "../../src/server/backlog/sample-timers.ts";
import { type PublishingBackplane, SessionServer } from "../../src/server/session-server.ts";
import { Topic } from "../../src/server/topics/topic.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { DelayedBackplane } from "../backplane/support/delayed-backplane.ts";
import { MemoryClient } from "./support/memory-client.ts";
import { createWorld } from "./support/world.ts";

interface EventParams {
  readonly seq: number;
  readonly conflated?: number;
}

/** A server on a backplane that takes its time, and a client of it. */
async function delayed(delayMs: () => number) {
  const clock = new VirtualClock();
  const backplane = new DelayedBackplane(clock, delayMs);
  const server = new SessionServer<never, Promise<Position>>({
    authorize: "public",
    clock,
    backplane,
  });
  const network = new MemoryNetwork({ clock });
  network.listen((connection, info) => server.accept(connection, info));
  const client = await MemoryClient.connect(network, clock);
  const events = () => client.heardOf("topic.event") as EventParams[];
  return { clock, server, client, events };
}

describe("a subscriber that catches up on a slow backplane", () => {
  it("thinned, is not recovered where too much comes while its history is read; whole, it reads on", async () => {
    const memory = new MemoryBackplane();
    const clock = new VirtualClock();
    // Live events come at once, a history after 100 ms.
    const backplane: PublishingBackplane<Position> = {
      publish: (topic, json) => memory.publish(topic, json),
      position: (topic) => memory.position(topic),
      join: (topic, listener) => memory.join(topic, listener),
      leave: (topic) => memory.leave(topic),
      delete: (topic) => memory.delete(topic),
      stats: () => memory.stats(),
      close: () => memory.close(),
      read: (topic, since) => {
        const page = memory.read(topic, since);
        return new Promise((resolve) => clock.setTimer(() => resolve(page), 100));
      },
    };
    const server = new SessionServer({
      authorize: "public",
      clock,
      backplane,
      limits: { maxPendingBytes: 2_000 },
    });
    const network = new MemoryNetwork({ clock });
    network.listen((connection, info) => server.accept(connection, info));
    const client = await MemoryClient.connect(network, clock);
    const { epoch } = memory.publish("a", "1");
    const item = { topic: "a", since: { epoch, seq: 0 } };
    const delivery = { type: "latest" };
    client.request(1, "topic.subscribe", { topics: [{ ...item, delivery }] });
    const whole = await MemoryClient.connect(network, clock);
    whole.request(1, "topic.subscribe", { topics: [item] });
    await clock.advance(50);
    for (let count = 0; count < 9; count += 1) server.topic("a").publish("x".repeat(400));
    await clock.advance(100);
    const result = (seq: number, recovered: boolean) => ({
      topics: [{ topic: "a", epoch, seq, recovered }],
    });
    expect(client.answer(1)?.result).toEqual(result(10, false));
    await clock.advance(5_000);
    server.topic("a").publish("on");
    await clock.advance(5);
    expect(client.heardOf("topic.event")).toEqual([{ topic: "a", seq: 11, data: "on" }]);
    expect(whole.answer(1)?.result).toEqual(result(0, true));
    const seqs = whole.heardOf("topic.event").map((event) => (event as EventParams).seq);
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([client.closed, whole.closed]).toEqual([null, null]);
  });

  const POLICIES: readonly DeliveryPolicy[] = [
    { type: "latest" },
    { type: "latest", key: "k" },
    { type: "sample", intervalMs: 20 },
    { type: "drop-oldest", maxEvents: 2 },
  ];

  it.each(POLICIES)(
    "under %j has every event counted once, whichever way it came",
    async (delivery) => {
      await fc.assert(
        fc.asyncProperty(
          fc.infiniteStream(fc.integer({ min: 0, max: 20 })),
          fc.nat(8),
          fc.nat(8),
          async (delays, known, during) => {
            const { clock, server, client, events } = await delayed(() => delays.next().value);
            const topic = server.topic("a" as never);
            for (let k = 1; k <= 8; k += 1) void topic.publish({ k: k % 3 } as never);
            await clock.advance(500);
            const position = topic.position;
            await clock.advance(100);
            const { epoch } = await position;
            client.request(1, "topic.subscribe", {
              topics: [{ topic: "a", since: { epoch, seq: known }, delivery }],
            });
            for (let k = 1; k <= during; k += 1) {
              void topic.publish({ k } as never);
              await clock.advance(7);
            }
            await clock.advance(2_000);
            const result = (await client.ask(2, "topic.unsubscribe", { topics: ["a"] }))?.result;
            expect(result).toEqual({ topics: [{ topic: "a", lastSeq: 8 + during }] });
            const seqs = events().map(({ seq }) => seq);
            expect(seqs).toEqual([...new Set(seqs)].toSorted((one, other) => one - other));
            const sum = events().reduce((total, { conflated = 1 }) => total + conflated, 0);
            expect(known + sum).toBe(8 + during);
          },
        ),
        { numRuns: 60, seed: 20_231_122 },
      );
    },
  );
});

describe("latest by key, of what another process published", () => {
  it("takes what is no object for one key", async () => {
    const backplane = new MemoryBackplane();
    const { connect, network, clock } = createWorld({
      backplane,
      limits: { highWatermarkBytes: 200, lowWatermarkBytes: 100 },
    });
    const client = await connect();
    const delivery = { type: "latest", key: "k" };
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a", delivery }] });
    network.link()?.hold("toClient");
    for (const json of ['"1"', '"22"', "null", "[1]"]) backplane.publish("a", json);
    backplane.publish("a", '{"k":1}');
    backplane.publish("a", "6");
    network.link()?.release("toClient");
    await clock.advance(10);
    const events = client.heardOf("topic.event") as EventParams[];
    expect(events.at(-1)).toMatchObject({ seq: 6, conflated: 3 });
  });
});

describe("SampleTimers", () => {
  function sleeper(woken: string[], name: string): Sleeper {
    return { wakeGrain: null, wake: () => void woken.push(name) };
  }

  it("wakes who is due about the same time by one timer, never early, at most 10 ms late", async () => {
    const clock = new VirtualClock();
    const timers = new SampleTimers(clock);
    const woken: string[] = [];
    const one = sleeper(woken, "one");
    timers.add(one, 41);
    timers.add(sleeper(woken, "two"), 49);
    timers.add(sleeper(woken, "later"), 51);
    // Who waits already goes on to wait for its first time.
    timers.add(one, 5);
    expect(clock.pendingTimers).toBe(2);
    await clock.advance(49);
    expect(woken).toEqual([]);
    await clock.advance(1);
    expect(woken).toEqual(["one", "two"]);
    await clock.advance(10);
    expect(woken).toEqual(["one", "two", "later"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("forgets who does not want to be woken any more, and keeps no timer for nobody", async () => {
    const clock = new VirtualClock();
    const timers = new SampleTimers(clock);
    const woken: string[] = [];
    const [one, two] = [sleeper(woken, "one"), sleeper(woken, "two")];
    timers.add(one, 10);
    timers.add(two, 10);
    timers.delete(one);
    timers.delete(one);
    expect(clock.pendingTimers).toBe(1);
    timers.delete(two);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(100);
    expect(woken).toEqual([]);
  });
});

describe("TopicEvent.keyOf", () => {
  it("is the JSON of the member, and the empty text where the data, which another process published, is no JSON", () => {
    const topic = new Topic("a");
    const event = (dataJson: string) =>
      topic.event({ topic: "a", epoch: "e", seq: 1, dataJson, atMs: 0 });
    expect(event('{"k":{"b":[1]}}').keyOf("k")).toBe('{"b":[1]}');
    expect(event('{"k":"x"}').keyOf("toString")).toBe("");
    expect(event("{oops").keyOf("k")).toBe("");
  });
});
